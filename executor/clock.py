"""Where time comes from: handed in, never asked for behind anybody's back."""

import time
from typing import Protocol


class Clock(Protocol):
    """Microseconds since 1970, UTC."""

    def now_us(self) -> int:
        """The present, in microseconds UTC."""
        ...


class WallClock:
    """The machine's own clock."""

    def now_us(self) -> int:
        """The machine's time, in microseconds UTC."""
        return time.time_ns() // 1_000


class FixedClock:
    """A clock that stands where it was put; for tests and for rebuilding the past."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """The time it was put at, in microseconds UTC."""
        return self._now_us

    def move_to(self, now_us: int) -> None:
        """Put the clock at another time (microseconds UTC)."""
        self._now_us = now_us
