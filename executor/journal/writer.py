"""The three journals as the engine uses them: append, flush, commit; one writing thread behind all of them."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from executor.errors import JournalError
from executor.journal.archive import Archive, Shelf
from executor.journal.express import Express
from executor.journal.form import note_form
from executor.journal.lane import Lane
from executor.journal.pen import Pen
from executor.journal.pruned import Pruned
from executor.journal.recovery import Tail, recovered
from executor.journal.redo import Redo
from executor.journal.ring import Ring
from executor.journal.scribe import Scribe
from executor.journal.segments import listed, made_private
from executor.records.base import Record
from executor.records.streams import STREAMS, Stream
from executor.settings import Journal

LAZY_RECORDS = 4_096


def opened(root: Path, folders: Mapping[Stream, Path]) -> dict[Stream, Tail]:
    """Where each stream ends, its folder brought to a state that can be appended to."""
    try:
        made_private([root, root / "raw", *folders.values()])
        return {stream: recovered(folder, stream) for stream, folder in folders.items()}
    except OSError as fault:
        raise JournalError(
            f"journal cannot be opened: {fault.filename or root / 'raw'}: {fault.strerror or fault} (errno {fault.errno}); "
            "make room or repair the disk, then start again"
        ) from fault


class Journals:
    """Ticks, orders and positions under `<root>/raw`, recovered when opened, each with one contiguous sequence from 1.

    With `redo_from` (what `checkpoint_seqs` said when the engine's checkpoint was taken), records that are in
    the journal after that point are compared with what is appended, not written again, until there are no more.
    """

    def __init__(self, root: Path, settings: Journal, boot: str, *, redo_from: Mapping[Stream, int] | None = None) -> None:
        folders = {stream: root / "raw" / stream for stream in STREAMS}
        tails = opened(root, folders)
        open_names = {stream: tail.segment.name if tail.segment is not None else None for stream, tail in tails.items()}
        self.torn_bytes = {stream: tail.torn_bytes for stream, tail in tails.items()}
        self._lanes = {stream: Lane(stream, tails[stream], settings=settings, boot=boot) for stream in STREAMS}
        self._redo = {stream: Redo(root / "raw", stream, lane=self._lanes[stream], after=seq) for stream, seq in (redo_from or {}).items()}
        self._shelves = {stream: Shelf(folder, open_names[stream]) for stream, folder in folders.items()}
        self._sync = settings.fsync != "off"
        note_form(root / "raw", sync=self._sync)
        self._pens = {stream: Pen(stream, folders[stream], tail=tails[stream], sync=self._sync) for stream in STREAMS}
        firsts = {stream: segments[0].first_seq if (segments := listed(folder)) else 1 for stream, folder in folders.items()}
        self._archive = Archive(self._shelves, settings, Pruned(root / "raw", firsts, sync=settings.fsync == "group"))
        self._scribe = Scribe(self._pens, self._archive, on_failure=self._poison)
        self._express: Express | None = None
        self._settled_s = time.monotonic()
        self._told = False
        self._closed = False
        self._append: dict[Stream, Callable[[Record], int]] = {stream: lane.append for stream, lane in self._lanes.items()}
        for stream, redo in self._redo.items():
            self._append[stream] = redo.append
        self._pass_redone()

    @property
    def redoing(self) -> bool:
        """Whether some stream still has records to compare with."""
        return any(redo.going for redo in self._redo.values())

    def ahead(self, stream: Stream) -> Record | None:
        """The record that must be appended next to this stream, while there are records to compare with; else null."""
        redo = self._redo.get(stream)
        return None if redo is None else redo.ahead

    @property
    def appended(self) -> dict[Stream, int]:
        """The last sequence number of each stream, on the disk or on its way there."""
        return {stream: lane.appended for stream, lane in self._lanes.items()}

    @property
    def durable(self) -> dict[Stream, int]:
        """The last sequence number of each stream that a commit has reported durable."""
        return {stream: lane.durable for stream, lane in self._lanes.items()}

    @property
    def archive_fault(self) -> str | None:
        """Why a sealed segment could not be compressed, if one could not; costs space, not facts."""
        return self._archive.fault

    @property
    def over_budget_bytes(self) -> int:
        """How far sealed segments are above their budget of bytes, because they are too young to be removed."""
        return self._archive.over_budget_bytes

    @property
    def unsettled_s(self) -> float:
        """Seconds since everything appended was last known to be durable; 0 while nothing waits to be."""
        waits = any(lane.durable != lane.appended for lane in self._lanes.values())
        return time.monotonic() - self._settled_s if waits else 0.0

    def append(self, stream: Stream, record: Record) -> int:
        """Put a record at the end of a stream, in memory; its sequence number."""
        return self._append[stream](record)

    def flush(self) -> None:
        """Hand everything appended to the writing thread; with `fsync` off, once enough has come together."""
        if self._sync or sum(lane.waiting for lane in self._lanes.values()) >= LAZY_RECORDS:
            self.hand_over()

    def hand_over(self) -> None:
        """Hand everything appended to the writing thread now: ticks, then orders, then positions."""
        self._pass_redone()
        batch = [(stream, name, data) for stream, lane in self._lanes.items() for name, data in lane.take()]
        if batch:
            self._scribe.hand(batch)
        self._check()

    def commit(self) -> None:
        """Return once everything appended is durable; with `fsync` off, once it is in line to be written."""
        if self._sync:
            self.settle()
            return
        self.flush()
        self._settle_lanes()

    def settle(self, *, told: bool = True) -> None:
        """Return once everything appended is written, and durable unless `fsync` is off.

        Later records say so, unless it is not to be `told`: where the feed is the clock, the moment of a checkpoint is the
        machine's, and records must not show it.
        """
        self.hand_over()
        if not self._scribe.idle:
            self._scribe.settle()
            self._check()
        self._settled_s = time.monotonic()
        if told:
            self._settle_lanes()

    def when_durable(self, then: Callable[[JournalError | None], None]) -> None:
        """Call `then` once every order record appended is durable, or with what failed: from the writing thread, this one, or at once."""
        if self._express is not None and not self._redo and self._scribe.failure is None and self._express.promise(then):
            return
        self.hand_over()
        self._scribe.promise(then)

    def attend(self, within_ns: int) -> None:
        """Hold the loop for the flush of orders that is under way, where there is one, at most so long."""
        if self._express is not None:
            self._express.attend(within_ns)

    def speed_up(self, ring: Ring) -> None:
        """From here on let this ring flush orders where it can. Only the ring's loop may use these journals; `close` there as well."""
        if self._sync:
            self._express = Express(self._lanes["orders"], self._pens["orders"], self._scribe, ring)

    def settled(self, upto: Mapping[Stream, int]) -> None:
        """Say that everything up to these numbers is durable, as `when_durable` told."""
        for stream, seq in upto.items():
            self._lanes[stream].settle(seq)
        self._settled_s = time.monotonic()

    def close(self) -> None:
        """Commit, wait for the threads and let go of the files; a failure is told once."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._scribe.failure is None:
                self.settle()
        finally:
            if self._express is not None:
                self._express.close()
            self._scribe.close()
            self._archive.close()
        if not self._told:
            self._check()

    def checkpoint_seqs(self) -> dict[Stream, int]:
        """Where each stream stands now, to be given back as `redo_from`; commit before keeping it."""
        return {stream: self._redo[stream].seq if stream in self._redo else lane.appended for stream, lane in self._lanes.items()}

    def bytes_total(self) -> int:
        """Bytes on the disk of all segments, open ones included."""
        return sum(shelf.total_bytes for shelf in self._shelves.values()) + sum(pen.size for pen in self._pens.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _pass_redone(self) -> None:
        for stream in [stream for stream, redo in self._redo.items() if not redo.going]:
            del self._redo[stream]
            self._append[stream] = self._lanes[stream].append

    def _settle_lanes(self) -> None:
        for lane in self._lanes.values():
            lane.settle()
        self._settled_s = time.monotonic()

    def _poison(self, failure: JournalError) -> None:
        """From the writing thread: the next append raises, whichever stream it is for."""

        def refuse(_: Record) -> NoReturn:
            self._told = True
            raise failure

        self._append = dict.fromkeys(STREAMS, refuse)

    def _check(self) -> None:
        if self._scribe.failure is not None:
            self._told = True
            raise self._scribe.failure
