"""The venue's clock, as well as it can be known from here.

A reading was made somewhere between asking and hearing, so it is right to half the round trip; of several, the one with the
shortest is believed. It is kept against the monotonic clock: a step of the wall clock moves no stamp, and is noticed.
"""

from collections import deque
from collections.abc import Callable

import msgspec

from executor.clock import Clock
from executor.wire.passing import monotonic_us

KEPT = 8
GOOD_FOR_US = 120_000_000
"""An older reading is not trusted."""

DRIFT = 50e-6
"""How far two quartz clocks drift apart, of the time passed."""

STEP_US = 20_000
"""A wall clock that moved so far against the monotonic one was set."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the venue's clock: monotonic times of asking and hearing, and what it said. All microseconds."""

    asked_us: int
    heard_us: int
    server_us: int

    @property
    def half_us(self) -> int:
        """Half the round trip: how wrong this may be."""
        return (self.heard_us - self.asked_us + 1) // 2

    @property
    def ahead_us(self) -> int:
        """The venue's clock minus the monotonic one."""
        return self.server_us - (self.asked_us + self.heard_us) // 2


class ServerTime:
    """The venue's time. Unsure until measured, when the last measuring is old, and from a step of the wall clock on."""

    def __init__(self, clock: Clock, monotonic: Callable[[], int] = monotonic_us) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._readings: deque[Reading] = deque(maxlen=KEPT)
        self._wall_ahead_us = self._gap_us()
        self._doubt = "the venue's clock was not measured yet"

    def take(self, reading: Reading) -> None:
        """A new reading. Where the wall clock was set or the venue refused a stamp, what was measured before counts no more."""
        gap_us = self._gap_us()
        if self._doubt or abs(gap_us - self._wall_ahead_us) > STEP_US:
            self._readings.clear()
        self._readings.append(reading)
        self._wall_ahead_us, self._doubt = gap_us, ""

    def doubt(self, why: str) -> None:
        """The venue says our stamps are wrong: unsure until measured again."""
        self._doubt = why

    def doubts(self) -> str:
        """Why the clock is not to be trusted now; empty where nothing speaks against it."""
        moved_us = self._gap_us() - self._wall_ahead_us
        if not self._doubt and abs(moved_us) > STEP_US:
            return f"this machine's clock was set by {moved_us / 1e6:+.3f} s since the venue's was measured"
        if not self._doubt and self._monotonic() - self._readings[-1].heard_us > GOOD_FOR_US:
            return f"the venue's clock was last measured more than {GOOD_FOR_US // 1_000_000} s ago"
        return self._doubt

    def is_sure(self, limit_ms: float) -> bool:
        """Whether the clocks surely differ by no more than this: offset and uncertainty together, and nothing in doubt."""
        return not self.doubts() and abs(self.offset_us()) + self.uncertainty_us() <= limit_ms * 1_000

    def beyond(self, limit_ms: float) -> str:
        """Why the clocks may differ by more than this, in words; empty where they surely do not."""
        if (doubt := self.doubts()) or self.is_sure(limit_ms):
            return doubt
        off_ms, unsure_ms = self.offset_us() / 1_000, self.uncertainty_us() / 1_000
        return f"the venue's clock is {off_ms:+.0f} ms from ours, sure to {unsure_ms:.0f} ms; {limit_ms:g} ms are allowed"

    def offset_us(self) -> int:
        """The venue's clock minus our own (wall) clock, 0 before the first reading."""
        return self.now_us() - self._clock.now_us() if self._readings else 0

    def uncertainty_us(self) -> int:
        """How wrong the offset may be: half the shortest round trip, a millisecond's rounding, and drift since then."""
        if not self._readings:
            return GOOD_FOR_US
        best = self._best()
        return best.half_us + 1_000 + int((self._monotonic() - best.heard_us) * DRIFT)

    def now_us(self) -> int:
        """The venue's time now, microseconds UTC; our own before the first reading."""
        return self._monotonic() + self._best().ahead_us if self._readings else self._clock.now_us()

    def stamp_ms(self) -> int:
        """What a request leaving now is stamped with."""
        return self.now_us() // 1_000

    def _best(self) -> Reading:
        now_us = self._monotonic()
        return min(self._readings, key=lambda one: one.half_us + (now_us - one.heard_us) * DRIFT)

    def _gap_us(self) -> int:
        """The wall clock minus the monotonic one, read so that an interruption between the two is no step."""
        best_us, gap_us = 1 << 62, 0
        for _ in range(3):
            before_us = self._monotonic()
            wall_us = self._clock.now_us()
            after_us = self._monotonic()
            if after_us - before_us < best_us:
                best_us, gap_us = after_us - before_us, wall_us - (before_us + after_us) // 2
        return gap_us
