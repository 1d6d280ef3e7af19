"""Whole journals, read through slowly: is every record of every segment there, one after the other, and sound?

    next segment not read yet, or changed, or read a day ago ──half a megabyte at a time──▶ its last record, its first fault
    every step: is what was read still there, does each segment follow the one before ──▶ watch/audit.json

Segments that went from the beginning were pruned, and are no hole. What was read is remembered in `watch/audited.json`.
"""

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from executor.clock import Clock
from executor.errors import CorruptJournal
from executor.journal.decoding import decoded
from executor.journal.frame import MAX_LINE_BYTES
from executor.journal.segments import Segment, chunks, listed
from executor.records.streams import STREAMS, Stream
from hedge_assets.health.scene import Audited, Audits
from hedge_assets.store import StoreError, look, replace

NAME = "audit.json"
MEMORY = "audited.json"
MEMORY_BYTES = 32 * 1024 * 1024
CHUNK_BYTES = 512 * 1024
AGAIN_US = 86_400 * 1_000_000
OPEN_EVERY_US = 30 * 1_000_000
TELL_US = 30 * 1_000_000
STEP_S = 0.5
REST = 10
GENTLE = 15
ENDING = len(b'00000000"}')


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One segment as it was when it was read: its file, the number after its last record, and what is wrong (null: nothing).

    `at_us` is when it was read from its beginning; `whole_bytes` of a plain one were whole lines then, and one that
    is still written to is read on from there. `mark` is its first record's checksum: another one is another journal.
    """

    first_seq: int
    packed: bool
    size_bytes: int
    mtime_us: int
    at_us: int
    tried_us: int
    next_seq: int
    whole_bytes: int = 0
    mark: str = ""
    fault: str | None = None

    def is_of(self, segment: Segment, status: os.stat_result) -> bool:
        """Whether the file is as it was when it was read."""
        return (self.packed, self.size_bytes, self.mtime_us) == (segment.packed, status.st_size, status.st_mtime_ns // 1_000)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was read, by stream and segment."""

    streams: dict[Stream, dict[str, Read]] = {}


class SlowAudit:
    """Reads the journals under `raw`, at most one segment in a step, and tells of it under `watch`."""

    def __init__(self, raw: Path, watch: Path, *, clock: Clock) -> None:
        self._raw, self._watch, self._clock = raw, watch, clock
        memory = remembered(watch).streams
        self._read: dict[Stream, dict[str, Read]] = {stream: memory.get(stream, {}) for stream in STREAMS}
        self._told: Audits | None = None
        self._stop: threading.Event | None = None

    def run_forever(self, stop: threading.Event) -> None:
        """Step again and again until told to stop, with low priority and long rests: for a thread of its own."""
        self._stop = stop
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GENTLE)
        took_s = 0.0
        while not stop.wait(max(STEP_S, REST * took_s)):
            began_s = time.thread_time()
            self.step(self._clock.now_us())
            took_s = min(time.thread_time() - began_s, STEP_S)

    def step(self, now_us: int) -> Audits:
        """Read at most one segment, look how all of them hang together, and tell."""
        streams: dict[str, Audited] = {}
        has_read = False
        for stream in STREAMS:
            try:
                segments = listed(self._raw / stream)
                self._forget(stream, segments)
                due = None if has_read else self._due(stream, segments, now_us)
                has_read |= due is not None and self._take(stream, due, now_us=now_us, is_last=due is segments[-1])
                streams[stream] = self._standing(stream, segments)
            except OSError as error:
                streams[stream] = Audited(segments=0, fault=f"{self._raw / stream} cannot be read: {error.strerror}")
        return self._tell(Audits(at_us=now_us, streams=streams), has_read=has_read)

    def _forget(self, stream: Stream, segments: Sequence[Segment]) -> None:
        """Let go of what was pruned, and of everything when the journal is another one."""
        read = self._read[stream]
        if not segments or not read:
            return
        oldest = segments[0]
        is_another = any(each.first_seq == oldest.first_seq and name != oldest.name for name, each in read.items() if each.mark)
        self._read[stream] = {} if is_another else {name: each for name, each in read.items() if each.first_seq >= oldest.first_seq}

    def _due(self, stream: Stream, segments: Sequence[Segment], now_us: int) -> Segment | None:
        """The oldest segment that is not now as it was read, or was not read for a day; the open one not every time."""
        for segment in segments:
            read = self._read[stream].get(segment.name)
            if read is None or now_us - read.at_us >= AGAIN_US or now_us < read.at_us:
                return segment
            waits = segment is segments[-1] and now_us - read.tried_us < OPEN_EVERY_US
            with contextlib.suppress(FileNotFoundError):  # packed or pruned just now
                if not waits and not read.is_of(segment, segment.path.lstat()):
                    return segment
        return None

    def _take(self, stream: Stream, segment: Segment, *, now_us: int, is_last: bool) -> bool:
        """Read one segment and remember it; false for one that was packed or pruned meanwhile, which is met again at the next step."""
        before = self._read[stream].get(segment.name)
        try:
            status = segment.path.lstat()
            begun = going_on(before, segment, status, now_us=now_us)
            read = self._through(stream, segment, begun, is_last=is_last)
        except FileNotFoundError:
            return False
        if read is None:
            return False
        if before is not None and before.mark and read.mark and before.mark != read.mark:
            self._read[stream] = {}
        self._read[stream][segment.name] = read
        return True

    def _through(self, stream: Stream, segment: Segment, begun: Read, *, is_last: bool) -> Read | None:
        """The segment after all its whole lines were read, or up to its first fault; null when asked to stop meanwhile."""
        next_seq, whole_bytes, mark, fault = begun.next_seq, begun.whole_bytes, begun.mark, None
        try:
            for lines in self._lines(segment, whole_bytes, is_last=is_last):
                mark = mark or lines[0][-ENDING:-2].decode("ascii", "replace")
                decoded(lines, next_seq, stream=stream, file=segment.path.name)
                next_seq += len(lines)
                whole_bytes += sum(map(len, lines)) + len(lines)
                if self._stop is not None and self._stop.is_set():
                    return None
        except CorruptJournal as error:
            fault = str(error)
        except FileNotFoundError:
            raise
        except OSError as error:
            fault = f"{segment.path.name} cannot be read: {error.strerror}"
        return msgspec.structs.replace(begun, next_seq=next_seq, whole_bytes=whole_bytes, mark=mark, fault=fault)

    def _lines(self, segment: Segment, start: int, *, is_last: bool) -> Iterator[list[bytes]]:
        """Whole lines, some at a time, with a rest after each as long as the reading took."""
        rest = b""
        began_s = time.thread_time()
        for chunk in chunks(segment, CHUNK_BYTES, start=start):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                raise CorruptJournal(f"{segment.path.name} has more than {MAX_LINE_BYTES} bytes without an end of line")
            if lines:
                yield lines
            if self._stop is not None:
                self._stop.wait(time.thread_time() - began_s)
                began_s = time.thread_time()
        if rest and not is_last:
            raise CorruptJournal(f"{segment.path.name} has {len(rest)} bytes after its last line, and another segment follows")

    def _standing(self, stream: Stream, segments: Sequence[Segment]) -> Audited:
        """What is known of one journal: its first fault is what is broken, then what is gone, then what does not follow."""
        read = self._read[stream]
        there = {segment.name for segment in segments}
        broken = (read[each.name].fault for each in segments if each.name in read)
        gone = (self._gone(name, each) for name, each in read.items() if name not in there and each.next_seq > each.first_seq)
        faults = (fault for faults in (broken, gone, self._holes(stream, segments)) for fault in faults if fault is not None)
        last = read.get(segments[-1].name) if segments else None
        return Audited(segments=len(segments), upto_seq=last.next_seq - 1 if last is not None else None, fault=next(faults, None))

    def _gone(self, name: str, read: Read) -> str:
        return f"records {read.first_seq} to {read.next_seq - 1} are gone: the segment {name} was there and is not any more"

    def _holes(self, stream: Stream, segments: Sequence[Segment]) -> Iterator[str]:
        """Where a segment, read as it is now, does not reach the next one."""
        for one, other in pairwise(segments):
            read = self._read[stream].get(one.name)
            if read is None or read.fault is not None or read.next_seq == other.first_seq:
                continue
            with contextlib.suppress(FileNotFoundError):
                if read.is_of(one, one.path.lstat()):
                    yield f"record {read.next_seq} is missing: {one.name} ends before it, {other.name} begins with {other.first_seq}"

    def _tell(self, audits: Audits, *, has_read: bool) -> Audits:
        """Write what is new; a disk that refuses is told of by the disk's own condition."""
        told = self._told
        with contextlib.suppress(StoreError):
            if told is None or told.streams != audits.streams or not 0 <= audits.at_us - told.at_us < TELL_US:
                replace(self._watch / NAME, msgspec.json.encode(audits))
                self._told = audits
            if has_read:
                replace(self._watch / MEMORY, msgspec.json.encode(Memory(streams=self._read)))
        return audits


def going_on(before: Read | None, segment: Segment, status: os.stat_result, *, now_us: int) -> Read:
    """Where to read from: on from the last whole line of an open segment that only grew, else from the beginning."""
    fresh = Read(
        first_seq=segment.first_seq,
        packed=segment.packed,
        size_bytes=status.st_size,
        mtime_us=status.st_mtime_ns // 1_000,
        at_us=now_us,
        tried_us=now_us,
        next_seq=segment.first_seq,
    )
    if before is None or before.packed or segment.packed or before.fault is not None or status.st_size < before.whole_bytes:
        return fresh
    if not 0 <= now_us - before.at_us < AGAIN_US:
        return fresh
    return msgspec.structs.replace(fresh, at_us=before.at_us, next_seq=before.next_seq, whole_bytes=before.whole_bytes, mark=before.mark)


def remembered(watch: Path) -> Memory:
    """What was read before; nothing where that cannot be read, and then everything is read again."""
    try:
        return msgspec.json.decode(look(watch / MEMORY, MEMORY_BYTES).content or b"{}", type=Memory)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return Memory()
