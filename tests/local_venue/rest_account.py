"""The account: positions, balances, leverage, margin, modes, ledger, key rights and listen keys."""

from typing import TYPE_CHECKING, Any

from tests.local_venue import bodies_account as bodies
from tests.local_venue.checks import needed, rules_for
from tests.local_venue.refusals import malformed, refuse
from tests.local_venue.rest_orders import limit_of, window_of
from tests.local_venue.shapes import Call

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

DONE = {"code": 200, "msg": "success"}


def _symbols(venue: "LocalVenue", call: Call) -> list[str]:
    return [rules_for(venue, call.params).symbol] if call.params.get("symbol") else list(venue.rules)


def positions_v3(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v3/positionRisk`."""
    shown = set(bodies.shown_positions(venue))
    return [bodies.position_v3(venue, symbol) for symbol in _symbols(venue, call) if symbol in shown]


def positions_v2(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v2/positionRisk`."""
    return [bodies.position_v2(venue, symbol) for symbol in _symbols(venue, call)]


def account_v3(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v3/account`."""
    return bodies.account_v3(venue)


def account_v2(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v2/account`."""
    return bodies.account_v2(venue)


def balances(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v2|v3/balance`."""
    return bodies.balances(venue)


def account_config(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/accountConfig`."""
    account = venue.account
    rights = {"canTrade": account.can_trade, "canDeposit": True, "canWithdraw": True}
    modes = {"dualSidePosition": account.is_hedged, "multiAssetsMargin": account.is_multi_asset}
    return {"feeTier": 0, "updateTime": 0, "tradeGroupId": -1} | rights | modes


def symbol_config(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/symbolConfig`."""
    account = venue.account
    return [
        {
            "symbol": symbol,
            "marginType": "CROSSED" if account.margin[symbol] == "cross" else "ISOLATED",
            "isAutoAddMargin": False,
            "leverage": account.leverage[symbol],
            "maxNotionalValue": "100000000",
        }
        for symbol in _symbols(venue, call)
    ]


def commission_rate(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/commissionRate`."""
    maker, taker = venue.account.maker_fee, venue.account.taker_fee
    return {"symbol": rules_for(venue, call.params).symbol, "makerCommissionRate": str(maker), "takerCommissionRate": str(taker)}


def income(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/income`: oldest first from `startTime`, else the last rows of seven days."""
    limit = limit_of(call, usual=100, most=1_000)
    params = call.params
    if params.get("startTime") and not params.get("endTime"):
        since_ms, until_ms, is_since = int(params["startTime"]), venue.clock.now_ms() + 1_000, True
    else:
        since_ms, until_ms, is_since = window_of(call, venue.clock.now_ms())
    until_ms = min(until_ms, venue.clock.now_ms() - venue.delays["income"])
    rows = [row for row in venue.account.incomes if since_ms <= row.time_ms <= until_ms]
    if params.get("symbol"):
        rows = [row for row in rows if row.symbol == params["symbol"]]
    if params.get("incomeType"):
        rows = [row for row in rows if row.kind == params["incomeType"]]
    page = max(1, int(params.get("page", "1")))
    cut = rows[(page - 1) * limit : page * limit] if is_since else rows[-limit:]
    return [bodies.income(row) for row in cut]


def multi_assets(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/multiAssetsMargin`."""
    return {"multiAssetsMargin": venue.account.is_multi_asset}


def position_mode(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/positionSide/dual`."""
    return {"dualSidePosition": venue.account.is_hedged}


def set_position_mode(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`POST /fapi/v1/positionSide/dual`."""
    wanted = needed(call.params, "dualSidePosition").lower()
    if wanted not in ("true", "false"):
        raise malformed("dualSidePosition")
    if (wanted == "true") == venue.account.is_hedged:
        raise refuse(-4059)
    if any(venue.orders.resting.values()):
        raise refuse(-4067)
    if any(position.qty for position in venue.account.positions.values()):
        raise refuse(-4068)
    venue.account.is_hedged = wanted == "true"
    return DONE


def set_leverage(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`POST /fapi/v1/leverage`."""
    rules = rules_for(venue, call.params)
    wanted = needed(call.params, "leverage")
    if not wanted.isdigit() or not 1 <= int(wanted) <= rules.brackets[0].leverage:
        raise refuse(-4028, wanted)
    venue.set_leverage(rules.symbol, int(wanted))
    return {"symbol": rules.symbol, "leverage": int(wanted), "maxNotionalValue": "1000000"}


def set_margin(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`POST /fapi/v1/marginType`; -4046 when it is so already."""
    symbol = rules_for(venue, call.params).symbol
    names = {"CROSSED": "cross", "ISOLATED": "isolated"}
    wanted = names.get(needed(call.params, "marginType"))
    if wanted is None:
        raise malformed("marginType")
    if venue.account.margin[symbol] == wanted:
        raise refuse(-4046)
    if venue.orders.resting[symbol]:
        raise refuse(-4047)
    if venue.account.position(symbol).qty:
        raise refuse(-4048)
    venue.account.margin[symbol] = wanted
    return DONE


def new_listen_key(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`POST /fapi/v1/listenKey`: the key that is, or a new one."""
    return {"listenKey": venue.listen_keys.create()}


def keep_listen_key(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`PUT /fapi/v1/listenKey`; -1125 when it is over."""
    return {"listenKey": venue.listen_keys.extend()}


def close_listen_key(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`DELETE /fapi/v1/listenKey`."""
    venue.listen_keys.close()
    return {}


def restrictions(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /sapi/v1/account/apiRestrictions`."""
    rights = venue.account.rights
    body: dict[str, Any] = {
        "ipRestrict": rights.ip_restrict,
        "createTime": 1_698_645_219_000,
        "enableReading": True,
        "enableWithdrawals": rights.enable_withdrawals,
        "enableInternalTransfer": rights.enable_internal_transfer,
        "enableMargin": rights.enable_margin,
        "enableFutures": rights.enable_futures,
        "permitsUniversalTransfer": rights.permits_universal_transfer,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": rights.enable_spot_and_margin_trading,
        "enablePortfolioMarginTrading": False,
    }
    if rights.expires_ms:
        body["tradingAuthorityExpirationTime"] = rights.expires_ms
    return body
