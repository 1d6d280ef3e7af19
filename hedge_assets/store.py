"""The disk's two doors for state files: look at one without trusting it, and replace one whole.

Whatever lies under the name, looking never blocks, follows no link, reads no more than it may and raises
nothing. The descriptor is opened before the size is asked, so a file replaced meanwhile is never torn.
"""

import contextlib
import os
import stat
from pathlib import Path

from executor.errors import HedgeError
from hedge_assets.health.evidence import FileFacts, FileKind

FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
KINDS: dict[int, FileKind] = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}


class StoreError(HedgeError):
    """A state file could not be written; the old one stays."""


def look(path: Path, max_bytes: int) -> FileFacts:
    """The facts of one file, as of one open."""
    try:
        before = os.lstat(path)
    except FileNotFoundError:
        return FileFacts("absent")
    except OSError as error:
        return FileFacts("unreadable", detail=error.strerror or "error")
    kind = KINDS.get(stat.S_IFMT(before.st_mode), "special")
    if kind != "file":  # never opened: a device may act on being opened
        return FileFacts(kind, mtime_us=before.st_mtime_ns // 1_000, detail=stat.filemode(before.st_mode))
    try:
        handle = os.open(path, FLAGS)
    except FileNotFoundError:
        return FileFacts("absent")
    except OSError as error:
        return FileFacts("unreadable", detail=error.strerror or "error")
    try:
        return _read(handle, max_bytes)
    except OSError as error:
        return FileFacts("unreadable", detail=error.strerror or "error")
    finally:
        os.close(handle)


def _read(handle: int, max_bytes: int) -> FileFacts:
    known = os.fstat(handle)
    size, mtime_us = known.st_size, known.st_mtime_ns // 1_000
    if not stat.S_ISREG(known.st_mode):
        return FileFacts(KINDS.get(stat.S_IFMT(known.st_mode), "special"), detail=stat.filemode(known.st_mode))
    if size > max_bytes:
        return FileFacts("too_large", size_bytes=size, mtime_us=mtime_us)
    with os.fdopen(os.dup(handle), "rb") as file:
        content = file.read(size + 1)  # not more: so much memory is taken at once, whether it is filled or not
        if len(content) > size:
            content += file.read(max_bytes - size)
    if len(content) > max_bytes:
        return FileFacts("too_large", size_bytes=len(content), mtime_us=mtime_us)
    return FileFacts("file", content=content, size_bytes=len(content), mtime_us=mtime_us)


def replace(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put a file under its name, whole and durable: written beside, fsynced, renamed. Its group may read it where the umask lets it.

    What can be made again from the journals, and says itself whether it is whole, need not be `durable`: it is not waited for.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        _write(beside, content, durable=durable)
        beside.replace(path)
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise StoreError(f"{path} cannot be written ({error.strerror}); free the name, space or permission, the old file stays") from error


def _write(path: Path, content: bytes, *, durable: bool) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
