"""Goes through the feed again to where the journals end, doing what processes before this one did, when they did it.

What the journals say happened between two batches is done again at the same place: an operator's halt, resume or
flatten, the last loop of a process that was stopped, loops of a silent market, and a start after time had passed unseen.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import msgspec

from executor.engine import Engine
from executor.errors import CorruptJournal
from executor.feeds.base import Feed
from executor.journal.writer import Journals
from executor.records.market import MarketEvent
from executor.records.orders import Halt, Resume
from executor.records.streams import STREAMS, Stream
from executor.records.trading import Intent
from executor.starts import Manner, Start

FLATTEN = "flatten"
OPERATOR = "operator"
YIELD_S = 0.2


class Retraced(msgspec.Struct, frozen=True, kw_only=True):
    """What is gone through again: the feed and engine of a checkpoint, the journals after it, and who wrote them."""

    engine: Engine
    feed: Feed
    journals: Journals
    manner: Manner
    starts: list[Start]


class Retrace:
    """One going-through-again, beginning in `manner`. `rebuilt` makes the engine that goes on from one, in another manner;
    `today` is the manner of a process whose boot record was lost."""

    def __init__(self, parts: Retraced, *, today: Manner, rebuilt: Callable[[Engine, Manner], Engine], stopped: asyncio.Event) -> None:
        self.engine = parts.engine
        self._stopped = stopped
        self._feed, self._journals = parts.feed, parts.journals
        self._manner, self._starts = parts.manner, list(parts.starts)
        self._today, self._rebuilt = today, rebuilt
        self._standing = parts.feed.state()
        self._yielded_s = time.monotonic()

    async def run(self) -> Engine:
        """Go on until nothing is left to compare with, and give the engine; the feed then stands behind the last batch taken."""
        while await self._stretch():
            self._start_again()
        self._feed.restore(self._standing)
        return self.engine

    async def _stretch(self) -> bool:
        """Take batches as one process did; true when the next process begins."""
        async with contextlib.aclosing(self._feed.batches()) as batches:
            async for batch in batches:
                ends = self._ends_before(batch)
                self._between(self._starts[0].ts_us if ends else batch[0].ts_us)
                if ends or not self._journals.redoing or self._stopped.is_set():
                    return ends
                self.engine.step(batch)
                self._standing = self._feed.state()
                self._again_what_was_asked()
                await self._let_others_in()
        self._between(self.engine.progress.now_us + 1)
        if self._journals.redoing:
            raise CorruptJournal(
                f"the feed ended at {self.engine.progress.now_us}, the journals go on; put the recording back, or use a new --data"
            )
        return False

    def _ends_before(self, batch: Sequence[MarketEvent]) -> bool:
        """Whether the process whose stretch this is had ended before this batch."""
        if not self._starts:
            return False
        start = self._starts[0]
        if start.from_us is not None and self.engine.progress.now_us == 0:
            return self._met("ticks", start.ts_us, start.ts_us + 1)  # the first process saw nothing
        return batch[0].ts_us >= start.ts_us if start.from_us is None else batch[0].ts_us > start.from_us

    def _between(self, until_us: int) -> None:
        """Loops that were completed before the next batch, or start, at `until_us`."""
        progress = self.engine.progress
        while True:
            if self._met("positions", progress.now_us, progress.now_us + 1):
                self.engine.loop()
            elif self._met_half_a_loop(until_us):
                self.engine.loop()
                return
            elif self._manner.time == "wall" and 0 < progress.next_loop_us < until_us and self._met_any(progress.next_loop_us, until_us):
                self.engine.idle_once()
                self._again_what_was_asked()
            else:
                return

    def _met(self, stream: Stream, from_us: int, until_us: int) -> bool:
        ahead = self._journals.ahead(stream)
        return ahead is not None and from_us <= ahead.ts_us < until_us

    def _met_half_a_loop(self, until_us: int) -> bool:
        """Whether a process was killed within its last loop, when what was decided was written and the account not yet."""
        now_us = self.engine.progress.now_us
        return 0 < now_us < until_us and self._journals.ahead("positions") is None and self._met_any(now_us, now_us + 1)

    def _met_any(self, from_us: int, until_us: int) -> bool:
        return any(self._met(stream, from_us, until_us) for stream in STREAMS)

    def _again_what_was_asked(self) -> None:
        """Obey what an operator had asked for at this point, as often as the journal says so."""
        while (asked := self._journals.ahead("orders")) is not None and asked.ts_us == self.engine.progress.now_us:
            if isinstance(asked, Halt) and asked.rule == OPERATOR:
                self.engine.halt(asked.rule, asked.detail)
            elif isinstance(asked, Resume) and asked.rule == OPERATOR:
                self.engine.resume(asked.rule, asked.detail)
            elif isinstance(asked, Intent) and asked.reason == FLATTEN:
                self.engine.flatten()
            if self._journals.ahead("orders") is asked:
                return

    def _start_again(self) -> None:
        """Become the next process: its settings and flags, and its feed after the time it did not see."""
        start = self._starts.pop(0)
        self._manner = start.manner or self._today
        self.engine = self._rebuilt(self.engine, self._manner)
        self._feed.restore(self._standing)
        if start.from_us is not None:
            self._feed.skip_to(start.ts_us)
            self._standing = self._feed.state()

    async def _let_others_in(self) -> None:
        now_s = time.monotonic()
        if now_s - self._yielded_s >= YIELD_S:
            self._yielded_s = now_s
            await asyncio.sleep(0)
