"""When the recorded executor looped, and what it had heard by then: so that one that plays it loops at the same moments. Pure.

Between the time when a loop was due and when it ran lies a window. What came in it was heard with the loop, or after it; nothing that
plays it may act before. Market news that did not set the loop off was taken after it. Where nothing at all ran for a while, timers
that were over meanwhile were late, and what had come by then was read before them.
"""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

AFTER_US, LATER_US = 1, 2
"""By so much of time that nobody notices comes what is after the loop: timers, then market news."""

READ_US = 3_000
"""So long after nothing ran everything that had come is read."""

FIRST_LATE_US = 20_000
"""How late the first loop may have been, of which nobody knows when it was due."""


class Looped(msgspec.Struct, frozen=True, gc=False):
    """A loop, and whether a market message of that very time set it off."""

    ts_us: int
    is_stepped: bool


class Windows:
    """The windows of some loops that come every `every_us` (microseconds; 0: they have none). `stalls`: from when to when nothing ran."""

    def __init__(self, loops: Sequence[Looped] = (), every_us: int = 0, stalls: Sequence[tuple[int, int]] = ()) -> None:
        self._stalls = stalls
        self._stall_ends = [until_us for _, until_us in stalls]
        self._ends = [loop.ts_us for loop in loops]
        self._stepped = [loop.is_stepped for loop in loops]
        self._begins = [
            end if not every_us else self._ends[at - 1] // every_us * every_us + every_us if at else end - FIRST_LATE_US
            for at, end in enumerate(self._ends)
        ]

    def heard_us(self, ts_us: int, *, is_market: bool) -> int:
        """When something that came at that time is to be heard."""
        at = self._window(ts_us)
        if at is None:
            return ts_us
        return self._ends[at] + (LATER_US if is_market and not self._stepped[at] else 0)

    def timer_us(self, ts_us: int, heard_us: int | None) -> int:
        """When a timer of that time is over, while the next thing to be heard comes at `heard_us` (null: nothing)."""
        stall = bisect_left(self._stall_ends, ts_us)
        if stall < len(self._stalls) and self._stalls[stall][0] <= ts_us:
            ts_us = self._stall_ends[stall] + READ_US
        at = self._window(ts_us)
        if at is None:
            return ts_us
        end = self._ends[at]
        return end + AFTER_US if self._stepped[at] or (heard_us is not None and heard_us <= end) else end

    def _window(self, ts_us: int) -> int | None:
        at = bisect_left(self._ends, ts_us)
        return at if at < len(self._ends) and self._begins[at] <= ts_us else None
