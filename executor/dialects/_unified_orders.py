"""Orders as ccxt's unified call takes them, and which must not even be sent."""

from decimal import Decimal
from typing import Any

from executor.dialects._exact import off_grid, plain, refused_here
from executor.dialects._unified_facts import Listed
from executor.dialects._unified_voice import Voice
from executor.protocol.facts import Refused
from executor.records.orders import Submit

TAKES = frozenset({"taker", "fallback", "operator"})


def refused_locally(order: Submit, listed: Listed, voice: Voice) -> Refused | None:
    """Why an order must not be sent: off the grid, or ccxt would round it on the way; or null."""
    rules, name = listed.instrument, voice.access.venue
    if off_grid(order.qty, rules.step_size):
        return refused_here("qty_off_step", f"quantity {order.qty} is not a positive multiple of {rules.step_size}")
    if order.trigger is not None and not voice.manners.triggers:
        return refused_here("unsupported", f"no conditional orders are sent to {name}")
    for price in (order.price, None if order.trigger is None else order.trigger.price):
        if price is not None and (refused := _off_tick(price, listed, voice)) is not None:
            return refused
    if order.price is None:
        if order.post_only:
            return refused_here("post_only_needs_price", "a market order cannot be post-only")
        if voice.manners.needs_mid and order.mid is None:
            return refused_here("no_price", f"{name} bounds a market order by a price, and no mid is known")
    return None


def _off_tick(price: Decimal, listed: Listed, voice: Voice) -> Refused | None:
    tick = listed.instrument.tick_size
    if off_grid(price, tick):
        return refused_here("price_off_tick", f"price {price} is not a positive multiple of {tick}")
    rounded = Decimal(str(voice.exchange.price_to_precision(listed.symbol, plain(price))))
    return None if rounded == price else refused_here("price_off_tick", f"price {price} would be sent as {rounded}")


def order_params(order: Submit, venue_id: str, voice: Voice) -> dict[str, Any]:
    """What goes beside side, quantity and price."""
    params: dict[str, Any] = {"clientOrderId": venue_id}
    if order.post_only:
        params["postOnly"] = True
    elif order.price is not None and order.step in TAKES:
        params["timeInForce"] = "IOC"
    if order.reduce_only:
        params["reduceOnly"] = True
    if order.trigger is not None:
        params["triggerPrice"] = plain(order.trigger.price)
        params["triggerDirection"] = "descending" if order.side == "sell" else "ascending"
        params |= voice.manners.triggers[order.trigger.by]
    if voice.manners.margin_param:
        params[voice.manners.margin_param] = voice.access.settings.margin
    return params
