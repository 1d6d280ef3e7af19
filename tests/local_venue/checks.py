"""Whether a new order is one the venue would take: parameters, filters, position and margin, each with its own code."""

import re
import string
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from tests.local_venue.refusals import Refusal, missing, refuse
from tests.local_venue.rules import Rules
from tests.local_venue.shapes import ZERO, Order, Side

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

CLIENT_ID = re.compile(r"[\.A-Z\:/a-z0-9_-]{1,36}")
CLIENT_ID_RANGE = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
NUMBER_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CONDITIONAL = frozenset({"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"})
IN_FORCE = frozenset({"GTC", "IOC", "FOK", "GTX"})
LETTERS = string.ascii_letters + string.digits


def new_order(venue: "LocalVenue", params: dict[str, str]) -> Order:
    """The order that a request asks for, checked up to but without the book itself. Raises `Refusal`."""
    rules = rules_for(venue, params)
    side, kind = side_of(params), needed(params, "type")
    if kind in CONDITIONAL:
        raise refuse(-4120)
    if kind not in ("LIMIT", "MARKET"):
        raise refuse(-1116)
    tif = _in_force(params, kind)
    client_id = client_id_of(params, "newClientOrderId", venue.chance)
    require_one_way(venue, params)
    qty = quantity(params, rules, is_market=kind == "MARKET")
    price = ZERO if kind == "MARKET" else limit_price(params, rules)
    now_ms = venue.clock.now_ms()
    order = Order(
        order_id=venue.orders.next_order_id(),
        client_id=client_id,
        symbol=rules.symbol,
        side=side,
        kind=kind,
        tif=tif,
        qty=qty,
        price=price,
        time_ms=now_ms,
        update_ms=now_ms,
        reduce_only=flag(params, "reduceOnly"),
    )
    admit(venue, order, rules)
    return order


def admit(venue: "LocalVenue", order: Order, rules: Rules) -> None:
    """The checks that look at the market, the account and the other orders. Raises `Refusal`."""
    if rules.status != "TRADING":
        raise refuse(-4108)
    _percent_price(venue, order, rules)
    mark = venue.market.books[order.symbol].mark
    worth = order.price or mark
    if not order.reduce_only and order.qty * worth < rules.min_notional:
        raise Refusal(-4164, f"Order's notional must be no smaller than {rules.min_notional} (unless you choose reduce only).")
    if order.client_id in venue.orders.open_clients:
        raise refuse(-4116)
    if len(venue.orders.resting[order.symbol]) >= rules.max_orders:
        raise refuse(-2025)
    if order.reduce_only and not venue.matching.reducible(order):
        raise refuse(-2022)
    after = venue.account.position(order.symbol).qty + (order.qty if order.side == "BUY" else -order.qty)
    if not order.reduce_only and abs(after) * worth > rules.most(venue.account.leverage[order.symbol]):
        raise refuse(-2027)
    needs = venue.account.needed(order, worth)
    if needs and needs > venue.account.figures(venue.orders.resting).available:
        raise refuse(-2019)


def rules_for(venue: "LocalVenue", params: dict[str, str]) -> Rules:
    """The rules of the symbol asked for."""
    found = venue.rules.get(needed(params, "symbol"))
    if found is None:
        raise refuse(-1121)
    return found


def needed(params: dict[str, str], name: str) -> str:
    """A parameter that must be there."""
    if not params.get(name):
        raise missing(name)
    return params[name]


def flag(params: dict[str, str], name: str) -> bool:
    """A parameter that is `true` or `false`; ccxt writes them in capitals or not."""
    return params.get(name, "").lower() == "true"


def side_of(params: dict[str, str]) -> Side:
    """BUY or SELL."""
    side = needed(params, "side")
    if side == "BUY":
        return "BUY"
    if side == "SELL":
        return "SELL"
    raise refuse(-1117)


def client_id_of(params: dict[str, str], name: str, chance: Random) -> str:
    """The client id that was sent, or one of the venue's own."""
    given = params.get(name)
    if not given:
        return "".join(chance.choices(LETTERS, k=22))
    if len(given) > 36:
        raise Refusal(-4015, "Client order id length should be less than 36 chars")
    if not CLIENT_ID.fullmatch(given):
        raise Refusal(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{CLIENT_ID_RANGE}'.")
    return given


def require_one_way(venue: "LocalVenue", params: dict[str, str]) -> None:
    """Positions are one-way here; in hedge mode every order without a side of its own is refused, as the real venue does."""
    if venue.account.is_hedged or params.get("positionSide", "BOTH") != "BOTH":
        raise refuse(-4061)


def number(params: dict[str, str], name: str) -> Decimal:
    """A decimal parameter."""
    given = needed(params, name)
    if not NUMBER.fullmatch(given):
        raise Refusal(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{NUMBER_RANGE}'.")
    return Decimal(given)


def quantity(params: dict[str, str], rules: Rules, *, is_market: bool) -> Decimal:
    """A quantity that keeps to LOT_SIZE or MARKET_LOT_SIZE."""
    qty = number(params, "quantity")
    if _places(qty) > rules.qty_places:
        raise refuse(-1111)
    if qty <= 0:
        raise refuse(-4003)
    if qty < rules.step:
        raise refuse(-4004)
    if qty > (rules.max_market_qty if is_market else rules.max_qty):
        raise refuse(-4005)
    if qty % rules.step:
        raise refuse(-4023)
    return qty


def limit_price(params: dict[str, str], rules: Rules, name: str = "price") -> Decimal:
    """A price that keeps to PRICE_FILTER."""
    price = number(params, name)
    if _places(price) > rules.price_places:
        raise refuse(-1111)
    if price <= 0:
        raise Refusal(-4001, "Price less than 0.")
    if price % rules.tick:
        raise refuse(-4014)
    return price


def _places(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))


def _in_force(params: dict[str, str], kind: str) -> str:
    if kind == "MARKET":
        for name in ("timeInForce", "price"):
            if params.get(name):
                raise Refusal(-1106, f"Parameter '{name}' sent when not required.")
        return "GTC"
    tif = needed(params, "timeInForce")
    if tif not in IN_FORCE:
        raise refuse(-1115)
    return tif


def _percent_price(venue: "LocalVenue", order: Order, rules: Rules) -> None:
    book = venue.market.books[order.symbol]
    top, bottom = book.mark * rules.up, book.mark * rules.down
    if order.kind == "MARKET":
        if (book.ask > top) if order.side == "BUY" else (book.bid < bottom):
            raise refuse(-4131)
        return
    places = rules.price_places
    if order.side == "BUY" and order.price > top:
        raise Refusal(-4016, f"Limit price can't be higher than {top:.{places}f}.")
    if order.side == "SELL" and order.price < bottom:
        raise Refusal(-4024, f"Limit price can't be lower than {bottom:.{places}f}.")
