"""How far the journals reach: which days lie behind them whole, and which they no longer hold."""

from datetime import date, timedelta
from pathlib import Path

from executor.journal.audit import first, tail
from executor.records.account import Heartbeat
from executor.records.streams import Stream
from hedge_assets.tables.days import SETTLED_US, DayError, between, day_of, end_us

NEWEST = 64
"""Between two heartbeats lie a few records: so many from the end hold one."""


def newest_beat_us(raw: Path) -> int | None:
    """The newest heartbeat's time: whatever was journaled before it is on disk. Null where there is none."""
    beats = [record.ts_us for _, record in tail(raw, "positions", NEWEST) if type(record) is Heartbeat]
    return beats[-1] if beats else None


def first_day(raw: Path) -> date | None:
    """The day of the oldest tick or position that is still journaled; null where there is none.

    Orders are not asked: theirs may begin with the start of a process whose clock was wrong.
    """
    streams: tuple[Stream, ...] = ("ticks", "positions")
    found = [record.ts_us for stream in streams if (record := first(raw, stream)) is not None]
    return day_of(min(found)) if found else None


def days_over(raw: Path) -> tuple[date, ...]:
    """Every day that the journals hold and reach past, oldest first."""
    begin, beat_us = first_day(raw), newest_beat_us(raw)
    if begin is None or beat_us is None:
        return ()
    return tuple(between(begin, day_of(beat_us - SETTLED_US) - timedelta(days=1)))


def refuse_open(raw: Path, day: date) -> None:
    """A day is made into tables once it is over and settled, and while the journals hold it; raises DayError where not."""
    begin, beat_us = first_day(raw), newest_beat_us(raw)
    if begin is None or beat_us is None:
        raise DayError(f"{day} cannot be built: no heartbeat is journaled in {raw}; start the executor, or name another data root")
    if end_us(day) + SETTLED_US > beat_us:
        raise DayError(
            f"{day} is not over: the newest heartbeat is {(beat_us - end_us(day)) / 1e6:.0f} s past its end, "
            f"must be {SETTLED_US / 1e6:.0f} s past it; build it later"
        )
    if day < begin:
        raise DayError(f"{day} cannot be built: the journals begin with {begin}; what was built of it before stays")
