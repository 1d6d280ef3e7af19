"""Three journals read as one: which record comes next, and how far it is safe to read.

In each loop the executor writes ticks, orders, then positions, and ends with a heartbeat: whatever was
written up to the time of a heartbeat is on disk once the heartbeat is. So positions are read first; the
newest heartbeat's time is the watermark; ticks and orders are taken up to it, and what lies beyond waits.

The order is by (key, stream, number), with ticks before orders before positions. A record's key is its
time, or that of the record before it in its stream where time went backwards. A boot record that claims to be
later than the record after it has that one's key: a clock that was wrong at the start holds nothing up.

At the watermark's own instant more may still be written, so what is kept for next time ends before
that instant, and the instant itself is read anew each time. The order of records, and with it every
fold, therefore does not depend on how often, or in how many goes, the journals were read.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from executor.journal.reader import Cursor, Follower, after
from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.streams import STREAMS, Stream

NEVER = 1 << 62
BATCH: Mapping[Stream, int] = {"ticks": 20_000, "orders": 4_000, "positions": 4_000}

Handlers = Mapping[type[Record], tuple[Callable[[Any], None], ...]]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stream was read: the cursor, the key of the last record taken, the numbers of the first and last."""

    cursor: Cursor = Cursor()
    key_us: int = 0
    first_seq: int = 0
    last_seq: int = 0


class Lane:
    """One stream's records, read ahead in batches. `key` is that of the next record, `NEVER` where there is none."""

    def __init__(self, raw: Path, stream: Stream, mark: Mark, *, batch: int | None = None, until_seq: int = NEVER) -> None:
        self._until_seq = until_seq
        self._follower = Follower(raw, stream, mark.cursor)
        self._batch = batch or BATCH[stream]
        self._mark = mark
        self._pieces: list[tuple[Cursor, list[bytes]]] = []
        self.records: list[tuple[int, Record]] = []
        self.next = 0
        self.taken_us = mark.key_us
        self.first_seq, self.last_seq = mark.first_seq, mark.last_seq
        self.key = NEVER

    def load(self) -> bool:
        """Read one more batch behind what is there; false where the stream ends for now."""
        fresh = self._fresh()
        while fresh and type(fresh[-1][1]) is Boot and (more := self._fresh()):
            fresh += more
        if not fresh:
            return False
        self.records = self.records[self.next :] + fresh
        self.next = 0
        self.look()
        return True

    def _fresh(self) -> list[tuple[int, Record]]:
        """The next batch, without what lies beyond the last record wanted."""
        if self._follower.cursor.seq >= self._until_seq:
            return []
        fresh = self._follower.read(self._batch)
        left = [piece for piece in self._pieces if piece[0].seq + len(piece[1]) >= self.last_seq]
        self._pieces = left + self._follower.passed()
        return fresh if not fresh or fresh[-1][0] <= self._until_seq else [known for known in fresh if known[0] <= self._until_seq]

    def look(self) -> None:
        """Find the key of the next record."""
        if self.next >= len(self.records):
            self.key = NEVER
            return
        record = self.records[self.next][1]
        ts_us = record.ts_us
        if type(record) is Boot and self.next + 1 < len(self.records):
            ts_us = min(ts_us, self.records[self.next + 1][1].ts_us)
        self.key = max(self.taken_us, ts_us)

    def moved(self, upto: int) -> None:
        """The records before place `upto` were taken, the last of them with key `taken_us`."""
        if upto > self.next:
            self.first_seq = self.first_seq or self.records[self.next][0]
            self.last_seq = self.records[upto - 1][0]
        self.next = upto
        self.look()

    def newest_beat_us(self, until_us: int | None) -> int | None:
        """The key of the newest heartbeat read ahead, not after `until_us`; null where there is none."""
        key, beat_us = self.taken_us, None
        for _, record in itertools.islice(self.records, self.next, None):
            key = max(key, record.ts_us)
            if until_us is not None and key > until_us:
                break
            if type(record) is Heartbeat:
                beat_us = key
        return beat_us

    def mark(self) -> Mark:
        """Where the next reading goes on: at the first record that was not taken."""
        cursor = self._mark.cursor
        if self.last_seq > self._mark.last_seq:
            before, lines = next(piece for piece in reversed(self._pieces) if piece[0].seq < self.last_seq)
            cursor = after(before, lines[: self.last_seq - before.seq])
        return Mark(cursor=cursor, key_us=self.taken_us, first_seq=self.first_seq, last_seq=self.last_seq)


class Merge:
    """The three lanes, and who takes what comes out of them."""

    def __init__(
        self,
        raw: Path,
        marks: Mapping[Stream, Mark],
        handlers: Handlers,
        *,
        batch: int | None = None,
        until_seqs: Mapping[Stream, int] | None = None,
    ) -> None:
        ends = until_seqs or {}
        self.lanes = {
            stream: Lane(raw, stream, marks.get(stream, Mark()), batch=batch, until_seq=ends.get(stream, NEVER)) for stream in STREAMS
        }
        self._handlers = handlers

    def advance(self, until_us: int | None = None, *, between: Callable[[], None] | None = None) -> int | None:
        """Take all that lies before the newest heartbeat's instant; that heartbeat's key, null where there is none.

        `between` is called after each batch, when what was taken and `marks` belong together.
        """
        positions = self.lanes["positions"]
        watermark_us: int | None = None
        while positions.load():
            beat_us = positions.newest_beat_us(until_us)
            if beat_us is not None:
                watermark_us = beat_us
                self.take_before(beat_us)
                if between is not None:
                    between()
            if until_us is not None and positions.records[-1][1].ts_us > until_us:
                break
        return watermark_us

    def take_boots(self) -> None:
        """Hand on the boot records that nothing followed yet: a process that has not completed a loop is seen all the same."""
        orders = self.lanes["orders"]
        while orders.key != NEVER or orders.load():
            if type(orders.records[orders.next][1]) is not Boot:
                return
            self._others_before(orders.key + 1)

    def marks(self) -> dict[Stream, Mark]:
        """How far each stream was read."""
        return {stream: lane.mark() for stream, lane in self.lanes.items()}

    def take_before(self, limit_us: int) -> None:
        """Hand on every record with a key below the limit, in order: the hot loop, once around per tick."""
        handlers, ticks = self._handlers, self.lanes["ticks"]
        for lane in (self.lanes["ticks"], self.lanes["orders"]):
            if len(lane.records) - lane.next < 2:
                lane.load()
        others = min(self.lanes["orders"].key, self.lanes["positions"].key)
        while ticks.key < limit_us:
            key, place = ticks.taken_us, ticks.next
            for _, record in itertools.islice(ticks.records, place, None):
                ts_us = record.ts_us
                if ts_us > key:
                    if ts_us >= limit_us:
                        break
                    key = ts_us
                if key > others:
                    others = self._others_before(key)
                for act in handlers[type(record)]:
                    act(record)
                place += 1
            ticks.taken_us = key
            ticks.moved(place)
            if ticks.key == NEVER and not ticks.load():
                break
        self._others_before(limit_us)

    def _others_before(self, limit_us: int) -> int:
        """Hand on orders and positions with keys below the limit; the key of the next of them."""
        orders, positions = self.lanes["orders"], self.lanes["positions"]
        while True:
            lane = orders if orders.key <= positions.key else positions
            if lane.key >= limit_us:
                return lane.key
            record = lane.records[lane.next][1]
            for act in self._handlers[type(record)]:
                act(record)
            lane.taken_us = lane.key
            lane.moved(lane.next + 1)
            if lane.key == NEVER and lane is orders:
                lane.load()


def handlers_of(folds: Iterable[Any], kinds: Iterable[type[Record]]) -> Handlers:
    """For each record class, the methods of the folds that take it."""
    return {kind: tuple(getattr(fold, fold.takes[kind]) for fold in folds if kind in fold.takes) for kind in kinds}
