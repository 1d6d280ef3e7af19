"""What the venue allows and wants of a position by how much it is worth: leverage, the largest position, maintenance margin. Pure.

A venue tells brackets of value. Within each, leverage has a limit and maintenance margin a rate, which is asked of the part of the
value that lies in it: of 60,000 USD with 1 % up to 50,000 and 2.5 % beyond, 750. An instrument without brackets has one, without end.
"""

from collections.abc import Sequence
from decimal import Decimal

from executor.records.market import Bracket, Instrument

Line = tuple[Decimal, Decimal]
"""A rate and what is taken off: of a value v, maintenance is `v * rate - less`."""

ZERO = Decimal(0)


def brackets_of(instrument: Instrument) -> Sequence[Bracket]:
    """The instrument's brackets, smallest values first."""
    if instrument.brackets:
        return instrument.brackets
    rate = Decimal(repr(instrument.maint_margin_frac))
    return (Bracket(floor_usd=ZERO, cap_usd=None, max_leverage=instrument.max_leverage, maint_margin_frac=rate),)


def leverage_at(instrument: Instrument, value_usd: float) -> int:
    """The highest leverage for a position of this value (USD, whatever its sign)."""
    allowed = [one.max_leverage for one in brackets_of(instrument) if one.floor_usd <= abs(value_usd)]
    return allowed[-1] if allowed else instrument.max_leverage


def most_usd(instrument: Instrument, leverage: int) -> float | None:
    """The largest value a position may have at this leverage (USD); null where the venue tells no end of it, 0 where it forbids that."""
    most: Decimal | None = ZERO
    for one in brackets_of(instrument):
        if one.max_leverage >= leverage:
            most = one.cap_usd
    return None if most is None else float(most)


def lines_of(instrument: Instrument) -> tuple[Line, ...]:
    """Maintenance margin as straight lines: it is the largest of them at any value, since rates only rise."""
    lines: list[Line] = []
    rate = less = ZERO
    for one in brackets_of(instrument):
        less += one.floor_usd * (one.maint_margin_frac - rate)
        rate = one.maint_margin_frac
        lines.append((rate, less))
    return tuple(lines)
