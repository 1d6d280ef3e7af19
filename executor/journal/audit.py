"""Is a whole journal sound, and what are its last records: for an operator and for a watcher."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from executor.errors import CorruptJournal
from executor.journal.decoding import decoded, unknown
from executor.journal.frame import MAX_LINE_BYTES, holds, marks_of
from executor.journal.pruned import read_pruned
from executor.journal.segments import Segment, chunks, content, listed, opened
from executor.records.base import Record
from executor.records.streams import Stream

LAST_BYTES = 64 * 1024
CHUNK_BYTES = 1024 * 1024
VERIFY = "run `hedge journal verify`"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a reading of every byte of one stream found. `bytes` are of lines, uncompressed.

    `holes` counts places where a record is missing, broken or not valid; `first_fault` tells the first.
    `pruned` records were removed by the budget; `loose_bytes` at the very end are a line still being written.
    """

    stream: Stream
    segments: int = 0
    records: int = 0
    bytes: int = 0
    first_seq: int | None = None
    last_seq: int | None = None
    pruned: int = 0
    unknown: int = 0
    holes: int = 0
    loose_bytes: int = 0
    first_fault: str | None = None


def verify(raw: Path, stream: Stream) -> Report:
    """Read all of a stream, going on after every fault."""
    audit = Audit(stream)
    segments = listed(raw / stream)
    if segments:
        audit.begin_at(segments[0].first_seq, read_pruned(raw).get(stream))
    for segment in segments:
        audit.segment(segment, last=segment is segments[-1])
    return audit.report(len(segments))


class Audit:
    """Counts while segments are handed in, oldest first."""

    def __init__(self, stream: Stream) -> None:
        self._stream: Stream = stream
        self._first: int | None = None
        self._next: int | None = None
        self._records = self._bytes = self._unknown = self._holes = self._loose = 0
        self._fault: str | None = None

    def begin_at(self, first_seq: int, pruned_upto: int | None) -> None:
        """Say where the journal begins, and up to which record the executor noted that it pruned it (null: it noted nothing)."""
        if pruned_upto is not None and first_seq > pruned_upto + 1:
            self._hole(f"records {pruned_upto + 1} to {first_seq - 1} are gone and were never pruned")

    def segment(self, segment: Segment, *, last: bool) -> None:
        """Read one segment whole."""
        try:
            data = content(segment)
        except CorruptJournal as fault:
            self._hole(str(fault))
            self._next = None
            return
        *lines, rest = data.split(b"\n")
        if self._next is not None and self._next != segment.first_seq:
            self._hole(f"record {self._next} is missing before {segment.path.name}")
        self._first = segment.first_seq if self._first is None else self._first
        self._next = segment.first_seq
        self._bytes += len(data)
        for line in lines:
            self._line(line, segment.path.name)
        if rest and last:
            self._loose = len(rest)
        elif rest:
            self._hole(f"{len(rest)} bytes after the last line of {segment.path.name}")

    def _line(self, line: bytes, file: str) -> None:
        assert self._next is not None
        if not holds(line, self._next):
            marks = marks_of(line)
            if marks is None or marks.seq < self._next:
                self._hole(f"record {self._next} in {file} is broken")
                return
            self._hole(f"record {self._next} in {file} is missing; {marks.seq} follows")
            self._next = marks.seq
        try:
            decoded([line], self._next, stream=self._stream, file=file)
        except CorruptJournal as fault:
            self._hole(str(fault))
        self._unknown += unknown(line, self._stream)
        self._records += 1
        self._next += 1

    def _hole(self, what: str) -> None:
        self._holes += 1
        self._fault = self._fault if self._fault is not None else what

    def report(self, segments: int) -> Report:
        """What was found so far."""
        return Report(
            stream=self._stream,
            segments=segments,
            records=self._records,
            bytes=self._bytes,
            first_seq=self._first if self._records else None,
            last_seq=self._next - 1 if self._next is not None and self._records else None,
            pruned=self._first - 1 if self._first is not None else 0,
            unknown=self._unknown,
            holes=self._holes,
            loose_bytes=self._loose,
            first_fault=self._fault,
        )


def tail(raw: Path, stream: Stream, n: int) -> list[tuple[int, Record]]:
    """The last `n` whole records with their numbers, oldest first, read from the end."""
    return tail_of(listed(raw / stream), stream, n)


def tail_of(segments: Sequence[Segment], stream: Stream, n: int) -> list[tuple[int, Record]]:
    """The same, of segments that somebody has listed already."""
    found: list[tuple[int, Record]] = []
    for segment in reversed(segments):
        if len(found) >= n:
            break
        found = last_of(segment, stream, n - len(found)) + found
    return found


def first(raw: Path, stream: Stream) -> Record | None:
    """The first record that a stream still has; null where there is none, or none that this version knows."""
    for segment in listed(raw / stream)[:1]:
        line, newline, _ = next(chunks(segment, MAX_LINE_BYTES), b"").partition(b"\n")
        if newline:
            return next((record for _, record in decoded([line], segment.first_seq, stream=stream, file=str(segment.path))), None)
    return None


def last_of(segment: Segment, stream: Stream, n: int) -> list[tuple[int, Record]]:
    """The last `n` whole records of one segment; a line still being written is left out."""
    data = b""
    size = LAST_BYTES
    while True:
        data = last_bytes(segment, size)
        whole = len(data) < size
        lines = data.split(b"\n")[:-1]
        lines = lines if whole else lines[1:]
        if whole or len(lines) >= n:
            break
        if size > (n + 1) * MAX_LINE_BYTES:
            raise CorruptJournal(f"journal damaged: {stream}: the last {size} bytes of {segment.path} are not lines; {VERIFY}")
        size *= 4
    lines = lines[-n:]
    marks = marks_of(lines[0]) if lines else None
    if marks is None:
        if lines:
            raise CorruptJournal(f"journal damaged: {stream}: a line near the end of {segment.path} is broken; {VERIFY}")
        return []
    return decoded(lines, marks.seq, stream=stream, file=str(segment.path))


def last_bytes(segment: Segment, size: int) -> bytes:
    """At most `size` bytes from the end of a segment's lines."""
    if segment.packed:
        data = b""
        for chunk in chunks(segment, CHUNK_BYTES):
            data = (data + chunk)[-size:]
        return data
    with opened(segment.path) as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - size))
        return file.read(size)


def writer_of(raw: Path, stream: Stream, seq: int) -> str:
    """The boot that wrote a record, or `unknown` where the record cannot be read."""
    for segment in reversed(listed(raw / stream)):
        if segment.first_seq <= seq:
            lines = content(segment).split(b"\n")
            place = seq - segment.first_seq
            marks = marks_of(lines[place]) if place < len(lines) else None
            return marks.boot if marks is not None else "unknown"
    return "unknown"
