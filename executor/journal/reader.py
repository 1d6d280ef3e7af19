"""Records from where one stopped, on a journal that is being written, rotated, compressed and pruned."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from executor.errors import CorruptJournal
from executor.journal.audit import Report, tail, verify
from executor.journal.decoding import decoded, first_broken
from executor.journal.segments import Segment, content, listed, opened, unpacked
from executor.records.base import Record
from executor.records.streams import Stream

__all__ = ["Cursor", "Follower", "Report", "read", "tail", "verify"]

CHUNK_BYTES = 4 * 1024 * 1024
LEAST_BYTES = 4 * 1024
LINE_BYTES = 300
BATCH = 20_000
ENDING = len(b'00000000"}\n')


class Cursor(msgspec.Struct, frozen=True):
    """A place in a stream: after record `seq`, at byte `offset` of the lines of `segment`.

    With a `seq` alone the place is searched for. `crc` is the checksum of record `seq`, where known: it
    tells a journal that lost its end and grew another one from the journal that was read.
    """

    seq: int = 0
    segment: str = ""
    offset: int = 0
    crc: str = ""


def read(raw: Path, stream: Stream, cursor: Cursor | None = None) -> Iterator[tuple[int, Record]]:
    """Every record after the cursor, with its number, to the present end."""
    follower = Follower(raw, stream, cursor)
    while batch := follower.read(BATCH):
        yield from batch


class Follower:
    """Reads on from a cursor, again and again; holds no file open between two calls.

    `cursor` is where it stands; `skipped` counts records pruned before they were read, `unknown` records of
    kinds that this version does not know.
    """

    def __init__(self, raw: Path, stream: Stream, cursor: Cursor | None = None) -> None:
        self.cursor = cursor if cursor is not None else Cursor()
        self.skipped = 0
        self.unknown = 0
        self._folder = raw / stream
        self._stream: Stream = stream
        self._segments: list[Segment] = []
        self._unpacked: tuple[str, bytes] = ("", b"")
        self._passed: list[tuple[Cursor, list[bytes]]] = []

    def read(self, limit: int | None = None) -> list[tuple[int, Record]]:
        """The next records, at most `limit`, each with its number; fewer only where the journal ends for now."""
        found: list[tuple[int, Record]] = []
        self._passed = []
        if self.cursor.segment == "" or self.cursor.segment not in {segment.name for segment in self._segments[:-1]}:
            self._segments = listed(self._folder)
        while limit is None or len(found) < limit:
            try:
                more = self._tried(None if limit is None else limit - len(found))
            except CorruptJournal:
                if not found:
                    raise
                break  # what was whole is handed over first; the next call says what is not
            if more is None:
                break
            found += more
        return found

    def _tried(self, limit: int | None) -> list[tuple[int, Record]] | None:
        try:
            return self._step(limit)
        except FileNotFoundError:
            newer = listed(self._folder)
            if newer == self._segments:
                raise
            self._segments = newer  # packed or pruned since the last listing
            return []

    def _step(self, limit: int | None) -> list[tuple[int, Record]] | None:
        here = self._here()
        if here is None:
            return None
        *lines, rest = self._bytes(here, chunk_for(limit)).split(b"\n")
        if not lines and rest:
            *lines, rest = self._bytes(here, CHUNK_BYTES).split(b"\n")
        if limit is not None:
            del lines[limit:]
        if lines:
            first = self.cursor.seq + 1
            records = decoded(lines, first, stream=self._stream, file=str(here.path))
            self.unknown += len(lines) - len(records)
            self._advance(lines)
            return records
        return self._next_segment(here, rest)

    def passed(self) -> list[tuple[Cursor, list[bytes]]]:
        """The lines of the newest reading, in pieces, each with the cursor before it: what `after` finds a place among."""
        return self._passed

    def _advance(self, lines: list[bytes]) -> None:
        self._passed.append((self.cursor, lines))
        self.cursor = after(self.cursor, lines)

    def _next_segment(self, here: Segment, rest: bytes) -> list[tuple[int, Record]] | None:
        place = self._segments.index(here) + 1
        if place == len(self._segments):
            return [] if self._grew() else None
        after = self._segments[place]
        if rest or after.first_seq != self.cursor.seq + 1:
            raise CorruptJournal(
                f"journal damaged: {self._stream} record {self.cursor.seq + 1} is missing: {here.path} ends before it, "
                f"{after.path.name} begins with {after.first_seq}; restore the segments from a backup, or move the data directory aside"
            )
        self.cursor = Cursor(self.cursor.seq, after.name, 0, self.cursor.crc)
        self._unpacked = ("", b"")
        return []

    def _grew(self) -> bool:
        """Whether a segment was begun after the last listing; if so, what was read of the one before it may have been too early."""
        newer = listed(self._folder)
        grew = len(newer) > 0 and newer[-1].first_seq > self._segments[-1].first_seq
        self._segments = newer if grew else self._segments
        return grew

    def _here(self) -> Segment | None:
        if not self._segments:
            if self.cursor.seq:
                raise self._beyond(0)
            return None
        named = next((segment for segment in self._segments if segment.name == self.cursor.segment), None)
        return named if named is not None else self._sought()

    def _sought(self) -> Segment:
        """The segment that holds the next record, the cursor put there; the oldest one if that record was pruned."""
        wanted = self.cursor.seq + 1
        oldest = self._segments[0]
        if oldest.first_seq > wanted:
            self.skipped += oldest.first_seq - wanted
            self.cursor = Cursor(oldest.first_seq - 1, oldest.name)
            return oldest
        here = next(segment for segment in reversed(self._segments) if segment.first_seq <= wanted)
        lines = content(here).split(b"\n")[:-1][: wanted - here.first_seq]
        broken = first_broken(lines, here.first_seq)
        reached = here.first_seq + len(lines) - 1 if broken is None else broken - 1
        if reached < self.cursor.seq or (lines and self.cursor.crc not in ("", crc_of(lines[-1]))):
            raise self._beyond(reached)
        self.cursor = Cursor(self.cursor.seq, here.name, sum(map(len, lines)) + len(lines), self.cursor.crc)
        return here

    def _bytes(self, here: Segment, size: int) -> bytes:
        """Up to `size` bytes of lines after the cursor, having seen that the record before it is still the one that was read."""
        start = max(0, self.cursor.offset - ENDING)
        if here.packed:
            if self._unpacked[0] != here.name:
                self._unpacked = (here.name, unpacked(here.path))
            data = self._unpacked[1][start : start + size]
        else:
            with opened(here.path) as file:
                data = os.pread(file.fileno(), size, start)
        before = self.cursor.offset - start
        if len(data) < before or (before and self.cursor.crc and data[: before - 3] != self.cursor.crc.encode("ascii")):
            raise self._beyond(self.cursor.seq - 1)
        return data[before:]

    def _beyond(self, reached: int) -> CorruptJournal:
        return CorruptJournal(
            f"journal lost records that were read: {self._stream} was read up to record {self.cursor.seq}, "
            f"but {self._folder} no longer holds it as it was (whole up to {reached}); rebuild what was made of it from the raw journals"
        )


def after(cursor: Cursor, lines: list[bytes]) -> Cursor:
    """The place behind lines that begin at a cursor; the cursor itself where there are none."""
    if not lines:
        return cursor
    size = sum(map(len, lines)) + len(lines)
    return Cursor(cursor.seq + len(lines), cursor.segment, cursor.offset + size, crc_of(lines[-1]))


def chunk_for(limit: int | None) -> int:
    """How many bytes to read for so many records, guessed so that few of them are read in vain."""
    return CHUNK_BYTES if limit is None else min(CHUNK_BYTES, LEAST_BYTES + limit * LINE_BYTES)


def crc_of(line: bytes) -> str:
    """The checksum a line, without its newline, carries."""
    return line[-10:-2].decode("ascii", "replace")
