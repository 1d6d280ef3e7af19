"""The journals of a running executor as of one moment: every sealed segment, and of the open ones what is whole.

The open segments are cut within an instant, positions before orders before ticks: the executor writes them the other way round, so that
nothing in the copy speaks of what is not in it. Sealed ones are taken newest first: the executor prunes the oldest, so that no hole comes
of what it removes meanwhile.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from executor.errors import CorruptJournal
from executor.journal.decoding import first_broken
from executor.journal.recovery import proof_of_damage, valid_prefix
from executor.journal.segments import HEADER_BYTES, MOST_UNPACKED, PLAUSIBLE_BYTES, Segment, listed, opened
from executor.records.streams import STREAMS, Stream
from hedge_assets.backups.shapes import FORBIDDEN, Range, unread


@dataclass(frozen=True)
class Copy:
    """One segment as it goes into a backup. `content` are the bytes of the file, `last_seq` its last whole record; `fault` says what is
    damaged in it, null when nothing is. `boot` is the line of the newest boot record in it, null where there is none."""

    stream: Stream
    segment: Segment
    content: bytes
    last_seq: int
    fault: str | None = None
    boot: bytes | None = None

    @property
    def path(self) -> str:
        """Where it lies under the data root."""
        return f"raw/{self.stream}/{self.segment.path.name}"


@dataclass(frozen=True)
class Cut:
    """One journal at the moment of the cut: its sealed segments, oldest first, and its open one with the bytes that were there."""

    stream: Stream
    sealed: tuple[Segment, ...]
    open: Segment | None
    file: BinaryIO | None
    size: int


@contextmanager
def cut_now(raw: Path) -> Iterator[list[Cut]]:
    """All three journals at one moment, ticks first."""
    with ExitStack() as kept:
        found = {stream: _cut(raw, stream, kept) for stream in reversed(STREAMS)}
        yield [found[stream] for stream in STREAMS]


def _cut(raw: Path, stream: Stream, kept: ExitStack) -> Cut:
    while True:
        segments = _listed(raw / stream)
        newest = segments[-1] if segments else None
        if newest is None or newest.packed:
            return Cut(stream, tuple(segments), None, None, 0)
        try:
            file = kept.enter_context(opened(newest.path))
        except FileNotFoundError:  # sealed and packed since it was listed
            continue
        except CorruptJournal:  # it is told where it is read
            return Cut(stream, tuple(segments), None, None, 0)
        except OSError as error:
            raise unread(newest.path, error) from error
        return Cut(stream, tuple(segments[:-1]), newest, file, os.fstat(file.fileno()).st_size)


def _listed(folder: Path) -> list[Segment]:
    try:
        return listed(folder)
    except OSError as error:
        raise unread(folder, error) from error


def reach(cut: Cut, take: Callable[[Copy], None]) -> tuple[Range, list[str]]:
    """Hand over every segment of one journal, newest first; which records those are, and what is damaged, in words."""
    first_seq = last_seq = 0
    faults = []
    for copy in copies(cut):
        if copy.fault is not None:
            faults.append(copy.fault)
        elif first_seq and copy.last_seq + 1 != first_seq:
            faults.append(f"raw/{cut.stream} record {copy.last_seq + 1} is missing: {copy.segment.path.name} ends before it")
        if copy.content:
            take(copy)
            last_seq = last_seq or copy.last_seq
            first_seq = copy.segment.first_seq
    return Range(first_seq, last_seq), faults


def copies(cut: Cut) -> Iterator[Copy]:
    """Every segment of one journal, newest first, each read and its lines checked."""
    if cut.open is not None and cut.file is not None:
        yield open_copy(cut)
    for segment in reversed(cut.sealed):
        try:
            found = current(segment)
        except CorruptJournal as error:
            yield Copy(cut.stream, segment, b"", segment.first_seq - 1, str(error))
            continue
        if found is None:
            return  # pruned meanwhile, and so is everything older
        yield sealed_copy(cut.stream, *found)


def open_copy(cut: Cut) -> Copy:
    """What is whole of the segment that is written to, a line in the making is not told. Damage that committed records follow is taken as
    it is: without them the journal would look whole, and whoever goes on would give their numbers away again."""
    assert cut.open is not None
    assert cut.file is not None
    try:
        data = os.pread(cut.file.fileno(), cut.size, 0)
    except OSError as error:
        return Copy(cut.stream, cut.open, b"", cut.open.first_seq - 1, f"{cut.open.path} cannot be read ({error.strerror})")
    good, last_seq = valid_prefix(data, cut.open.first_seq)
    proof = proof_of_damage(data[good:], last_seq + 1)
    fault = None if proof is None else f"raw/{cut.stream} record {last_seq + 1} in {cut.open.path.name} is missing or broken"
    kept = data[:good] if proof is None else data
    return Copy(cut.stream, cut.open, kept, last_seq, fault, newest_boot(kept) if cut.stream == "orders" else None)


def current(segment: Segment) -> tuple[Segment, bytes] | None:
    """A sealed segment in the form it lies in now, with its bytes; null once it was pruned. Raises `BackupRefused` where nobody may read
    it, `CorruptJournal` where it is damaged."""
    folder, name = segment.folder, segment.name
    for packed in (segment.packed, True, False):
        form = Segment(segment.first_seq, name, folder, packed)
        try:
            with opened(form.path) as file:
                return form, file.read()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in FORBIDDEN:
                raise unread(form.path, error) from error
            raise CorruptJournal(f"{form.path} cannot be read ({error.strerror}); look at its disk") from error
    return None


def sealed_copy(stream: Stream, segment: Segment, content: bytes) -> Copy:
    """A sealed segment, whose every line must be whole."""
    try:
        data = lines_of(segment, content)
    except CorruptJournal as error:
        return Copy(stream, segment, content, segment.first_seq - 1, str(error))
    *lines, rest = data.split(b"\n")
    broken = first_broken(lines, segment.first_seq)
    last_seq = segment.first_seq + len(lines) - 1 if broken is None else broken - 1
    fault = None if broken is None and not rest else f"raw/{stream} record {last_seq + 1} in {segment.path.name} is missing or broken"
    return Copy(stream, segment, content, last_seq, fault, newest_boot(data) if stream == "orders" else None)


def lines_of(segment: Segment, content: bytes) -> bytes:
    """The lines in the bytes of a segment's file; what claims to be more than lines can be made small to is not unpacked."""
    if not segment.packed:
        return content
    try:
        claimed = zstandard.get_frame_parameters(content[:HEADER_BYTES]).content_size
        if claimed > max(PLAUSIBLE_BYTES, MOST_UNPACKED * len(content)):
            raise CorruptJournal(f"{segment.path} claims to be {claimed} bytes; restore this file from a backup")
        return zstandard.ZstdDecompressor().decompress(content)
    except zstandard.ZstdError as error:
        raise CorruptJournal(f"{segment.path} does not decompress ({error}); restore this file from a backup") from error


def newest_boot(lines: bytes) -> bytes | None:
    """The line of the newest boot record among some lines; null where there is none."""
    at = lines.rfind(b'{"kind":"boot"')
    return None if at < 0 or (at > 0 and lines[at - 1 : at] != b"\n") else lines[at : lines.find(b"\n", at)]
