"""Orders: place, ask for, list, cancel, and the countdown that cancels them."""

from typing import TYPE_CHECKING, Any

from tests.local_venue import bodies_orders as bodies
from tests.local_venue.checks import needed, new_order, rules_for
from tests.local_venue.refusals import Refusal, malformed, missing, refuse
from tests.local_venue.shapes import Call
from tests.local_venue.visibility import DAY_MS, between, found, sees, sees_trade

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

WEEK_MS = 7 * DAY_MS


def place(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`POST /fapi/v1/order`."""
    if not venue.account.can_trade or not venue.account.rights.enable_futures:
        raise refuse(-2015)
    order = new_order(venue, call.params)
    venue.matching.accept(order)
    is_result = call.params.get("newOrderRespType", "ACK") == "RESULT"
    return bodies.acknowledged(order, venue.rules[order.symbol], is_result=is_result)


def query(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/order`."""
    rules = rules_for(venue, call.params)
    _require_id(call)
    order = found(venue, call.params, "order")
    if order is None:
        raise refuse(-2013)
    return bodies.queried(order, rules)


def query_open(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/openOrder`."""
    rules = rules_for(venue, call.params)
    _require_id(call)
    order = found(venue, call.params, "openOrders")
    if order is None or not order.is_open:
        raise refuse(-2013)
    return bodies.queried(order, rules)


def open_orders(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/openOrders`."""
    symbol = call.params.get("symbol") or None
    if symbol is not None:
        rules_for(venue, call.params)
    shown = [order for order in venue.orders.open_of(symbol) if sees(venue, order, "openOrders")]
    return [bodies.queried(order, venue.rules[order.symbol]) for order in shown]


def all_orders(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/allOrders`: from an order id, or within a window of at most seven days; without either the last seven."""
    rules = rules_for(venue, call.params)
    limit = limit_of(call, usual=500, most=1_000)
    orders, first_id = venue.orders.by_symbol[rules.symbol], call.params.get("orderId", "")
    if first_id.isdigit():
        rows = [order for order in orders.values() if order.order_id >= int(first_id) and sees(venue, order, "allOrders")]
        return [bodies.queried(order, rules) for order in rows[:limit]]
    since_ms, until_ms, is_since = window_of(call, venue.clock.now_ms())
    rows = between(venue, reversed(orders.values()), since_ms, until_ms)
    rows = [order for order in rows if sees(venue, order, "allOrders")]
    rows = rows[:limit] if is_since else rows[-limit:]
    return [bodies.queried(order, rules) for order in rows]


def user_trades(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/userTrades`: from a trade id, of an order, or within a window of at most seven days."""
    rules = rules_for(venue, call.params)
    limit = limit_of(call, usual=500, most=1_000)
    params, trades = call.params, venue.orders.trades[rules.symbol]
    if params.get("fromId"):
        if params.get("startTime") or params.get("endTime"):
            raise Refusal(-1128, "Combination of optional parameters invalid.")
        rows, is_since = [trade for trade in trades if trade.trade_id >= int(params["fromId"])], True
    else:
        since_ms, until_ms, is_since = window_of(call, venue.clock.now_ms())
        rows = between(venue, reversed(trades), since_ms, until_ms)
    if params.get("orderId"):
        rows = [trade for trade in rows if str(trade.order_id) == params["orderId"]]
    rows = [trade for trade in rows if sees_trade(venue, trade)]
    rows = rows[:limit] if is_since else rows[-limit:]
    return [bodies.user_trade(trade, rules) for trade in rows]


def cancel(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`DELETE /fapi/v1/order`."""
    rules = rules_for(venue, call.params)
    _require_id(call)
    order = found(venue, call.params, "cancel")
    if order is None or not order.is_open:
        raise refuse(-2011)
    venue.matching.end(order, "CANCELED", "request")
    return bodies.canceled(order, rules)


def cancel_all(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`DELETE /fapi/v1/allOpenOrders`."""
    rules = rules_for(venue, call.params)
    for order in venue.orders.open_of(rules.symbol):
        venue.matching.end(order, "CANCELED", "request for all")
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def countdown(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`POST /fapi/v1/countdownCancelAll`: cancel a symbol's orders unless asked again in time; 0 disarms."""
    rules = rules_for(venue, call.params)
    within = needed(call.params, "countdownTime")
    if not within.isdigit():
        raise malformed("countdownTime")
    venue.dead_man.arm(rules.symbol, int(within))
    return {"symbol": rules.symbol, "countdownTime": within}


def limit_of(call: Call, *, usual: int, most: int) -> int:
    """The `limit` parameter, never more than the venue gives."""
    given = call.params.get("limit", "")
    if given and (not given.isdigit() or int(given) < 1):
        raise malformed("limit")
    return min(int(given), most) if given else usual


def window_of(call: Call, now_ms: int) -> tuple[int, int, bool]:
    """First and last millisecond asked for, and whether the oldest rows come first in a cut list. Raises beyond seven days."""
    given = {name: call.params.get(name, "") for name in ("startTime", "endTime")}
    for name, text in given.items():
        if text and not text.isdigit():
            raise malformed(name)
    if given["startTime"] and given["endTime"]:
        since_ms, until_ms = int(given["startTime"]), int(given["endTime"])
        if until_ms - since_ms > WEEK_MS:
            raise refuse(-1127)
        return since_ms, until_ms, True
    if given["startTime"]:
        return int(given["startTime"]), int(given["startTime"]) + WEEK_MS, True
    until_ms = int(given["endTime"]) if given["endTime"] else now_ms + 1_000
    return until_ms - WEEK_MS, until_ms, False


def _require_id(call: Call) -> None:
    if not call.params.get("orderId") and not call.params.get("origClientOrderId"):
        raise missing("orderId")
