"""Where time comes from: handed in, never asked for behind anybody's back."""

import time
from typing import Protocol


class Clock(Protocol):
    """Microseconds since 1970, UTC."""

    def now_us(self) -> int:
        """The present, in microseconds UTC."""
        ...


class Steady(Clock, Protocol):
    """A clock that never goes back; see `SteadyClock`."""

    @property
    def off_us(self) -> int:
        """The machine's time less this one, in microseconds."""
        ...

    def not_before(self, ts_us: int) -> None:
        """Begin at this time at the earliest."""
        ...

    def catch_up(self) -> None:
        """Take the machine's time where it is ahead."""
        ...


class WallClock:
    """The machine's own clock."""

    def now_us(self) -> int:
        """The machine's time, in microseconds UTC."""
        return time.time_ns() // 1_000


class SteadyClock:
    """Goes on from the machine's time at its making by the monotonic clock: a step of the machine's clock never moves it back.

    `off_us` is how far the machine's time has moved away since; `catch_up` goes forward to it, never back.
    """

    def __init__(self) -> None:
        self._base_us = time.time_ns() // 1_000
        self._began_ns = time.monotonic_ns()

    def now_us(self) -> int:
        """Steady time, in microseconds UTC."""
        return self._base_us + (time.monotonic_ns() - self._began_ns) // 1_000

    @property
    def off_us(self) -> int:
        """The machine's time less this one, in microseconds."""
        return time.time_ns() // 1_000 - self.now_us()

    def not_before(self, ts_us: int) -> None:
        """Begin at this time at the earliest (microseconds UTC): what was written before must not lie ahead."""
        self._base_us += max(0, ts_us - self.now_us())

    def catch_up(self) -> None:
        """Take the machine's time where it is ahead."""
        self._base_us += max(0, self.off_us)


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
