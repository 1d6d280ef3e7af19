"""Conditional orders over REST."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.local_venue import bodies_orders as bodies
from tests.local_venue.checks import (
    CONDITIONAL,
    IN_FORCE,
    client_id_of,
    flag,
    limit_price,
    needed,
    number,
    quantity,
    require_one_way,
    rules_for,
    side_of,
)
from tests.local_venue.refusals import missing, refuse
from tests.local_venue.rest_orders import limit_of, window_of
from tests.local_venue.rules import Rules
from tests.local_venue.shapes import ZERO, AlgoOrder, Call
from tests.local_venue.visibility import is_early

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue


def place(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`POST /fapi/v1/algoOrder`."""
    params = call.params
    rules = rules_for(venue, params)
    kind = needed(params, "type")
    if kind not in CONDITIONAL:
        raise refuse(-1116)
    require_one_way(venue, params)
    client_id = client_id_of(params, "clientAlgoId", venue.chance)
    waiting = venue.algos.open_of(None)
    if any(order.client_id == client_id for order in waiting):
        raise refuse(-4116)
    if sum(order.symbol == rules.symbol for order in waiting) >= rules.max_algo_orders:
        raise refuse(-4045)
    order = _order(venue, params, rules, client_id)
    if kind != "TRAILING_STOP_MARKET" and venue.algos.is_due(order):
        raise refuse(-2021)
    venue.algos.add(order)
    return bodies.algo(order, rules)


def _order(venue: "LocalVenue", params: dict[str, str], rules: Rules, client_id: str) -> AlgoOrder:
    kind, now_ms = params["type"], venue.clock.now_ms()
    is_limit, is_trailing = kind in ("STOP", "TAKE_PROFIT"), kind == "TRAILING_STOP_MARKET"
    tif = params.get("timeInForce") or "GTC"
    if tif not in IN_FORCE:
        raise refuse(-1115)
    trigger_name = "activatePrice" if is_trailing else "triggerPrice"
    is_triggered = not is_trailing or bool(params.get(trigger_name))
    is_whole = flag(params, "closePosition")
    return AlgoOrder(
        algo_id=venue.algos.next_id(),
        client_id=client_id,
        symbol=rules.symbol,
        side=side_of(params),
        kind=kind,
        tif=tif,
        qty=ZERO if is_whole else quantity(params, rules, is_market=not is_limit),
        price=limit_price(params, rules) if is_limit else ZERO,
        trigger=limit_price(params, rules, trigger_name) if is_triggered else ZERO,
        callback_frac=number(params, "callbackRate") / Decimal(100) if is_trailing else ZERO,
        working=params.get("workingType") or "CONTRACT_PRICE",
        time_ms=now_ms,
        update_ms=now_ms,
        reduce_only=flag(params, "reduceOnly"),
        close_position=is_whole,
    )


def _found(venue: "LocalVenue", call: Call) -> AlgoOrder | None:
    algo_id, client_id = call.params.get("algoId", ""), call.params.get("clientAlgoId", "")
    if not algo_id and not client_id:
        raise missing("algoId")
    for order in reversed(venue.algos.orders.values()):
        if str(order.algo_id) == algo_id or (not algo_id and order.client_id == client_id):
            return order
    return None


def query(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/algoOrder`."""
    order = _found(venue, call)
    if order is None or is_early(venue, order.time_ms, "algoOrder"):
        raise refuse(-2013)
    return bodies.algo(order, venue.rules[order.symbol])


def cancel(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`DELETE /fapi/v1/algoOrder`."""
    order = _found(venue, call)
    if order is None or not order.is_open:
        raise refuse(-2011)
    venue.algos.end(order, "CANCELED")
    return {"algoId": order.algo_id, "clientAlgoId": order.client_id, "code": "200", "msg": "success"}


def cancel_all(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`DELETE /fapi/v1/algoOpenOrders`."""
    for order in venue.algos.open_of(rules_for(venue, call.params).symbol):
        venue.algos.end(order, "CANCELED")
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def open_orders(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/openAlgoOrders`."""
    symbol = rules_for(venue, call.params).symbol if call.params.get("symbol") else None
    shown = [order for order in venue.algos.open_of(symbol) if not is_early(venue, order.time_ms, "openAlgoOrders")]
    return [bodies.algo(order, venue.rules[order.symbol]) for order in shown]


def all_orders(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/allAlgoOrders`: within a window of at most seven days."""
    rules = rules_for(venue, call.params)
    since_ms, until_ms, is_since = window_of(call, venue.clock.now_ms())
    rows = [each for each in venue.algos.orders.values() if each.symbol == rules.symbol and since_ms <= each.time_ms <= until_ms]
    limit = limit_of(call, usual=500, most=1_000)
    return [bodies.algo(order, rules) for order in (rows[:limit] if is_since else rows[-limit:])]
