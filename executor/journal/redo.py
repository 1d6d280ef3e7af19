"""After a restart from a checkpoint: what is decided again must be what the journal already says.

A `boot` is passed over, for nothing is decided by it; of a heartbeat only time and loop count are compared, for its
counters are the process's own, and of a gap over a restart only its time.
"""

from collections.abc import Iterator
from pathlib import Path

from executor.errors import CorruptJournal
from executor.journal.audit import writer_of
from executor.journal.lane import Lane
from executor.journal.reader import Cursor, read
from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.market import Gap
from executor.records.orders import Boot
from executor.records.streams import Stream


class Redo:
    """One stream's existing records after a checkpoint, met again. `seq` is the last one passed."""

    def __init__(self, raw: Path, stream: Stream, *, lane: Lane, after: int) -> None:
        if after > lane.appended:
            raise CorruptJournal(
                f"checkpoint is ahead of the journal: {stream} record {after} was checkpointed, "
                f"the journal in {raw / stream} ends with {lane.appended}; move the checkpoint aside, or restore the journal"
            )
        self.seq = after
        self._raw = raw
        self._stream: Stream = stream
        self._lane = lane
        self._existing: Iterator[tuple[int, Record]] = read(raw, stream, Cursor(seq=after)) if after < lane.appended else iter(())
        self._expected: tuple[int, Record] | None = None
        self._move_on()

    @property
    def going(self) -> bool:
        """Whether there is a record left to compare with."""
        return self._expected is not None

    @property
    def ahead(self) -> Record | None:
        """The record that must come next; null once there are none left."""
        return None if self._expected is None else self._expected[1]

    def append(self, record: Record) -> int:
        """The number of the existing equal record; once there are none left, the number of a new one."""
        if self._expected is None:
            self.seq = self._lane.append(record)
            return self.seq
        seq, existing = self._expected
        if not same(existing, record):
            raise CorruptJournal(
                f"journal disagrees with what was decided again: {self._stream} record {seq}: {difference(existing, record)}; "
                f"start with the code version and settings of boot {writer_of(self._raw, self._stream, seq)}, "
                "or move the data directory aside"
            )
        self.seq = seq
        self._move_on()
        return seq

    def _move_on(self) -> None:
        self._expected = None
        for seq, existing in self._existing:
            if not isinstance(existing, Boot):
                self._expected = (seq, existing)
                return
            self.seq = seq


def same(existing: Record, record: Record) -> bool:
    """Whether two records say the same; two heartbeats do when they end the same loop at the same time."""
    if isinstance(existing, Heartbeat) and isinstance(record, Heartbeat):
        return (existing.ts_us, existing.loop) == (record.ts_us, record.loop)
    if isinstance(existing, Gap) and isinstance(record, Gap) and existing.reason == record.reason == "restart":
        return existing.ts_us == record.ts_us
    return existing == record


def difference(existing: Record, record: Record) -> str:
    """The first thing two records differ in: what the journal has, and what was found now."""
    kinds = [str(each.__struct_config__.tag) for each in (existing, record)]
    if kinds[0] != kinds[1]:
        return f"expected {kinds[0]} at {existing.ts_us}, found {kinds[1]} at {record.ts_us}"
    for field in existing.__struct_fields__:
        values = getattr(existing, field), getattr(record, field)
        if values[0] != values[1]:
            return f"expected {kinds[0]} with {field} {values[0]!r:.200}, found {values[1]!r:.200}"
    return f"expected {existing!r:.200}, found {record!r:.200}"
