"""Starts, runs and stops one executor. Start and recovery are one path.

lock ─▶ checkpoint (or the very beginning) ─▶ parts ─▶ go through the feed again, comparing, up to the journals' end
                                                                                       ─▶ boot record ─▶ trade
"""

import asyncio
import contextlib
import os
import time
from typing import Literal

import msgspec

from executor import checkpoint as checkpoints
from executor import control
from executor.asking import terms_of
from executor.assembly import engine_of, feed_of
from executor.boot import boot_id, boot_record
from executor.checkpoint import Checkpoint
from executor.clock import Clock, WallClock
from executor.endings import heed
from executor.engine import Engine
from executor.feeds.base import Feed, is_replayable
from executor.flags import read_flags
from executor.heart import Heart
from executor.journal.writer import Journals
from executor.life import Life, Order, Summary, checkpoint_of
from executor.lock import take_lock
from executor.pace import Pace
from executor.parts import Progress
from executor.retrace import Retrace, Retraced
from executor.settings import Journal
from executor.silence import heard
from executor.starts import Manner, from_the_beginning, refuse_another_market, starts_after
from executor.suggestions import Suggestions
from executor.taping import opener_of, recorder_of

FIXED_START_US = 1_748_822_400_000_000  # 2025-06-02 00:00 UTC: where a synthetic market begins when nobody waits for it
SHOW_S = 0.25
LOOP_S = 1.0
"""How long a live market is waited for at a time before its first batch."""


class Run:
    """One executor process, from lock to last heartbeat."""

    def __init__(self, order: Order, clock: Clock | None = None) -> None:
        self.order = order
        self.clock = clock or WallClock()
        self.raw = order.root / "raw"
        self.stop_reason = ""
        self._served = contextlib.ExitStack()
        self._booted = False
        self._saved_s = self._shown_s = time.monotonic()
        self._stopped = asyncio.Event()
        self.start_us = 0
        self._lock = take_lock(self.raw)
        wall = WallClock()  # whatever time the market is given, the pulse tells the machine's
        self.life = Life(order, wall.now_us())
        self.heart = Heart(self.raw, wall, self.life)
        with self.heart.starting():
            self._assemble()

    def _assemble(self) -> None:
        """Put together everything that can still be refused."""
        order = self.order
        self.today = Manner(settings=order.settings, flags=order.flags, time="wall" if order.speed == 1 else "feed")
        self.restored = checkpoints.load(self.raw) or from_the_beginning(self.raw, self.today)
        self.boots = 1 if self.restored is None else self.restored.boots + 1
        self.recorder = recorder_of(order, boots=self.boots, clock=self.clock)
        self.feed = self._feed()
        if self.recorder is not None:
            self.recorder.universe(tuple(self.feed.instruments.values()))
            self.life.recorder = self.recorder
        self._standing = self.feed.state()
        self._pace = Pace(self.clock, speed=order.speed, time=self.time, stopped=self._stopped)
        self.journals = self._journals()
        self.engine = self._engine()
        self.life.begin(self.engine, self.journals, boots=self.boots, time=self.time)
        if order.metrics_port:
            from executor.metrics import serve  # noqa: PLC0415  whoever wants no metrics does not wait for their import

            self._served.callback(serve(order.metrics_port, self.life))
        if self.restored is None:
            self._save()

    @property
    def time(self) -> Literal["wall", "feed"]:
        """Whose clock the records carry."""
        return "wall" if self.order.speed == 1 and self.feed.time == "wall" else "feed"

    def _feed(self) -> Feed:
        restored = self.restored
        if restored is None:
            self.start_us = self.clock.now_us() if self.order.speed == 1 else FIXED_START_US
            return feed_of(self.order.settings, self.start_us, opener_of(self.recorder))
        refuse_another_market(restored, self.order.settings, self.order.speed, self.raw)
        self.start_us = restored.start_us
        feed = feed_of(restored.settings, restored.start_us)
        feed.restore(restored.feed_state)
        return feed

    def _journals(self) -> Journals:
        redo_from = None if self.restored is None else self.restored.seqs
        return Journals(self.order.root, self._journal_settings(), boot_id(self.boots), redo_from=redo_from)

    def _journal_settings(self) -> Journal:
        journal = self.order.settings.journal
        fsync = ("group" if self.time == "wall" else "off") if journal.fsync == "auto" else journal.fsync
        return msgspec.structs.replace(journal, fsync=fsync)

    def _engine(self) -> Engine:
        """The engine that goes on: in the checkpoint's manner while there is a tail to go through again."""
        restored = self.restored
        if restored is None:
            return self._engine_in(self.today, None)
        engine = self._engine_in(self._manner_of(restored) if self.journals.redoing else self.today, restored.progress)
        engine.parts.router.restore(restored.router)
        engine.parts.exchange.restore(restored.exchange)
        return engine

    def _engine_in(self, manner: Manner, progress: Progress | None) -> Engine:
        return engine_of(
            manner.settings,
            manner.flags,
            feed=self.feed,
            journals=self.journals,
            every_tick=manner.time == "feed" or self.feed.time == "feed",
            progress=progress,
            advice=Suggestions(self.order.root, self.journals, terms=terms_of(manner.settings, self.feed.instruments), flags=manner.flags),
        )

    def _rebuilt(self, engine: Engine, manner: Manner) -> Engine:
        """An engine that goes on where this one stands, in another manner."""
        other = self._engine_in(manner, engine.progress)
        other.parts.router.restore(engine.parts.router.state())
        other.parts.exchange.restore(engine.parts.exchange.state())
        return other

    def _manner_of(self, restored: Checkpoint) -> Manner:
        flags = read_flags(restored.flags) if restored.flags else self.order.flags
        return Manner(settings=restored.settings, flags=flags, time=restored.time)

    async def run(self) -> Summary:
        """Trade until the feed ends, the loops are done, or a signal comes; leaves a last heartbeat, a checkpoint and a pulse."""
        why: str | None = None
        try:
            summary = await self._run()
            why = self.stop_reason
        finally:
            self._served.close()
            self.heart.stop(why)
            if self.recorder is not None:
                self.recorder.close()
        os.close(self._lock)
        return summary

    async def _run(self) -> Summary:
        began_s = time.monotonic()
        heed(asyncio.get_running_loop(), self.stop)
        if self.restored is not None and self.journals.redoing:
            await self._go_through_again(self.restored)
        if not self._stopped.is_set() and not self._loops_done():
            await self._trade()
        self._finish()
        return self._summary(time.monotonic() - began_s)

    def stop(self, reason: str) -> None:
        """Ask the run to end after the batch in hand."""
        self.stop_reason = reason
        self._stopped.set()

    async def _go_through_again(self, restored: Checkpoint) -> None:
        """Decide again what is already journaled, and compare; at its end the settings of today take over."""
        self.life.phase = "again"
        parts = Retraced(
            engine=self.engine,
            feed=self.feed,
            journals=self.journals,
            manner=self._manner_of(restored),
            starts=starts_after(self.raw, restored.seqs),
        )
        self.engine = self._rebuilt(await Retrace(parts, today=self.today, rebuilt=self._rebuilt, stopped=self._stopped).run(), self.today)
        self.life.engine = self.engine
        self._standing = self.feed.state()
        if not self.journals.redoing:
            self._save()

    async def _trade(self) -> None:
        self.life.phase = "trading"
        if self.restored is not None and self.time == "wall":
            self._skip_the_time_away()
        if not is_replayable(self.feed):
            await self._trade_now()
            return
        async with contextlib.aclosing(self.feed.batches()) as batches:
            async for batch in batches:
                lag_us = await self._pace.wait_for(batch, self.engine, between=self._between_batches)
                if self._stopped.is_set():
                    return
                self._boot(batch[0].ts_us)
                self.engine.step(batch, lag_us)
                if self._pace.waits:
                    self._standing = self.feed.state()
                await self._between_batches()
                if self._loops_done() or self._stopped.is_set():
                    return
        self.stop("the feed ended")

    async def _trade_now(self) -> None:
        """Trade a market that happens now: no batch is waited for beyond the next loop, and none is held back."""
        async with (
            contextlib.aclosing(self.feed.batches()) as batches,
            contextlib.aclosing(heard(batches, self._next_loop_s, self._stopped)) as news,
        ):
            async for batch in news:
                if self._stopped.is_set():
                    return
                if batch is not None:
                    self._boot(batch[0].ts_us)
                    self.engine.step(batch)
                elif self.engine.progress.next_loop_us:
                    self.engine.idle_once(max(0, self.clock.now_us() - self.engine.progress.next_loop_us))
                await self._between_batches()
                if self._loops_done():
                    return
        self.stop("the feed ended")

    def _next_loop_s(self) -> float:
        due_us = self.engine.progress.next_loop_us
        return LOOP_S if due_us == 0 else (due_us - self.clock.now_us()) / 1e6

    def _loops_done(self) -> bool:
        if self.order.loops is None or self.engine.progress.loops < self.order.loops:
            return False
        self.stop("loops done")
        return True

    def _skip_the_time_away(self) -> None:
        since_us, now_us = self.engine.progress.now_us, self.clock.now_us()
        if now_us > since_us:
            self.feed.skip_to(now_us)
            self._standing = self.feed.state()

    async def _between_batches(self) -> None:
        if self.time == "wall":
            control.obey(self.order.root, self.engine, self._save)
        now_s = time.monotonic()
        if now_s - self._saved_s >= self.order.settings.loop.checkpoint_s:
            self._save()
        elif now_s - self._shown_s >= SHOW_S:
            self._shown_s = now_s
            self.journals.hand_over()
            await asyncio.sleep(0)  # as fast as it goes, nothing else lets a signal in

    def _boot(self, ts_us: int) -> None:
        """The boot record, once, just before the first event that is new."""
        if self._booted:
            return
        self._booted = True
        settings = self.order.settings
        boot = boot_record(settings, self.order.flags, feed=self.feed, boots=self.boots, time=self.time, ts_us=ts_us)
        self.journals.append("orders", boot)

    def _save(self) -> None:
        self.journals.settle(told=self.time == "wall")
        kept = checkpoint_of(
            self.order,
            self.engine,
            time=self.time,
            boots=self.boots,
            start_us=self.start_us,
            seqs=self.journals.checkpoint_seqs(),
            feed_state=self._standing if self._pace.waits else self.feed.state(),
        )
        checkpoints.save(self.raw, kept)
        self._saved_s = time.monotonic()

    def _finish(self) -> None:
        """A last loop, so that the journals end with an account and a heartbeat; then everything durable."""
        if self._booted and self.stop_reason != "loops done":
            self.engine.loop()
        if not self.journals.redoing:
            self._save()
        self.journals.close()

    def _summary(self, wall_s: float) -> Summary:
        progress = self.engine.progress
        account = self.engine.parts.exchange.account(progress.now_us)
        return Summary(
            loops=progress.loops,
            counters=progress.counters,
            nav=str(account.nav),
            ticks=self.journals.checkpoint_seqs()["ticks"],
            wall_s=wall_s,
            why=self.stop_reason,
        )
