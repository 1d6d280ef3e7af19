"""Time as a recording had it: it stands while anybody works, and goes on to the next thing that happens once nobody does.

So a recording plays as fast as this machine can, and comes out the same on a slow one. Waiting for the disk costs no time
(`standing_still`); what waits for the recording waits in `until`.
"""

import asyncio
import heapq
import itertools
import selectors
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any

from executor.wire.cassettes.windows import Windows

LOOK_S = 0.05
BASE_S = 1_000.0
"""Where the clock of the loop begins: its own seconds, fine enough for nanoseconds."""


class Passage:
    """The recording's clock: a `clock.Clock` for the executor, and the time of `PlayedLoop`. Begins at `begins_us`; `windows` are when the
    recorded executor looped; `walls` by how much its wall clock was ahead, from when on. `speed` is times real time, 0 for no waiting."""

    def __init__(
        self, begins_us: int, *, windows: Windows | None = None, walls: Sequence[tuple[int, int]] = (), speed: float = 0.0
    ) -> None:
        self.speed = speed
        self._begins_ns = self._now_ns = begins_us * 1_000
        self._windows = windows or Windows()
        self._walls = walls
        self._due: list[tuple[int, int, int, asyncio.Future[None]]] = []
        self._asked = itertools.count()
        self._held = 0

    def now_us(self) -> int:
        """The executor's clock, microseconds UTC."""
        return self._now_ns // 1_000

    @property
    def off_us(self) -> int:
        """By how much the machine's clock was ahead of the executor's, in microseconds."""
        at = bisect_right(self._walls, self.now_us(), key=lambda each: each[0]) - 1
        return self._walls[max(at, 0)][1] if self._walls else 0

    def not_before(self, ts_us: int) -> None:
        """The recording's times are after all that was written before it."""

    def catch_up(self) -> None:
        """The recorded clock did."""

    def loop_s(self) -> float:
        """The loop's clock in seconds."""
        return BASE_S + (self._now_ns - self._begins_ns) / 1e9

    def follows(self, ts_us: int) -> bool:
        """Be at that time at once, where nothing else has to happen before: it was there already when what came before it was read."""
        if self._windows.heard_us(ts_us, is_market=True) != ts_us:
            return False
        self._now_ns = max(self._now_ns, ts_us * 1_000)
        return True

    async def until(self, ts_us: int, order: int = 0, *, is_market: bool = False) -> None:
        """Return when what came at that time is to be heard, or at once where that is over; at the same time by `order`."""
        ts_us = self._windows.heard_us(ts_us, is_market=is_market)
        if ts_us * 1_000 <= self._now_ns:
            return
        due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._due, (ts_us * 1_000, order, next(self._asked), due))
        await due

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """No time passes within: somebody waits for what is not recorded."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    @property
    def is_held(self) -> bool:
        """Whether time stands still."""
        return self._held > 0

    def target_ns(self, timer_s: float | None) -> int | None:
        """Where time goes on to: the next thing that is due, or this far to the loop's next timer; null where nothing ever is."""
        while self._due and self._due[0][3].done():
            heapq.heappop(self._due)
        due_ns = self._due[0][0] if self._due else None
        if timer_s is None:
            return due_ns
        timer_ns = self._now_ns + ceil(timer_s * 1e9)
        asked_us = -(-timer_ns // 1_000)
        over_us = self._windows.timer_us(asked_us, None if due_ns is None else due_ns // 1_000)
        timer_ns = timer_ns if over_us == asked_us else over_us * 1_000
        return timer_ns if due_ns is None else min(due_ns, timer_ns)

    def go_on(self, to_ns: int) -> None:
        """Be there, and wake whoever waits for it."""
        self._now_ns = max(self._now_ns, to_ns)
        while self._due and self._due[0][0] <= self._now_ns:
            due = heapq.heappop(self._due)[3]
            if not due.done():
                due.set_result(None)


class PlayedSelector(selectors.DefaultSelector):
    """Looks whether anything real happened; where nothing did and nobody has anything to do, lets the passage go on."""

    def __init__(self, passage: Passage) -> None:
        super().__init__()
        self._passage = passage

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, as `selectors` has it."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        passage = self._passage
        target_ns = None if passage.is_held else passage.target_ns(timeout)
        if target_ns is None:
            return super().select(LOOK_S)
        if passage.speed:
            ready = super().select(max(0.0, (target_ns - passage.now_us() * 1_000) / 1e9 / passage.speed))
            if ready:
                return ready
        passage.go_on(target_ns)
        return []


class PlayedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is a passage's."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        super().__init__(PlayedSelector(passage))

    def time(self) -> float:
        """The passage's time, in seconds of its own."""
        return self._passage.loop_s()


class Wall:
    """The machine's clock as it was."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def now_us(self) -> int:
        """Microseconds UTC."""
        return self._passage.now_us() + self._passage.off_us


def ran_in(passage: Passage, work: Any) -> Any:
    """Run a coroutine to its end in the passage's time."""
    with asyncio.Runner(loop_factory=lambda: PlayedLoop(passage)) as runner:
        return runner.run(work)
