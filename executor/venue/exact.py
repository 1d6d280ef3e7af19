"""Where the market's floats become exact prices, quantities and money, rounded against the trader."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

from executor.records.base import Side

ZERO = Decimal(0)
MONEY = Decimal("1e-8")
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
NOISE_DIGITS = 6  # a float within a millionth of a tick or step of a whole number is that number


def money(amount: Decimal) -> Decimal:
    """An amount in whole 1e-8 USD, halves to even: for what multiplication by a rate or a division makes."""
    return amount.quantize(MONEY, ROUND_HALF_EVEN) or ZERO


def exact(value: float) -> Decimal:
    """The shortest decimal that reads back as this float: what the venue sent."""
    return Decimal(repr(value))


def price_for(side: Side, price: float, tick_size: Decimal) -> Decimal:
    """A market price on the tick grid, up for a buy and down for a sell, never below one tick."""
    ticks = round(price / float(tick_size), NOISE_DIGITS)
    whole = math.ceil(ticks) if side == "buy" else math.floor(ticks)
    return max(whole, 1) * tick_size


def lots(qty: float, step_size: Decimal) -> Decimal:
    """The whole steps in a market quantity (base units); the rest of a step is not there. Never negative."""
    return max(math.floor(round(qty / float(step_size), NOISE_DIGITS)), 0) * step_size
