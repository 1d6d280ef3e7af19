"""Which files a stream's journal is made of, and how a finished one is compressed.

`raw/<stream>/<first seq, 12 digits>-<YYYYMMDDTHH of the first record, UTC>.jsonl`, `.jsonl.zst` once sealed.
"""

import errno
import functools
import os
import re
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import zstandard

from executor.errors import CorruptJournal

PLAIN = ".jsonl"
PACKED = ".jsonl.zst"
HALF_MADE = ".tmp"
NAMED = re.compile(r"(?P<name>(?P<first>\d{12,})-(?P<hour>\d{8}T\d{2}))(?P<kind>\.jsonl|\.jsonl\.zst)")
LEVEL = 3
HEADER_BYTES = 18
PLAUSIBLE_BYTES = 64 * 1024 * 1024
MOST_UNPACKED = 200
"""A checksum of each line does not compress: no journal was ever packed to a two-hundredth."""
NO_FILE = (errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENOTDIR)
AWAY = "move it away, and restore the segment from a backup if there was one"


class Segment(msgspec.Struct, frozen=True):
    """One file of a journal. `first_seq` is the sequence number of its first record."""

    first_seq: int
    name: str
    folder: Path
    packed: bool

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / f"{self.name}{PACKED if self.packed else PLAIN}"

    @property
    def hour(self) -> datetime:
        """The UTC hour of its first record."""
        return datetime.strptime(self.name.partition("-")[2], "%Y%m%dT%H").replace(tzinfo=UTC)


def segment_name(first_seq: int, ts_us: int) -> str:
    """The name, without ending, of the segment that begins with this record."""
    return f"{first_seq:012d}-{datetime.fromtimestamp(ts_us // 1_000_000, UTC):%Y%m%dT%H}"


def listed(folder: Path) -> list[Segment]:
    """All segments by sequence, each once: packed where both forms are there, for packing ends with a rename."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - thousands of names, looked at several times a refresh
    except FileNotFoundError:
        return []
    found = {segment.name: segment for file in names if (segment := segment_of(folder, file)) is not None}
    return sorted(found.values(), key=lambda segment: segment.first_seq)


@functools.lru_cache(maxsize=16_384)
def segment_of(folder: Path, file: str) -> Segment | None:
    """The segment that a file's name says it is; null for any other file."""
    match = NAMED.fullmatch(file)
    return Segment(int(match["first"]), match["name"], folder, match["kind"] == PACKED) if match else None


def opened(path: Path) -> BinaryIO:
    """A segment's file for reading. What only bears the name of one is refused unread: a link, a pipe, a folder."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as fault:
        if fault.errno in NO_FILE:
            raise CorruptJournal(f"{path} is no plain file ({fault.strerror}); {AWAY}") from fault
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise CorruptJournal(f"{path} is no plain file; {AWAY}")
    return os.fdopen(handle, "rb")


def plausible(file: BinaryIO, path: Path) -> BinaryIO:
    """The same file, having seen that it does not claim to hold more than lines with checksums can be made small to."""
    size = os.fstat(file.fileno()).st_size
    try:
        claimed = zstandard.get_frame_parameters(file.read(HEADER_BYTES)).content_size
    except zstandard.ZstdError as fault:
        raise damaged(path, size, fault) from fault
    if claimed > max(PLAUSIBLE_BYTES, MOST_UNPACKED * size):
        raise damaged(path, size, f"they claim to be {claimed}")
    file.seek(0)
    return file


def unpacked(path: Path) -> bytes:
    """The lines of a packed segment."""
    with opened(path) as file:
        data = plausible(file, path).read()
    try:
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as fault:
        raise damaged(path, len(data), fault) from fault


def chunks(segment: Segment, size: int, *, start: int = 0) -> Iterator[bytes]:
    """The bytes of a segment's lines, so many at a time: never more than that in memory, whatever the file claims to hold.

    A plain segment is read from byte `start`, a packed one from its beginning.
    """
    with opened(segment.path) as file:
        file.seek(0 if segment.packed else start)
        source: Any = zstandard.ZstdDecompressor().stream_reader(plausible(file, segment.path)) if segment.packed else file
        try:
            while chunk := source.read(size):
                yield chunk
        except zstandard.ZstdError as fault:
            raise damaged(segment.path, os.fstat(file.fileno()).st_size, fault) from fault


def damaged(path: Path, size: int, why: object) -> CorruptJournal:
    """In words, that a packed segment cannot be unpacked."""
    return CorruptJournal(
        f"journal segment damaged: {path} holds {size} bytes that do not decompress ({why}); "
        "restore this file from a backup, or move the data directory aside"
    )


def content(segment: Segment) -> bytes:
    """Every byte of a segment's lines."""
    if segment.packed:
        return unpacked(segment.path)
    with opened(segment.path) as file:
        return file.read()


def pack(plain: Path, *, sync: bool) -> Path:
    """Compress a sealed segment beside itself, then remove the plain one; at no moment is neither there."""
    packed = plain.with_suffix(PACKED)
    half_made = plain.with_suffix(HALF_MADE)
    compressed = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(plain.read_bytes())
    fd = os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        written_whole(fd, compressed)
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)
    half_made.rename(packed)
    if sync:
        sync_folder(plain.parent)
    plain.unlink()
    return packed


def written_whole(fd: int, data: bytes) -> None:
    """Write all of it: a short write is followed up, so that its cause raises."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_folder(folder: Path) -> None:
    """Make a created, renamed or removed name durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def made_private(folders: Iterable[Path]) -> None:
    """Make folders that only their owner may enter, durably; those that are there stay as they are."""
    for folder in folders:
        if not folder.is_dir():
            folder.mkdir(mode=0o750, parents=True)
            sync_folder(folder.parent)
