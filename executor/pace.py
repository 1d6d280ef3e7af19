"""When a batch is due: waits for real time or for a multiple of it, and completes the loops of a silent market meanwhile."""

import asyncio
import contextlib
import time as machine
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from executor.clock import Clock
from executor.engine import Engine
from executor.records.market import MarketEvent


class Pace:
    """`speed` 1 is real time, 0 is as fast as it goes; every wait ends when `stopped` is set."""

    def __init__(self, clock: Clock, *, speed: float, time: Literal["wall", "feed"], stopped: asyncio.Event) -> None:
        self.waits = speed > 0
        self._clock = clock
        self._speed = speed
        self._time = time
        self._stopped = stopped
        self._origin: tuple[int, float] | None = None

    async def wait_for(self, batch: Sequence[MarketEvent], engine: Engine, *, between: Callable[[], Awaitable[None]]) -> int:
        """Sleep until a batch is due; returns how late it is, in microseconds (0 where the feed is the clock)."""
        if not self.waits:
            return 0
        if self._time == "feed":
            await self._wait_in_proportion(batch[0].ts_us)
            return 0
        while engine.due_before(batch):
            if await self._stopped_within((engine.progress.next_loop_us - self._clock.now_us()) / 1e6):
                return 0
            engine.idle_once(max(0, self._clock.now_us() - engine.progress.next_loop_us))
            await between()
        due_us = batch[0].ts_us
        while (early_us := due_us - self._clock.now_us()) > 0 and not await self._stopped_within(early_us / 1e6):
            continue
        return max(0, self._clock.now_us() - due_us)

    async def _wait_in_proportion(self, ts_us: int) -> None:
        if self._origin is None:
            self._origin = (ts_us, machine.monotonic())
        first_us, first_s = self._origin
        await self._stopped_within(first_s + (ts_us - first_us) / 1e6 / self._speed - machine.monotonic())

    async def _stopped_within(self, seconds: float) -> bool:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), seconds)
        else:
            await asyncio.sleep(0)
        return self._stopped.is_set()
