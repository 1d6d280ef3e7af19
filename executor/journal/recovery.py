"""Where the last run ended: the valid end of a stream's journal, with a torn tail set aside and damage refused.

Rules (research of etcd's and RocksDB's recovery, with `d` added): the longest valid prefix stands. If bytes
remain and any valid record among them knew the missing one to be durable (`d` >= its number), a committed
record is gone: that is damage, kept as it is, copied to `.quarantine`, and refused. Otherwise the rest was
never promised to anybody: it is copied to `.torn` and cut off.
"""

import os
from pathlib import Path

import msgspec

from executor.errors import CorruptJournal
from executor.journal.frame import Marks, Stamp, holds, marks_of
from executor.journal.segments import HALF_MADE, Segment, content, listed, sync_folder, written_whole
from executor.records.streams import Stream


class Tail(msgspec.Struct, frozen=True):
    """The end of a journal. `segment` may be appended to; without one the next record begins its own.

    `size` is in bytes, `first_ts_us` the time of the open segment's first record, `torn_bytes` what was cut off.
    """

    last_seq: int = 0
    segment: Segment | None = None
    size: int = 0
    first_ts_us: int = 0
    torn_bytes: int = 0


def recovered(folder: Path, stream: Stream) -> Tail:
    """Bring a stream's folder to a state that can be appended to, and say where it ends."""
    for half_made in folder.glob(f"*{HALF_MADE}"):
        half_made.unlink()
    torn_bytes = 0
    segments = listed(folder)
    while segments:
        last = segments.pop()
        data = content(last)
        good, last_seq = valid_prefix(data, last.first_seq)
        if good < len(data):
            settle(last, stream, data=data, good=good, hole_seq=last_seq + 1)
            torn_bytes += len(data) - good
        if good:
            continues(segments, last, stream)
            first_ts_us = msgspec.json.decode(data[: data.index(b"\n")], type=Stamp).ts_us
            return Tail(last_seq, None if last.packed else last, good, first_ts_us, torn_bytes)
        last.path.unlink()
        sync_folder(folder)
    return Tail(torn_bytes=torn_bytes)


def valid_prefix(data: bytes, first_seq: int) -> tuple[int, int]:
    """How many bytes of whole records in sequence there are from the start, and the last one's number."""
    lines = data.split(b"\n")
    lines.pop()
    good = 0
    seq = first_seq
    for line in lines:
        if not holds(line, seq):
            break
        good += len(line) + 1
        seq += 1
    return good, seq - 1


def proof_of_damage(rest: bytes, hole_seq: int) -> Marks | None:
    """The first valid record after a hole that knew the missing record to be durable, if there is one."""
    later = (marks_of(line) for line in rest.split(b"\n"))
    return next((marks for marks in later if marks is not None and marks.d >= hole_seq), None)


def settle(segment: Segment, stream: Stream, *, data: bytes, good: int, hole_seq: int) -> None:
    """Decide what the bytes after the valid prefix are: damage raises, a torn tail is set aside and cut off."""
    proof = proof_of_damage(data[good:], hole_seq)
    if segment.packed or proof is not None:
        kept = segment.path.with_name(segment.path.name + ".quarantine")
        keep(kept, data)
        because = "the segment was sealed" if proof is None else f"record {proof.seq} knew it to be durable"
        raise CorruptJournal(
            f"journal damaged: {stream} record {hole_seq} is missing or broken at byte {good} of {segment.path} and {because}; "
            f"a copy is in {kept.name}; restore the segment from a backup, or move the data directory aside"
        )
    keep(segment.path.with_name(segment.path.name + ".torn"), data[good:])
    os.truncate(segment.path, good)
    fd = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    sync_folder(segment.path.parent)


def keep(path: Path, data: bytes) -> None:
    """Keep bytes that are about to be judged or cut off, durably."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        written_whole(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)


def continues(earlier: list[Segment], last: Segment, stream: Stream) -> None:
    """Refuse a journal whose last segment does not follow the one before it."""
    if not earlier:
        return
    before = earlier[-1]
    data = content(before)
    ending = data[data.rfind(b"\n", 0, -1) + 1 : -1] if data.endswith(b"\n") else b""
    marks = marks_of(ending)
    if marks is None or marks.seq + 1 != last.first_seq:
        ends = "is broken at its end" if marks is None else f"ends with {marks.seq}"
        raise CorruptJournal(
            f"journal damaged: {stream} record {last.first_seq - 1} is missing: {before.path} {ends}, "
            f"{last.path.name} begins with {last.first_seq}; restore the segments from a backup, or move the data directory aside"
        )
