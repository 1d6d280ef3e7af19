"""Starts, runs and stops one executor. Start and recovery are one path.

lock ─▶ checkpoint ─▶ parts ─▶ go through the feed again, comparing, up to the journals' end ─▶ boot record ─▶ trade
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from executor import checkpoint as checkpoints
from executor import control
from executor.assembly import engine_of, feed_of
from executor.boot import boot_id, boot_record
from executor.checkpoint import Checkpoint
from executor.clock import Clock, WallClock
from executor.engine import Engine
from executor.errors import SettingsError
from executor.feeds.base import Feed
from executor.flags import Flags
from executor.journal.writer import Journals
from executor.lock import take_lock
from executor.records.market import MarketEvent
from executor.settings import Journal, Settings

FIXED_START_US = 1_748_822_400_000_000  # 2025-06-02 00:00 UTC: where a synthetic market begins when nobody waits for it

SHOW_S = 0.25


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for: where to write, how fast (`speed` 1 is real time, 0 is as fast as it goes), when to stop."""

    root: Path
    settings: Settings
    flags: Flags
    speed: float
    loops: int | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did."""

    loops: int
    counters: dict[str, int]
    nav: str
    ticks: int
    wall_s: float
    why: str


class Run:
    """One executor process, from lock to last heartbeat."""

    def __init__(self, order: Order, clock: Clock | None = None) -> None:
        self.order = order
        self.clock = clock or WallClock()
        self.raw = order.root / "raw"
        self.stop_reason = ""
        self._paced = order.speed > 0
        self._booted = False
        self._saved_s = self._shown_s = time.monotonic()
        self._origin = (0, 0.0)
        self._stopped = asyncio.Event()
        self.start_us = 0
        self._lock = take_lock(self.raw)
        self.restored = checkpoints.load(self.raw)
        self.boots = 1 if self.restored is None else self.restored.boots + 1
        self.feed = self._feed()
        self.journals = self._journals()
        self.engine = self._engine()
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
            return feed_of(self.order.settings, self.start_us)
        self._refuse_another_market(restored)
        self.start_us = restored.start_us
        feed = feed_of(restored.settings, restored.start_us)
        feed.restore(restored.feed_state)
        return feed

    def _refuse_another_market(self, restored: Checkpoint) -> None:
        settings = self.order.settings
        before = (restored.feed, restored.settings.seed, restored.settings.synthetic, restored.settings.replay)
        now = (settings.feed, settings.seed, settings.synthetic, settings.replay)
        if before != now:
            raise SettingsError(
                f"feed was {settings.feed!r} (seed {settings.seed}), {self.raw} holds a market of {restored.feed!r} with other settings;"
                " go on with those or name another --data"
            )

    def _journals(self) -> Journals:
        redo_from = None if self.restored is None else self.restored.seqs
        return Journals(self.order.root, self._journal_settings(), boot_id(self.boots), redo_from=redo_from)

    def _journal_settings(self) -> Journal:
        journal = self.order.settings.journal
        if journal.fsync != "auto":
            return journal
        return msgspec.structs.replace(journal, fsync="group" if self.time == "wall" else "off")

    def _engine(self) -> Engine:
        """The engine that goes on: with the checkpoint's settings while there is a tail to go through again."""
        restored = self.restored
        if restored is None:
            return engine_of(self.order.settings, self.order.flags, feed=self.feed, journals=self.journals, every_tick=self.time == "feed")
        settings = restored.settings if self.journals.redoing else self.order.settings
        engine = engine_of(
            settings,
            self.order.flags,
            feed=self.feed,
            journals=self.journals,
            every_tick=restored.time == "feed",
            progress=restored.progress,
        )
        engine.parts.router.restore(restored.router)
        engine.parts.exchange.restore(restored.exchange)
        return engine

    async def run(self) -> Summary:
        """Trade until the feed ends, the loops are done, or a signal comes; leaves a last heartbeat and a checkpoint."""
        began_s = time.monotonic()
        if self.journals.redoing:
            await self._go_through_again()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self.stop, signal.Signals(name).name)
        await self._trade()
        self._finish()
        return self._summary(time.monotonic() - began_s)

    def stop(self, reason: str) -> None:
        """Ask the run to end after the batch in hand."""
        self.stop_reason = reason
        self._stopped.set()

    async def _go_through_again(self) -> None:
        """Decide again what is already journaled, and compare; at its end the settings of today take over."""
        async with contextlib.aclosing(self.feed.batches()) as batches:
            async for batch in batches:
                self.engine.step(batch)
                if not self.journals.redoing:
                    break
        self._save()
        self.restored = checkpoints.load(self.raw)
        self.engine = self._engine()

    async def _trade(self) -> None:
        if self.restored is not None and self.time == "wall":
            self._skip_the_time_away()
        async with contextlib.aclosing(self.feed.batches()) as batches:
            async for batch in batches:
                lag_us = await self._wait_for(batch)
                if self.stop_reason or self._loops_done():
                    return
                self._boot(batch[0].ts_us)
                self.engine.step(batch, lag_us)
                self._between_batches()
                if self._loops_done():
                    return
        self.stop("the feed ended")

    def _loops_done(self) -> bool:
        if self.order.loops is None or self.engine.progress.loops < self.order.loops:
            return False
        self.stop("loops done")
        return True

    def _skip_the_time_away(self) -> None:
        since_us, now_us = self.engine.progress.now_us, self.clock.now_us()
        if now_us > since_us:
            self.feed.skip_to(now_us)

    def _between_batches(self) -> None:
        if self.time == "wall":
            control.obey(self.order.root, self.engine, self._save)
        now_s = time.monotonic()
        if now_s - self._saved_s >= self.order.settings.loop.checkpoint_s:
            self._save()
        elif now_s - self._shown_s >= SHOW_S:
            self._shown_s = now_s
            self.journals.hand_over()

    async def _wait_for(self, batch: Sequence[MarketEvent]) -> int:
        """Sleep until a batch is due; returns how late it is, in microseconds (0 where the feed is the clock)."""
        if not self._paced:
            return 0
        if self.time == "feed":
            await self._pace_replay(batch[0].ts_us)
            return 0
        while self.engine.due_before(batch):
            if await self._stopped_within(max(0.0, (self.engine.progress.next_loop_us - self.clock.now_us()) / 1e6)):
                return 0
            self.engine.idle_once()
        due_us = batch[0].ts_us
        while (early_us := due_us - self.clock.now_us()) > 0 and not await self._stopped_within(early_us / 1e6):
            continue
        return max(0, self.clock.now_us() - due_us)

    async def _stopped_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)
        return self._stopped.is_set()

    async def _pace_replay(self, ts_us: int) -> None:
        if not self._booted:
            self._origin = (ts_us, time.monotonic())
        first_us, first_s = self._origin
        early_s = first_s + (ts_us - first_us) / 1e6 / self.order.speed - time.monotonic()
        if early_s > 0:
            await self._stopped_within(early_s)

    def _boot(self, ts_us: int) -> None:
        """The boot record, once, just before the first event that is new."""
        if self._booted:
            return
        self._booted = True
        settings = self.order.settings
        boot = boot_record(settings, self.order.flags, feed=self.feed, boots=self.boots, time=self.time, ts_us=ts_us)
        self.journals.append("orders", boot)

    def _save(self) -> None:
        self.journals.settle()
        parts = self.engine.parts
        checkpoints.save(
            self.raw,
            Checkpoint(
                format=checkpoints.FORMAT,
                feed=self.order.settings.feed,
                time=self.time,
                boots=self.boots,
                start_us=self.start_us,
                settings=parts.settings if self.journals.redoing else self.order.settings,
                seqs=dict(self.journals.checkpoint_seqs()),
                progress=self.engine.progress,
                router=parts.router.state(),
                exchange=parts.exchange.state(),
                feed_state=self.feed.state(),
            ),
        )
        self._saved_s = time.monotonic()

    def _finish(self) -> None:
        """A last loop, so that the journals end with an account and a heartbeat; then everything durable."""
        if self._booted and self.stop_reason != "loops done":
            self.engine.loop()
        self._save()
        self.journals.close()
        os.close(self._lock)

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
