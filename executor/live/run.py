"""One executor process on a real venue, from lock to last heartbeat. Every start is a recovery: there is no other way in.

lock ─▶ journals recovered ─▶ what was known ─▶ venue, clock, account ─▶ Readiness ─▶ trade ─▶ call back, wait, close
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import msgspec

from executor import checkpoint as checkpoints
from executor.asking import terms_of
from executor.assembly import parts_of
from executor.boot import boot_id, boot_record
from executor.checkpoint import Checkpoint
from executor.clock import WallClock
from executor.courier.courier import Courier
from executor.courier.gate import Gate
from executor.courier.reconciler import Hands
from executor.dialects.base import Dialect
from executor.endings import heed
from executor.errors import HedgeError, JournalError
from executor.heart import Heart
from executor.journal.ring import ring_of
from executor.journal.writer import Journals
from executor.life import Life, Order, Summary, checkpoint_of
from executor.live.brakes import Brakeman
from executor.live.ending import Ending
from executor.live.engine import LiveEngine
from executor.live.guard import Guard
from executor.live.market import Pump, market_of
from executor.live.readiness import Readiness, as_configured, insisted, refuse_unkept
from executor.live.recalling import Recall, unproved
from executor.live.recollection import Recollection, begun, recollected
from executor.live.recording import Recording
from executor.live.rulebook import Rulebook
from executor.live.world import World, dialect_of
from executor.lock import take_lock
from executor.permission import Permit
from executor.records.market import Instrument
from executor.suggestions import Suggestions
from executor.taping import recorder_of
from executor.watch import Watch, sampling_of

BAR_S = 60.0
BATCHES_A_TURN = 64


class LiveRun:
    """One process. `say` tells the operator a line."""

    def __init__(self, order: Order, permit: Permit, say: Callable[[str], None], world: World | None = None) -> None:
        self.order, self._permit, self._say = order, permit, say
        self.world = world or World()
        self.clock = self.world.clock
        self.raw = order.root / "raw"
        self.stop_reason = ""
        self._stopped, self._wake = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._failure: BaseException | None = None
        self._saved_s = time.monotonic()
        self._lock = take_lock(self.raw)
        self.life = Life(order, WallClock().now_us())
        self.heart = Heart(self.raw, WallClock(), self.life)
        with self.heart.starting():
            self._recollect()

    def _recollect(self) -> None:
        """Know what was known, and open the journals where they end."""
        settings = self.order.settings
        restored = checkpoints.load(self.raw)
        self.known = self.world.known or recollected(self.raw, restored, sampling_of(settings, BAR_S))
        self.boots = self.known.boots + 1
        journal = msgspec.structs.replace(settings.journal, fsync="group")
        self.journals = Journals(self.order.root, journal, boot_id(self.boots))
        self.start_us = self.known.began_us or self.clock.now_us()
        self.clock.not_before(self.known.seen_us + 1)
        known, permit = msgspec.json.encode(self.known), self._permit
        recorder = recorder_of(self.order, venue=permit.dialect, key=permit.key, boots=self.boots, clock=self.clock, known=known)
        self.recording, self.life.recorder = Recording(recorder), recorder
        self._opener = self.recording.opener(self.world.opener)

    async def run(self) -> Summary:
        """Trade until a signal comes; leaves every order proved or journaled as unknown, a heartbeat, a checkpoint and a pulse."""
        began_s, why = time.monotonic(), None
        heed(asyncio.get_running_loop(), self.stop)
        try:
            summary = await self._run(began_s)
            why = self.stop_reason
        finally:
            self.heart.stop(why)
            self.recording.close()
        os.close(self._lock)
        return summary

    def stop(self, reason: str) -> None:
        """Ask the run to end."""
        self.stop_reason = reason
        self.recording.stopping(reason)
        self._stopped.set()
        self._wake.set()

    async def _run(self, began_s: float) -> Summary:
        dialect = dialect_of(self.order, self._permit, opener=self._opener, clock=self.world.wall)
        trade = asyncio.create_task(self._go(dialect))
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait([trade, stopped], return_when=asyncio.FIRST_COMPLETED)
        trade.cancel()
        stopped.cancel()
        outcome = (await asyncio.gather(trade, return_exceptions=True))[0]
        try:
            unwritten = await self._end(dialect, is_sound=not isinstance(outcome, Exception) or isinstance(outcome, HedgeError))
        finally:
            self.journals.close()
        failure = outcome if isinstance(outcome, Exception) else unwritten
        self.recording.over(failure)
        if failure is not None:
            raise failure
        return self._summary(time.monotonic() - began_s)

    def _summary(self, wall_s: float) -> Summary:
        engine = self.life.engine
        return Summary(
            loops=0 if engine is None else engine.progress.loops,
            counters={} if engine is None else engine.progress.counters,
            nav="0" if engine is None else str(engine.parts.exchange.account(engine.progress.now_us).nav),
            ticks=self.journals.appended["ticks"],
            wall_s=wall_s,
            why=self.stop_reason,
        )

    async def _go(self, dialect: Dialect) -> None:
        """Everything from the first word to the venue to the last loop."""
        venue = self.order.settings.venue
        instruments = await insisted(dialect.open, self._say)
        refuse_unkept(dialect, self.order.settings.exits)
        self._assemble(dialect, instruments)
        await insisted(lambda: as_configured(dialect, venue), self._say)
        dialect.remember([*self.known.ledger.live, *self.known.ledger.dead, *self.known.ledger.over])
        self._begin(self.courier.inquirer.run())
        stream = dialect.private_stream(self.courier.listener, self.clock.now_us)
        self._begin(self.courier.poller.run(venue.poll_s) if stream is None else stream.run())
        await self._make_ready(venue.symbols)
        self._begin(self.courier.keep_compared(venue.reconcile_s))
        rulebook = Rulebook(dialect, self.engine, clock=self.clock, every_s=venue.rules_s, say=self._say)
        self._begin(rulebook.run())
        self._begin(self.guard.keep_armed(self.courier, lambda: not self._stopped.is_set()))
        self._begin(self.pump.run())
        self.life.phase = "trading"
        await self._trade()

    def _assemble(self, dialect: Dialect, instruments: Mapping[str, Instrument]) -> None:
        order, known = self.order, self.known
        settings = order.settings
        self.brakeman = Brakeman()
        hands = Hands(brake=self._brake, heard=self._hear)
        ring, refused = ring_of(asyncio.get_running_loop())
        if ring is not None:
            self.journals.speed_up(ring)
        else:
            self._say(f"orders are flushed by the writing thread, which takes longer: io_uring is not to be had ({refused})")
        self.courier = Courier(
            dialect, Gate(self.journals), clock=self.clock, settings=settings, hands=hands, ledger=known.ledger, wake=self._wake
        )
        self.courier.reconciler.since_us = self.courier.inquirer.since_us = self.start_us
        self.recall = Recall(self.courier)
        self.feed = market_of(settings, dialect, instruments, clock=self.clock, start_us=self.start_us, opener=self._opener)
        self.pump = Pump(self.feed, self._wake)
        known.progress.watches = {symbol: known.progress.watches.get(symbol, Watch()) for symbol in self.feed.instruments}
        parts = parts_of(
            settings,
            order.flags,
            feed=self.feed,
            journals=self.journals,
            exchange=self.courier,
            every_tick=False,
            advice=Suggestions(order.root, self.journals, terms=terms_of(settings, self.feed.instruments), flags=order.flags),
        )
        self.engine = LiveEngine(parts, known.progress)
        self.life.begin(self.engine, self.journals, boots=self.boots, time="wall")
        self.guard = Guard(order.root, settings, clock=self.clock, brakeman=self.brakeman, lock=self._lock)
        self.recording.begin(self.feed.instruments, self._standing, self._is_quiet)
        self.engine.recording = self.guard.recording = self.recording
        self.guard.resumed(self.engine.progress.book.halted, known.halted_us)
        self.engine.progress.now_us = self.clock.now_us()
        boot = boot_record(settings, order.flags, feed=self.feed, boots=self.boots, time="wall", ts_us=self.clock.now_us())
        self.journals.append("orders", boot)

    async def _make_ready(self, symbols: Sequence[str]) -> None:
        began_s = time.monotonic()
        ready = Readiness(self.courier, self.engine, self.known, clock=self.clock, hear=self._hear, say=self._say, recall=self.recall)
        await ready.compared(symbols)
        if not await ready.called_back():
            names = ", ".join(unproved(self.courier.ledger))
            self._say(f"not proved yet, and asked about: {names}; no new risk in their symbols")
        ready.ended()
        self._hear()
        self.engine.progress.next_loop_us = self.clock.now_us()
        self._save()
        self._say(f"ready after {time.monotonic() - began_s:.2f} s: {len(self.engine.progress.book.holdings)} positions held")

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the loop; should it fail, so does the run."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._over)
        self._tasks.append(task)

    def _over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._failure = self._failure or task.exception()
            self._wake.set()

    async def _trade(self) -> None:
        """Take batches as they come and news as it comes; a loop when its time has come, whatever comes."""
        engine = self.engine
        while self._failure is None:
            wait_s = (engine.progress.next_loop_us - self.clock.now_us()) / 1e6
            if wait_s > 0 and not self.pump.batches:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):  # not `wait_for`, which up to 3.11 loses a cancellation that comes with the result
                        await self._wake.wait()
            self._wake.clear()
            loops = engine.progress.loops
            for _ in range(min(BATCHES_A_TURN, len(self.pump.batches))):
                engine.step(self.pump.batches.popleft())
            self._hear()
            now_us = self.clock.now_us()
            if now_us >= engine.progress.next_loop_us:
                engine.loop(max(0, now_us - engine.progress.next_loop_us))
            if engine.progress.loops > loops:
                self._after_loop()
            await asyncio.sleep(0)
        raise self._failure

    def _after_loop(self) -> None:
        if (problem := self.courier.sender.failed or self.courier.sender.broken) is not None:
            raise problem
        self.guard.look(self.engine, self.courier, self._save)
        self.recall.look(self.engine.worked)
        self.recording.tell(self._say, self.courier.inbox.put)
        if self.order.loops is not None and self.engine.progress.loops >= self.order.loops:
            self.stop("loops done")
        if time.monotonic() - self._saved_s >= self.order.settings.loop.checkpoint_s:
            self._save()

    def _hear(self) -> None:
        self.engine.hear(self.clock.now_us())

    def _standing(self) -> Recollection:
        """What is known now: a new file of the recording begins with it, and with a comparison."""
        self.courier.reconciler.wanted.set()
        return begun(self._checkpoint())

    def _is_quiet(self) -> bool:
        """No order is out, and none is about to be."""
        return not (unproved(self.courier.ledger) or self.engine.parts.router.busy)

    def _brake(self, rule: str, detail: str) -> None:
        if rule not in self.brakeman.on:
            self._say(f"brake {rule}: {detail}")
        self.brakeman.pull(rule, detail, self.clock.now_us())

    async def _end(self, dialect: Dialect, *, is_sound: bool) -> JournalError | None:
        """Wind up, stop hearing, write the last words; where no word can be written any more, what first stopped that.

        After a defect (not `is_sound`) nothing is kept: what the ledger knows may be ahead of the journal.
        """
        ending = None
        if self.life.engine is not None:
            ending = Ending(self.engine, self.courier, self.recall, hear=self._hear)
            await ending.wind_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if ending is not None:
            await ending.leave(self.guard, self._say)
        await dialect.close()
        if ending is None or self.life.phase != "trading":
            return None  # a start that did not get ready leaves the checkpoint as it was: the next one begins there again
        ending.write(self.engine.last)
        if is_sound:
            ending.write(self._save)
        return ending.failure

    def _save(self) -> None:
        self.journals.settle()
        checkpoints.save(self.raw, self._checkpoint())
        self._saved_s = time.monotonic()

    def _checkpoint(self) -> Checkpoint:
        seqs = self.journals.checkpoint_seqs()
        return checkpoint_of(
            self.order, self.engine, time="wall", boots=self.boots, start_us=self.start_us, seqs=seqs, feed_state=self.feed.state()
        )
