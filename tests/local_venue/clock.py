"""The venue's own clock, which a test may step without touching the machine's."""

import time
from collections.abc import Callable


class VenueClock:
    """The machine's clock plus an offset in milliseconds. `stepped_back_ms` is how far back it was ever
    stepped in all: so much may a later record lie before an earlier one. Whoever waits for a moment is told of every step."""

    def __init__(self, offset_ms: int = 0) -> None:
        self.offset_ms = offset_ms
        self.stepped_back_ms = 0
        self.on_step: list[Callable[[], None]] = []

    def now_ms(self) -> int:
        """Milliseconds UTC, as the venue believes."""
        return time.time_ns() // 1_000_000 + self.offset_ms

    def step(self, *, ms: int = 0, days: float = 0.0) -> None:
        """Move the venue's clock, forward or back."""
        moved_ms = ms + int(days * 86_400_000)
        self.offset_ms += moved_ms
        self.stepped_back_ms += max(0, -moved_ms)
        for told in self.on_step:
            told()
