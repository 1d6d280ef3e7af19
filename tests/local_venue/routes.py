"""Every path the venue answers: who does it, what it costs, and who may ask."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tests.local_venue import rest_account as account
from tests.local_venue import rest_algo as algo
from tests.local_venue import rest_market as market
from tests.local_venue import rest_orders as orders
from tests.local_venue.shapes import Call

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One path. `all_weight` is what it costs without a symbol."""

    carry: Callable[["LocalVenue", Call], Any]
    who: Literal["anybody", "key", "signed"] = "signed"
    weight: int = 1
    all_weight: int | None = None
    is_order: bool = False

    def cost(self, call: Call) -> int:
        """The weight of one request."""
        return self.weight if self.all_weight is None or call.params.get("symbol") else self.all_weight


def _public(carry: Callable[["LocalVenue", Call], Any], weight: int = 1, all_weight: int | None = None) -> Route:
    return Route(carry=carry, who="anybody", weight=weight, all_weight=all_weight)


V1, V2, V3 = "/fapi/v1/", "/fapi/v2/", "/fapi/v3/"
ROUTES: dict[tuple[str, str], Route] = {
    ("GET", V1 + "ping"): _public(market.ping),
    ("GET", V1 + "time"): _public(market.time),
    ("GET", V1 + "exchangeInfo"): _public(market.info),
    ("GET", V1 + "depth"): _public(market.depth, 5),
    ("GET", V1 + "trades"): _public(market.trades, 5),
    ("GET", V1 + "aggTrades"): _public(market.agg_trades, 20),
    ("GET", V1 + "klines"): _public(market.klines, 2),
    ("GET", V1 + "ticker/bookTicker"): _public(market.book_ticker, 2, 5),
    ("GET", V1 + "ticker/price"): _public(market.price, 1, 2),
    ("GET", V2 + "ticker/price"): _public(market.price, 1, 2),
    ("GET", V1 + "ticker/24hr"): _public(market.day, 1, 40),
    ("GET", V1 + "premiumIndex"): _public(market.premium_index, 1, 10),
    ("GET", V1 + "fundingRate"): _public(market.funding_rate),
    ("GET", V1 + "fundingInfo"): _public(market.funding_info),
    ("GET", V1 + "leverageBracket"): Route(carry=market.brackets),
    ("POST", V1 + "order"): Route(carry=orders.place, weight=0, is_order=True),
    ("GET", V1 + "order"): Route(carry=orders.query),
    ("DELETE", V1 + "order"): Route(carry=orders.cancel),
    ("GET", V1 + "openOrder"): Route(carry=orders.query_open),
    ("GET", V1 + "openOrders"): Route(carry=orders.open_orders, all_weight=40),
    ("DELETE", V1 + "allOpenOrders"): Route(carry=orders.cancel_all),
    ("GET", V1 + "allOrders"): Route(carry=orders.all_orders, weight=5),
    ("GET", V1 + "userTrades"): Route(carry=orders.user_trades, weight=5),
    ("POST", V1 + "countdownCancelAll"): Route(carry=orders.countdown, weight=10),
    ("POST", V1 + "algoOrder"): Route(carry=algo.place, weight=0, is_order=True),
    ("GET", V1 + "algoOrder"): Route(carry=algo.query),
    ("DELETE", V1 + "algoOrder"): Route(carry=algo.cancel),
    ("DELETE", V1 + "algoOpenOrders"): Route(carry=algo.cancel_all),
    ("GET", V1 + "openAlgoOrders"): Route(carry=algo.open_orders, all_weight=40),
    ("GET", V1 + "allAlgoOrders"): Route(carry=algo.all_orders, weight=5),
    ("GET", V2 + "positionRisk"): Route(carry=account.positions_v2, weight=5),
    ("GET", V3 + "positionRisk"): Route(carry=account.positions_v3, weight=5),
    ("GET", V2 + "account"): Route(carry=account.account_v2, weight=5),
    ("GET", V3 + "account"): Route(carry=account.account_v3, weight=5),
    ("GET", V2 + "balance"): Route(carry=account.balances, weight=5),
    ("GET", V3 + "balance"): Route(carry=account.balances, weight=5),
    ("GET", V1 + "accountConfig"): Route(carry=account.account_config, weight=5),
    ("GET", V1 + "symbolConfig"): Route(carry=account.symbol_config, weight=5),
    ("GET", V1 + "commissionRate"): Route(carry=account.commission_rate, weight=20),
    ("GET", V1 + "income"): Route(carry=account.income, weight=30),
    ("GET", V1 + "multiAssetsMargin"): Route(carry=account.multi_assets, weight=30),
    ("GET", V1 + "positionSide/dual"): Route(carry=account.position_mode, weight=30),
    ("POST", V1 + "positionSide/dual"): Route(carry=account.set_position_mode),
    ("POST", V1 + "leverage"): Route(carry=account.set_leverage),
    ("POST", V1 + "marginType"): Route(carry=account.set_margin),
    ("POST", V1 + "listenKey"): Route(carry=account.new_listen_key, who="key"),
    ("PUT", V1 + "listenKey"): Route(carry=account.keep_listen_key, who="key"),
    ("DELETE", V1 + "listenKey"): Route(carry=account.close_listen_key, who="key"),
    ("GET", "/sapi/v1/account/apiRestrictions"): Route(carry=account.restrictions),
}
FUTURES_HOSTS = frozenset({"fapi.binance.com", "demo-fapi.binance.com", "127.0.0.1", "localhost"})
WALLET_HOSTS = frozenset({"api.binance.com", "127.0.0.1", "localhost"})


def route_of(method: str, host: str, path: str) -> Route | None:
    """The route of a request, if this host has it; the demo hosts have no wallet."""
    hosts = WALLET_HOSTS if path.startswith("/sapi/") else FUTURES_HOSTS
    return ROUTES.get((method, path)) if host in hosts else None
