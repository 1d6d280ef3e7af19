"""Where cassettes lie: one folder a life of the executor, numbered files in it; written once, read by everybody, pruned oldest first.

cassettes/20261122T101500Z-0007/000001.cassette.zst
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from executor.errors import LockError, SettingsError, UnreadableCassette
from executor.wire.cassettes.lines import FORMAT, MAGIC

SUFFIX = ".cassette.zst"
LEVEL = 3
PIECE = 1 << 20
LONGEST_LINE = 256 * 1024 * 1024
"""No answer is read that is larger than a quarter of this."""
DAY_S = 86_400.0
RESERVE_BYTES = 256 * 1024 * 1024
"""So much of a disk is left to the journals: no recording is worth an order that cannot be written down."""


def life_folder(folder: Path, ts_us: int, boot: str) -> Path:
    """Where the cassette of a life that began then lies."""
    return folder / f"{datetime.fromtimestamp(ts_us / 1e6, UTC):%Y%m%dT%H%M%SZ}-{boot}"


def claimed(folder: Path, cure: str) -> int:
    """Make the folder of all cassettes and lock it; gives the descriptor that holds the lock. Refuses what cannot be written to, and a
    folder that another executor records into."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if not os.access(folder, os.W_OK | os.X_OK):
            os.close(handle)
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise SettingsError(f"cassettes go to {folder}, it cannot be written ({error.strerror}); {cure}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise LockError(f"cassettes go to {folder}, another executor records there; {cure}") from error
    return handle


class Reel:
    """One file being written. Every call may raise `OSError`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        self.path = path
        self._file: BinaryIO = os.fdopen(handle, "wb", 0)
        self._packed: Any = zstandard.ZstdCompressor(level=LEVEL).stream_writer(self._file, closefd=False)
        self._packed.write(MAGIC + str(FORMAT).encode() + b"\n")

    @property
    def size_bytes(self) -> int:
        """How large the file is by now."""
        return self._file.tell()

    def write(self, content: bytes) -> None:
        """Put whole lines in, so that they can be read whatever becomes of this process."""
        self._packed.write(content)
        self._packed.flush(zstandard.FLUSH_BLOCK)

    def close(self) -> None:
        """End it."""
        try:
            self._packed.close()
        finally:
            self._file.close()


def room_problem(folder: Path) -> str:
    """Why nothing more may be put on the disk of a folder; empty where it may."""
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    return "" if free >= RESERVE_BYTES else f"{free >> 20} MiB are free on the disk, the last {RESERVE_BYTES >> 20} are the journals'"


def prune(folder: Path, most_bytes: int, most_days: float, keep: Path | None = None) -> None:
    """Remove the oldest files of all lives beyond so many bytes and days, but never `keep`. Raises `OSError`."""
    found = list(_sizes(folder))
    total = sum(stat.st_size for _, stat in found)
    for path, stat in found:
        if path == keep:
            continue
        if total > most_bytes or stat.st_mtime < time.time() - most_days * DAY_S:
            path.unlink(missing_ok=True)  # somebody else may have made room
            total -= stat.st_size
            with contextlib.suppress(OSError):  # not empty
                path.parent.rmdir()


def _sizes(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        with contextlib.suppress(FileNotFoundError):
            yield path, path.stat()


def is_cassette(path: Path) -> bool:
    """Whether a path is a file of a cassette, or a folder that holds some, itself or one below it."""
    if path.is_dir():
        return any(path.glob(f"*{SUFFIX}")) or any(path.glob(f"*/*{SUFFIX}"))
    return path.name.endswith(SUFFIX)


def files_at(path: Path) -> list[Path]:
    """The files of one cassette, oldest first; refuses a path that has none, or several lives."""
    if not path.is_dir():
        if not path.exists():
            raise UnreadableCassette(f"cassette {path} does not exist; name a file or folder of one, as under cassettes/ of a data root")
        return [path]
    if files := sorted(path.glob(f"*{SUFFIX}")):
        return files
    lives = sorted({file.parent for file in path.glob(f"*/*{SUFFIX}")})
    if len(lives) == 1:
        return sorted(lives[0].glob(f"*{SUFFIX}"))
    names = ", ".join(one.name for one in lives[-3:])
    what = (
        f"holds {len(lives)} cassettes, one is played; name one of them ({names})"
        if lives
        else f"holds no file *{SUFFIX}; name one that does"
    )
    raise UnreadableCassette(f"cassette {path} {what}")


def raw_lines(path: Path) -> Iterator[bytes]:
    """The lines of one file behind its first; what a crash cut off at the end is left out. Raises `UnreadableCassette`."""
    rest, number = b"", 0
    try:
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as unpacked:
            while piece := unpacked.read(PIECE):
                *whole, rest = (rest + piece).split(b"\n")
                if len(rest) > LONGEST_LINE:
                    raise UnreadableCassette(
                        f"cassette {path} has a line of more than {LONGEST_LINE >> 20} MiB, none is; name another file"
                    )
                for line in whole:
                    if number == 0:
                        _refuse_other(path, line)
                    else:
                        yield line
                    number += 1
    except OSError as error:
        raise UnreadableCassette(f"cassette {path} cannot be read ({error.strerror}); check its permissions") from error
    except zstandard.ZstdError as error:
        raise UnreadableCassette(f"cassette {path} is damaged behind line {number} ({error}); play the files before it alone") from error


def _refuse_other(path: Path, first: bytes) -> None:
    """Refuse what is no cassette, or one of a form that is not known here."""
    told = first.removeprefix(MAGIC)
    if told == first or not told.isdigit():
        raise UnreadableCassette(f"{path} begins with {first[:40]!r}, a cassette begins with {MAGIC.decode()!r}; name another file")
    if int(told) > FORMAT:
        raise UnreadableCassette(
            f"cassette {path} has format {int(told)}, this version reads up to {FORMAT}; use the version that wrote it"
        )
