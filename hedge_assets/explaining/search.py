"""The door to raw journals for whoever looks for something: by what a line has in it, by its number, or by time.

Lines are found as bytes and only what is found is decoded, every checksum verified; segments are read one at a time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from executor.journal.decoding import decoded
from executor.journal.segments import Segment, content, listed
from executor.records.base import Record
from executor.records.streams import STREAMS, Stream

SEQ = re.compile(rb',"seq":(\d+),"crc":"[0-9a-f]{8}"}$')
TS = re.compile(rb'"ts_us":(\d+)')
HELD = 4
HOUR = timedelta(hours=1)


class Found(NamedTuple):
    """A record and where it lies: `orders#2569`."""

    stream: Stream
    seq: int
    record: Record

    @property
    def at(self) -> str:
        """Its coordinate in the journals."""
        return f"{self.stream}#{self.seq}"


@dataclass(frozen=True)
class Extent:
    """What there is to look through: segments and the numbers of the first and last record of one journal, 0 for none."""

    stream: Stream
    segments: int
    first_seq: int
    last_seq: int

    def __str__(self) -> str:
        if not self.segments:
            return f"no {self.stream} journal"
        return f"{self.stream} {self.first_seq}..{self.last_seq} in {self.segments} segment{'s' * (self.segments != 1)}"


class Journals:
    """The three journals of one data root; the segments read last are held, so that looking twice reads once."""

    def __init__(self, raw: Path) -> None:
        self.raw = raw
        self._segments: dict[Stream, list[Segment]] = {stream: listed(raw / stream) for stream in STREAMS}
        self._held: dict[Path, bytes] = {}

    def extent(self, stream: Stream) -> Extent:
        """What there is of one journal."""
        segments = self._segments[stream]
        if not segments:
            return Extent(stream, 0, 0, 0)
        last = self._data(segments[-1]).rstrip(b"\n").rsplit(b"\n", 1)[-1]
        seq = SEQ.search(last)
        return Extent(stream, len(segments), segments[0].first_seq, int(seq[1]) if seq else segments[-1].first_seq)

    def newest_first(self, stream: Stream, needle: bytes, *, below_seq: int | None = None) -> Iterator[Found]:
        """Records with these bytes in their line, the newest first, numbered below a number if one is given."""
        for segment in reversed(self._segments[stream]):
            if below_seq is not None and segment.first_seq >= below_seq:
                continue
            for line in lines_back(self._data(segment), needle):
                yield from self._found(stream, segment, line, below_seq=below_seq)

    def oldest_first(self, stream: Stream, needle: bytes, *, from_seq: int = 0, upto_seq: int | None = None) -> Iterator[Found]:
        """Records with these bytes in their line, the oldest first, numbered from one number up to another."""
        segments = self._segments[stream]
        for place, segment in enumerate(segments):
            is_over = place + 1 < len(segments) and segments[place + 1].first_seq <= from_seq
            if is_over or (upto_seq is not None and segment.first_seq > upto_seq):
                continue
            for line in lines_on(self._data(segment), needle):
                for found in self._found(stream, segment, line):
                    if upto_seq is not None and found.seq > upto_seq:
                        return
                    if found.seq >= from_seq:
                        yield found

    def between(self, stream: Stream, from_us: int, to_us: int, *, needle: bytes = b"") -> Iterator[Found]:
        """Records of these times with these bytes in their line, in their order; neighbours by time only where time goes backwards."""
        segments = self._segments[stream]
        for place, segment in enumerate(segments):
            after = segments[place + 1] if place + 1 < len(segments) else None
            if segment.hour.timestamp() * 1e6 > to_us or (after is not None and (after.hour + HOUR).timestamp() * 1e6 <= from_us):
                continue
            data = self._data(segment)
            part = data[offset_of(data, from_us) : offset_of(data, to_us + 1)]
            for line in lines_on(part, needle or b'"ts_us"'):
                yield from self._found(stream, segment, line)

    def numbered(self, stream: Stream, seq: int) -> Found | None:
        """The record of that number; null where there is none."""
        return next(self.oldest_first(stream, b',"seq":%d,"crc"' % seq, from_seq=seq, upto_seq=seq), None)

    def newest(self, stream: Stream, needle: bytes, *, below_seq: int | None = None) -> Found | None:
        """The newest record with these bytes in its line."""
        return next(self.newest_first(stream, needle, below_seq=below_seq), None)

    def _found(self, stream: Stream, segment: Segment, line: bytes, *, below_seq: int | None = None) -> Iterator[Found]:
        seq = SEQ.search(line)
        number = int(seq[1]) if seq else segment.first_seq
        if below_seq is None or number < below_seq:
            for _, record in decoded([line], number, stream=stream, file=str(segment.path)):
                yield Found(stream, number, record)

    def _data(self, segment: Segment) -> bytes:
        if segment.path not in self._held:
            self._held[segment.path] = self._read(segment)
            while len(self._held) > HELD:
                del self._held[next(iter(self._held))]
        return self._held[segment.path]

    def _read(self, segment: Segment) -> bytes:
        """Its bytes; under its new name where it was packed meanwhile, none where it was pruned."""
        try:
            return content(segment)
        except FileNotFoundError:
            again = [each for each in listed(segment.path.parent) if each.name == segment.name]
            return content(again[0]) if again else b""


def lines_on(data: bytes, needle: bytes) -> Iterator[bytes]:
    """Whole lines that have a needle in them, in their order."""
    at = data.find(needle)
    while at >= 0:
        end = data.find(b"\n", at)
        if end < 0:
            return
        yield data[data.rfind(b"\n", 0, at) + 1 : end]
        at = data.find(needle, end)


def lines_back(data: bytes, needle: bytes) -> Iterator[bytes]:
    """Whole lines that have a needle in them, the last first."""
    at = data.rfind(needle, 0, data.rfind(b"\n") + 1)
    while at >= 0:
        begin = data.rfind(b"\n", 0, at) + 1
        yield data[begin : data.find(b"\n", at)]
        at = data.rfind(needle, 0, begin)


def offset_of(data: bytes, ts_us: int) -> int:
    """Where the first line of this time or later begins, by halving."""
    low, high = 0, len(data)
    while low < high:
        middle = (low + high) // 2
        begin = data.rfind(b"\n", low, middle) + 1 or low
        seen = TS.search(data, begin, high)
        if seen is not None and int(seen[1]) < ts_us:
            end = data.find(b"\n", middle)
            low = high if end < 0 else min(end + 1, high)
        else:
            high = begin
    return low


def quoted(word: str) -> bytes:
    """A word as it stands in a line, in quotes."""
    return msgspec.json.encode(word)
