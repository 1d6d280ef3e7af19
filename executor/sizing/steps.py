"""How a wanted number becomes one the venue takes: quantities down to the step, prices away from the market.

A quantity that is a whole number of steps but for the rounding of floats stays that number (0.3 is three
steps of 0.1): a billionth of a step, and two units in the last place, are forgiven. That is also the most by
which a budget can be exceeded. Products are taken in decimal, so three steps of 0.1 are 0.3.
"""

from decimal import Decimal
from math import floor

from executor.records.base import Side

SLACK, ROUNDINGS = 1e-9, 4.5e-16


def exact(value: float) -> Decimal:
    """The decimal a person would write for this float."""
    return Decimal(repr(value))


def steps_down(qty: float, step: Decimal) -> Decimal:
    """The largest multiple of `step` not above `qty` (base units, not negative)."""
    return whole_below(qty / float(step)) * step


def passive_price(side: Side, touch: tuple[float, float], offset_bps: float, tick: Decimal) -> Decimal:
    """A price `offset_bps` behind our own touch (bid, ask), rounded to the tick away from the market.

    An offset below 0 would reach into the market and counts as 0.
    """
    bid, ask = touch
    behind = max(0.0, offset_bps) / 1e4
    if side == "buy":
        return max(1, whole_below(bid * (1 - behind) / float(tick))) * tick
    return -whole_below(-ask * (1 + behind) / float(tick)) * tick


def whole_below(count: float) -> int:
    """The largest whole number not above a count, with the roundings of floats forgiven."""
    return floor(count + SLACK + abs(count) * ROUNDINGS)
