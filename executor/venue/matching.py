"""How an order meets a quote or a trade: what it may take, and how long it must wait.

Only the touch is seen. Behind it the book is taken to go on with the same visible size every
`impact_bps`, for `max_levels` levels in all, the touch being the first.
"""

from decimal import Decimal

import msgspec

from executor.records.base import Side
from executor.records.market import Quote
from executor.venue.exact import price_for
from executor.venue.state import Order


class Take(msgspec.Struct, frozen=True):
    """A price, a quantity (base units), and in words how they came about."""

    price: Decimal
    qty: Decimal
    model: str


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """One side of the book as a taker finds it: the touch, its `visible` size, and what we `took` of all this before."""

    touch: float
    visible: Decimal
    took: Decimal
    tick_size: Decimal
    impact_bps: float
    max_levels: int


def walk(side: Side, wanted: Decimal, *, limit: Decimal | None, depth: Depth) -> list[Take]:
    """What `wanted` base units get from the touch outward, best price first, none beyond `limit`."""
    takes: list[Take] = []
    took = depth.took
    first = int(took // depth.visible) if depth.visible > 0 else depth.max_levels
    for level in range(first, depth.max_levels):
        slip_bps = level * depth.impact_bps
        price = price_for(side, worse(side, depth.touch, slip_bps), depth.tick_size)
        if wanted <= 0 or (limit is not None and (price > limit if side == "buy" else price < limit)):
            break
        qty = min(wanted, depth.visible * (level + 1) - took)
        name = "touch" if level == 0 else f"level {level + 1} {slip_bps:+.1f} bps"
        takes.append(Take(price, qty, f"{name} {qty} of {depth.visible} visible"))
        took, wanted = took + qty, wanted - qty
    return takes


def worse(side: Side, price: float, slip_bps: float) -> float:
    """A price moved against the taker by `slip_bps`."""
    return price * (1 + slip_bps / 1e4) if side == "buy" else price * (1 - slip_bps / 1e4)


def touch_for(side: Side, quote: Quote) -> tuple[float, float]:
    """Price and size that a taker of this side meets."""
    return (quote.ask, quote.ask_qty) if side == "buy" else (quote.bid, quote.bid_qty)


def crosses(side: Side, level: float, quote: Quote, *, slack: float) -> bool:
    """Whether a price reaches the other side's touch. Prices within `slack` (half a tick) are the same price."""
    return level >= quote.ask - slack if side == "buy" else level <= quote.bid + slack


def through(order: Order, price: float, *, slack: float) -> bool:
    """Whether a price lies strictly beyond a resting order's: everybody at its price has been served."""
    return price < order.level - slack if order.side == "buy" else price > order.level + slack


def ahead_at(side: Side, level: float, quote: Quote, *, slack: float) -> float:
    """The queue met on arrival, in base units: none where the price improves, the visible size at the touch.

    Deeper levels are not seen; the touch's size stands for theirs.
    """
    touch, size = (quote.bid, quote.bid_qty) if side == "buy" else (quote.ask, quote.ask_qty)
    improves = level > touch + slack if side == "buy" else level < touch - slack
    return 0.0 if improves else size


def shrunk(order: Order, quote: Quote, *, slack: float) -> float:
    """The queue after a new quote: no more than is visible at our price, none when the touch is behind us."""
    touch, size = (quote.bid, quote.bid_qty) if order.side == "buy" else (quote.ask, quote.ask_qty)
    beyond = order.level - touch if order.side == "buy" else touch - order.level
    if beyond < -slack:
        return order.ahead
    return 0.0 if beyond > slack else min(order.ahead, size)
