"""Why a venue refuses an order: each rule a function, first refusal wins."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from executor.records.base import sign
from executor.records.market import Instrument, Quote
from executor.records.orders import Submit
from executor.risk.brackets import most_usd
from executor.venue.exact import ZERO, price_for
from executor.venue.matching import crosses, touch_for


class Refusal(msgspec.Struct, frozen=True):
    """A rule's name in lower case, its numbers in words, and whether it was the post-only rule."""

    code: str
    detail: str
    post_only: bool = False


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What an order is judged by: rules, market, the position, leverage allowed, margin available in USD."""

    instrument: Instrument
    quote: Quote
    position_qty: Decimal
    leverage: int
    available: Decimal


def price_on_tick(order: Submit, at: Standing) -> Refusal | None:
    """A price is positive and a multiple of the tick."""
    if order.price is None or (order.price.is_finite() and order.price > 0 and order.price % at.instrument.tick_size == 0):
        return None
    return Refusal("price_off_tick", f"price {order.price} is not a positive multiple of {at.instrument.tick_size}")


def qty_on_step(order: Submit, at: Standing) -> Refusal | None:
    """A quantity is positive and a multiple of the step."""
    if order.qty.is_finite() and order.qty > 0 and order.qty % at.instrument.step_size == 0:
        return None
    return Refusal("qty_off_step", f"quantity {order.qty} is not a positive multiple of {at.instrument.step_size}")


def something_to_reduce(order: Submit, at: Standing) -> Refusal | None:
    """A reduce-only order meets a position on the other side."""
    if not order.reduce_only or at.position_qty * sign(order.side) < 0:
        return None
    return Refusal("reduce_only_rejected", f"reduce-only {order.side} with position {at.position_qty}")


def post_only_rests(order: Submit, at: Standing) -> Refusal | None:
    """A post-only order would not take."""
    if not order.post_only:
        return None
    slack = float(at.instrument.tick_size) / 2
    if order.price is not None and not crosses(order.side, float(order.price), at.quote, slack=slack):
        return None
    touch, _ = touch_for(order.side, at.quote)
    price = "market" if order.price is None else order.price
    return Refusal("post_only_would_cross", f"post-only {order.side} at {price} would take from {touch}", post_only=True)


def large_enough(order: Submit, at: Standing) -> Refusal | None:
    """An order is not below the least quantity and the least notional; reducing is exempt."""
    if order.reduce_only:
        return None
    if order.qty < at.instrument.min_qty:
        return Refusal("min_qty", f"quantity {order.qty} is below {at.instrument.min_qty}")
    notional = order.qty * price_of(order, at)
    if notional < at.instrument.min_notional:
        return Refusal("min_notional", f"notional {notional} is below {at.instrument.min_notional}")
    return None


def within_bracket(order: Submit, at: Standing) -> Refusal | None:
    """A position is not worth more than the venue takes at its leverage; reducing is exempt."""
    most = most_usd(at.instrument, at.leverage)
    if order.reduce_only or most is None:
        return None
    worth = abs(at.position_qty + order.qty * sign(order.side)) * price_of(order, at)
    if worth <= most:
        return None
    return Refusal("position_limit", f"would be worth {worth:.2f}, {most:.2f} is the most at leverage {at.leverage}")


def margin_fits(order: Submit, at: Standing) -> Refusal | None:
    """What an order adds to the position, divided by leverage, is available; reducing is exempt."""
    if order.reduce_only:
        return None
    added = max(abs(at.position_qty + order.qty * sign(order.side)) - abs(at.position_qty), ZERO)
    needed = added * price_of(order, at) / at.leverage
    if needed <= at.available:
        return None
    return Refusal("insufficient_margin", f"needs {needed:.2f} at leverage {at.leverage}, available is {at.available:.2f}")


def price_of(order: Submit, at: Standing) -> Decimal:
    """What an order is valued at: its limit, or the touch it would take."""
    return price_for(order.side, touch_for(order.side, at.quote)[0], at.instrument.tick_size) if order.price is None else order.price


RULES: tuple[Callable[[Submit, Standing], Refusal | None], ...] = (
    price_on_tick,
    qty_on_step,
    something_to_reduce,
    post_only_rests,
    large_enough,
    within_bracket,
    margin_fits,
)


def refusal(order: Submit, at: Standing) -> Refusal | None:
    """The first rule that refuses an order, or nothing."""
    for rule in RULES:
        found = rule(order, at)
        if found is not None:
            return found
    return None
