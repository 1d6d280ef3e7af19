"""A run as it was asked for, as it stands now for others to see, and what it did in the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from executor.boot import boot_id
from executor.checkpoint import FORMAT, Checkpoint
from executor.engine import Engine
from executor.flags import Flags
from executor.journal.writer import Journals
from executor.records.streams import Stream
from executor.settings import Settings
from executor.vitals import Vitals

if TYPE_CHECKING:
    from executor.wire.cassettes.recorder import Recorder

Phase = Literal["starting", "again", "trading", "ended"]

FULL_SPEED_DUE_S = 10.0
STARTING_DUE_S = 60.0
PACED_DUE_S = 86_400.0
"""Nobody knows when the next loop of a paced recording is due: it may hold nothing for hours."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for: where to write, how fast (`speed` 1 is real time, 0 is as fast as it goes), when to stop.

    `metrics_port` is where metrics are served on the loopback, 0 for nowhere.
    """

    root: Path
    settings: Settings
    flags: Flags
    speed: float
    loops: int | None = None
    metrics_port: int = 0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did."""

    loops: int
    counters: dict[str, int]
    nav: str
    ticks: int
    wall_s: float
    why: str


def checkpoint_of(
    order: Order,
    engine: Engine,
    *,
    time: Literal["wall", "feed"],
    boots: int,
    start_us: int,
    seqs: Mapping[Stream, int],
    feed_state: Any,
) -> Checkpoint:
    """Everything of a run that the next one must take up again."""
    return Checkpoint(
        format=FORMAT,
        feed=order.settings.feed,
        time=time,
        boots=boots,
        start_us=start_us,
        settings=order.settings,
        seqs=dict(seqs),
        progress=engine.progress,
        router=engine.parts.router.state(),
        exchange=engine.parts.exchange.state(),
        feed_state=feed_state,
        flags=order.flags.as_text(),
    )


class Life:
    """One process as others see it: the run sets what it is about, other threads read. `turned_us` is wall time in
    microseconds UTC when a loop was last seen to have been completed, null before the first."""

    def __init__(self, order: Order, started_us: int) -> None:
        self.order = order
        self.started_us = started_us
        self.turned_us: int | None = None
        self.phase: Phase = "starting"
        self.time: Literal["wall", "feed"] = "wall"
        self.boots = 0
        self.engine: Engine | None = None
        self.journals: Journals | None = None
        self.recorder: Recorder | None = None
        self._loops_before = 0
        self._seqs_before: Mapping[Stream, int] = {}

    def begin(self, engine: Engine, journals: Journals, *, boots: int, time: Literal["wall", "feed"]) -> None:
        """Everything is put together; what is counted from now on is of this process."""
        self.boots, self.time = boots, time
        self._loops_before = engine.progress.loops
        self._seqs_before = journals.appended
        self.journals, self.engine = journals, engine

    @property
    def turns(self) -> int:
        """Loops completed by this process, those gone through again included."""
        return 0 if self.engine is None else self.engine.progress.loops - self._loops_before

    @property
    def turn_due_s(self) -> float:
        """How long a loop may rightly take just now, in seconds."""
        if self.engine is None or self.phase in ("starting", "again"):
            return STARTING_DUE_S
        if self.time == "wall":
            return max(self.engine.parts.loop_s, self.order.settings.loop.period_s)
        return PACED_DUE_S if self.order.speed > 0 else FULL_SPEED_DUE_S

    @property
    def vitals(self) -> Vitals:
        """What was done that is new; nothing while old decisions are made again."""
        return Vitals() if self.engine is None or self.phase in ("starting", "again") else self.engine.vitals

    def written(self) -> dict[Stream, int]:
        """Records that this process appended, by stream."""
        if self.journals is None:
            return {}
        return {stream: seq - self._seqs_before[stream] for stream, seq in self.journals.appended.items()}

    def note(self) -> dict[str, float | int | str | None]:
        """A few figures for whoever reads the pulse: what is null is not known yet."""
        engine, journals = self.engine, self.journals
        book = None if engine is None else engine.progress.book
        return {
            "phase": self.phase,
            "boot": boot_id(self.boots) if self.boots else None,
            "time": self.time,
            "speed": self.order.speed,
            "feed": self.order.settings.feed,
            "loops": None if engine is None else engine.progress.loops,
            "halted": None if book is None else book.halted,
            "nav": None if book is None else book.nav_usd,
            "lag_s": self.vitals.lag_s if self.time == "wall" else None,
            "journal_over_budget_bytes": 0 if journals is None else journals.over_budget_bytes,
            "journal_archive_fault": None if journals is None else journals.archive_fault,
            "record_fault": None if self.recorder is None else self.recorder.fault or None,
            "record_lost": 0 if self.recorder is None else self.recorder.lost,
        }
