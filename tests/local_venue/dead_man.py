"""The countdown that cancels a symbol's resting orders when nobody asks again in time."""

import asyncio

from tests.local_venue.clock import VenueClock
from tests.local_venue.matching import Matching


class DeadMan:
    """One deadline a symbol, by the venue's clock; a step of that clock may bring it."""

    def __init__(self, clock: VenueClock, matching: Matching) -> None:
        self._clock, self._matching = clock, matching
        self.deadlines_ms: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        clock.on_step.append(self.look)

    def arm(self, symbol: str, within_ms: int) -> None:
        """Set or move a symbol's deadline; 0 takes it away."""
        self.deadlines_ms.pop(symbol, None)
        if within_ms:
            self.deadlines_ms[symbol] = self._clock.now_ms() + within_ms
        self.look()

    def look(self) -> None:
        """Cancel where the deadline has passed, and wake again for the next."""
        now_ms = self._clock.now_ms()
        for symbol in [each for each, due_ms in self.deadlines_ms.items() if due_ms <= now_ms]:
            del self.deadlines_ms[symbol]
            for order in self._matching.orders.open_of(symbol):
                self._matching.end(order, "CANCELED", "countdown")
        self.close()
        if self.deadlines_ms:
            wait_ms = min(self.deadlines_ms.values()) - now_ms
            self._timer = asyncio.get_running_loop().call_later(wait_ms / 1_000, self.look)

    def close(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
