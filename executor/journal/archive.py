"""Sealed segments, made small and kept within a budget by a thread of low priority, never the open one.

Age is counted in the journal's own time, back from its newest segment, so that a replay of an old month keeps it.
The budget of bytes never takes what is younger than `keep_days`: what states look back on is worth more than room.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

from executor.journal.pruned import Pruned
from executor.journal.segments import PLAIN, Segment, listed, pack
from executor.records.streams import Stream
from executor.settings import Journal

GENTLE = 10
AGED_AT_ONCE = 2


class Shelf:
    """One stream's sealed segments, oldest first, with their sizes in bytes.

    `over_bytes` is how far they were above the budget when that was last looked after: all of it is too young to go.
    """

    def __init__(self, folder: Path, open_name: str | None) -> None:
        self.over_bytes = 0
        self._kept: deque[tuple[Segment, int]] = deque()
        self.total_bytes = 0
        for segment in listed(folder):
            if segment.packed:
                segment.path.with_name(segment.name + PLAIN).unlink(missing_ok=True)
            if segment.name != open_name:
                self.add(segment)

    def add(self, segment: Segment) -> None:
        """Take a sealed segment in."""
        size = segment.path.stat().st_size
        self._kept.append((segment, size))
        self.total_bytes += size

    def plain(self) -> list[Segment]:
        """What is not compressed yet."""
        return [segment for segment, _ in self._kept if not segment.packed]

    def repack(self, segment: Segment, *, sync: bool) -> None:
        """Compress one segment in its place; one that was pruned meanwhile stays gone."""
        for place, (kept, size) in enumerate(self._kept):
            if kept.name == segment.name:
                path = pack(kept.path, sync=sync)
                packed_size = path.stat().st_size
                self._kept[place] = (Segment(kept.first_seq, kept.name, path.parent, packed=True), packed_size)
                self.total_bytes += packed_size - size
                return

    def prune(self, settings: Journal, newest: Segment, *, noting: Callable[[int], None] = lambda _: None) -> None:
        """Remove the oldest sealed segments until they fit, and a few that are too old.

        Few, for one record with a wrong time must not be able to empty the journal. `noting` is told the last sequence
        number that goes, before it goes; what it raises keeps the segment.
        """
        oldest_hour = newest.hour - timedelta(days=settings.max_days)
        kept_from = self._kept_from(settings, newest)
        aged = 0
        while self._kept:
            following = self._kept[1][0] if len(self._kept) > 1 else newest
            too_old = self._kept[0][0].hour < oldest_hour and aged < AGED_AT_ONCE
            too_much = self.total_bytes > settings.max_bytes and following.hour < kept_from
            if not too_old and not too_much:
                break
            aged += too_old
            noting(following.first_seq - 1)
            segment, size = self._kept.popleft()
            for path in segment.path.parent.glob(f"{segment.name}.*"):
                path.unlink(missing_ok=True)
            self.total_bytes -= size
        self.weigh(settings)

    def weigh(self, settings: Journal) -> None:
        """Note how far this is above its budget."""
        self.over_bytes = max(0, self.total_bytes - settings.max_bytes)

    def _kept_from(self, settings: Journal, newest: Segment) -> datetime:
        """From when on nothing may go for its bytes. One record with a wrong time begins one segment: the two newest are asked."""
        if settings.keep_days == 0:
            return datetime.max.replace(tzinfo=UTC)
        hours = [newest.hour, *[segment.hour for segment, _ in list(self._kept)[-1:]]]
        return min(hours) - timedelta(days=settings.keep_days)


class Archive:
    """The thread that keeps the shelves. Its failures cost space, not facts: they are remembered in `fault`."""

    def __init__(self, shelves: dict[Stream, Shelf], settings: Journal, pruned: Pruned | None = None) -> None:
        self.fault: str | None = None
        self._shelves = shelves
        self._settings = settings
        self._pruned = pruned
        self._sync = settings.fsync == "group"
        self._work: SimpleQueue[tuple[Stream, Segment, Segment] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal-archive", daemon=True)
        self._thread.start()

    @property
    def over_budget_bytes(self) -> int:
        """How much more the sealed segments hold than they should, all streams together, because it is too young to go."""
        return sum(shelf.over_bytes for shelf in self._shelves.values())

    def seal(self, stream: Stream, sealed: Segment, newest: Segment) -> None:
        """Hand over a segment that is complete, and name the one that follows it."""
        self._work.put((stream, sealed, newest))

    def close(self) -> None:
        """Finish what was handed over."""
        self._work.put(None)
        self._thread.join()

    def _run(self) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GENTLE)
        for stream, shelf in self._shelves.items():
            for segment in shelf.plain():
                self._tend(stream, segment)
            shelf.weigh(self._settings)
        while (work := self._work.get()) is not None:
            stream, sealed, newest = work
            self._tend(stream, sealed, newest)

    def _tend(self, stream: Stream, segment: Segment, newest: Segment | None = None) -> None:
        shelf = self._shelves[stream]
        try:
            if newest is not None:
                shelf.add(segment)
            shelf.repack(segment, sync=self._sync)
        except OSError as fault:
            self.fault = f"{segment.path} stays uncompressed: {fault}"
        if newest is not None:
            self._prune(stream, newest)

    def _prune(self, stream: Stream, newest: Segment) -> None:
        pruned = self._pruned
        try:
            if pruned is None:
                self._shelves[stream].prune(self._settings, newest)
            else:
                self._shelves[stream].prune(self._settings, newest, noting=lambda upto_seq: pruned.note(stream, upto_seq))
        except OSError as fault:
            self.fault = f"{stream} cannot be pruned: {fault}"
