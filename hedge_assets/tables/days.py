"""Which day is it: UTC days, their first and last microsecond, and how they are written."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from executor.errors import HedgeError

DAY_US = 86_400_000_000
SETTLED_US = 300_000_000
"""A day's last fill is judged for so long: no day is whole before the journals reach that far past its end."""

EPOCH = date(1970, 1, 1)


class DayError(HedgeError):
    """A day cannot be made into a table, or is none."""


def day_of(ts_us: int) -> date:
    """The UTC day of a time."""
    return EPOCH + timedelta(days=ts_us // DAY_US)


def start_us(day: date) -> int:
    """A day's first microsecond; the next day's is the first that is not in it."""
    return (day - EPOCH).days * DAY_US


def end_us(day: date) -> int:
    """The first microsecond after a day."""
    return start_us(day) + DAY_US


def named(word: str) -> date:
    """`2026-01-05` as a day."""
    try:
        return datetime.strptime(word, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise DayError(f"{word!r} is not a day; write it like 2026-01-05") from None


def between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
