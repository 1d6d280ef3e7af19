"""Partial sums by key over the last hours, the last days and for ever: what a window has in it costs the same on day 1 and day 365.

    items ──▶ hours[h][key] ──an hour is over──▶ days[d][key] and total[key]
                  └ the newest 25, whole hours         └ the newest 32, whole days UTC

Nothing is ever taken away from a sum: a window is put together from whole hours (up to a day) or whole days. An item
belongs to the hour it came in; time that goes backwards stays in the newest hour. Sealing depends on the items alone, so
taking them in one go or in any number of goes leaves the same sums.
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

import msgspec

HOUR_US = 3_600_000_000
DAY_HOURS = 24
HOURS_KEPT = 25
DAYS_KEPT = 32


class Tally(Protocol):
    """A sum that another of its kind can be added to, exactly as if its items had been added after ours."""

    def plus(self, other: Any) -> None:
        """All of another's items, after our own."""
        ...


T = TypeVar("T", bound=Tally)


class Rolling(msgspec.Struct, Generic[T]):
    """Sums by key. `hour` (since 1970) is the one being filled; `hours` holds it and whole ones before it, `days` (since 1970)
    and `total` only what is sealed."""

    hour: int = 0
    hours: dict[int, dict[str, T]] = {}
    days: dict[int, dict[str, T]] = {}
    total: dict[str, T] = {}

    def at(self, ts_us: int, key: str, make: Callable[[], T]) -> T:
        """The sum that an item of this moment goes into, made where there is none yet."""
        hour = ts_us // HOUR_US
        if hour > self.hour:
            self._turn(hour, make)
        sums = self.hours.setdefault(self.hour, {})
        tally = sums.get(key)
        if tally is None:
            tally = sums[key] = make()
        return tally

    def since(self, since_us: int | None, make: Callable[[], T]) -> dict[str, T]:
        """Fresh sums by key of everything since a moment at which an hour (within the last 25) or a day (within 32) began;
        null for everything there ever was."""
        found: dict[str, T] = {}
        if since_us is None:
            merge(found, (self.total, self.hours.get(self.hour, {})), make)
        elif since_us // HOUR_US > self.hour - HOURS_KEPT:
            merge(found, (self.hours[hour] for hour in sorted(self.hours) if hour >= since_us // HOUR_US), make)
        else:
            first = since_us // HOUR_US // DAY_HOURS
            merge(found, (self.days[day] for day in sorted(self.days) if day >= first), make)
            merge(found, (self.hours.get(self.hour, {}),), make)
        return found

    def _turn(self, hour: int, make: Callable[[], T]) -> None:
        """Seal the hour that is over into its day and the total, and forget what is too old."""
        over = self.hours.get(self.hour)
        if over is not None:
            day = self.hour // DAY_HOURS
            merge(self.days.setdefault(day, {}), (over,), make)
            merge(self.total, (over,), make)
        self.hour = hour
        for old in [each for each in self.hours if each <= hour - HOURS_KEPT]:
            del self.hours[old]
        for old in [each for each in self.days if each <= hour // DAY_HOURS - DAYS_KEPT]:
            del self.days[old]


def merge(into: dict[str, T], others: Iterable[dict[str, T]], make: Callable[[], T]) -> None:
    """Add sums to sums by key, in order; none of the others is changed or kept."""
    for sums in others:
        for key, tally in sums.items():
            mine = into.get(key)
            if mine is None:
                mine = into[key] = make()
            mine.plus(tally)
