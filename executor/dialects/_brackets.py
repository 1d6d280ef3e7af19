"""Brackets of value as a venue tells them, taken only where they can be gone by: each begins where the one below it ends."""

from collections.abc import Iterable

import msgspec

from executor.records.market import Bracket, Instrument
from executor.wire.reply import Unanswered


def sound(symbol: str, brackets: Iterable[Bracket]) -> tuple[Bracket, ...]:
    """The brackets, smallest values first; raises `Unanswered` where they have holes, or numbers that are none."""
    told = tuple(brackets)
    numbers = (number for one in told for number in (one.floor_usd, one.cap_usd, one.maint_margin_frac))
    if not all(number is None or number.is_finite() for number in numbers):
        raise Unanswered(f"the brackets of {symbol} hold a number that is none")
    rows = tuple(sorted(told, key=lambda one: one.floor_usd))
    for place, one in enumerate(rows, start=1):
        further = rows[place] if place < len(rows) else None
        is_wide = one.cap_usd is None or one.cap_usd > one.floor_usd
        follows = further is None or further.floor_usd == one.cap_usd
        if not (is_wide and follows and one.max_leverage >= 1 and 0 <= one.maint_margin_frac < 1):
            raise Unanswered(f"the brackets of {symbol} are not to be gone by: {msgspec.json.encode(one).decode()}")
    if rows and rows[0].floor_usd != 0:
        raise Unanswered(f"the brackets of {symbol} begin at {rows[0].floor_usd} USD, not at 0")
    return rows


def bracketed(instrument: Instrument, brackets: tuple[Bracket, ...]) -> Instrument:
    """An instrument with these brackets; the first says what holds for small positions. As it was without any."""
    if not brackets:
        return instrument
    first = brackets[0]
    return msgspec.structs.replace(
        instrument, brackets=brackets, max_leverage=first.max_leverage, maint_margin_frac=float(first.maint_margin_frac)
    )


def closed_down(instrument: Instrument) -> Instrument:
    """The instrument, out of trading."""
    return msgspec.structs.replace(instrument, is_trading=False)
