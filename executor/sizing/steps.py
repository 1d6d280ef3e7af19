"""How a wanted number becomes one the venue takes: quantities down to the step, prices away from the market.

The count of steps is taken as `floor(x / step + 1e-9)`: a quantity that is a whole number of steps up to a
float's rounding stays that number (0.3 is three steps of 0.1), at the price of exceeding a budget by at most
a billionth of one step. The product is taken in decimal, so 3 x 0.1 is 0.3.
"""

from decimal import Decimal
from math import ceil, floor

from executor.records.base import Side

SLACK = 1e-9


def exact(value: float) -> Decimal:
    """The decimal a person would write for this float."""
    return Decimal(repr(value))


def steps_down(qty: float, step: Decimal) -> Decimal:
    """The largest multiple of `step` not above `qty` (base units, not negative)."""
    return floor(qty / float(step) + SLACK) * step


def passive_price(side: Side, touch: tuple[float, float], offset_bps: float, tick: Decimal) -> Decimal:
    """A price `offset_bps` behind our own touch (bid, ask), rounded to the tick away from the market.

    An offset below 0 would reach into the market and counts as 0.
    """
    bid, ask = touch
    behind = max(0.0, offset_bps) / 1e4
    if side == "buy":
        return max(1, floor(bid * (1 - behind) / float(tick) + SLACK)) * tick
    return ceil(ask * (1 + behind) / float(tick) - SLACK) * tick
