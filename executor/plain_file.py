"""Small files that anybody may have touched: read and written only where a plain file lies, never followed, never waited for."""

import errno
import os
import stat
from pathlib import Path

GUARDED = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
IN_THE_WAY = "in_the_way"


def read_plain(path: Path, max_bytes: int, *, grows: bool = True) -> bytes:
    """All of a plain file. Raises `OSError` for what is no plain file, larger than that, or, unless it `grows`, grew meanwhile."""
    handle = os.open(path, os.O_RDONLY | GUARDED)
    try:
        refuse_other(handle, path)
        size = os.fstat(handle).st_size
        content = os.read(handle, size + 1) if size <= max_bytes else b""
    finally:
        os.close(handle)
    if max(size, len(content)) > max_bytes:
        raise OSError(errno.EFBIG, f"it has more than {max_bytes} bytes", str(path))
    if len(content) > size and not grows:
        raise OSError(errno.EBUSY, "it grew while it was read", str(path))
    return content


def write_plain(path: Path, content: bytes) -> None:
    """Put a few bytes into a plain file, as they are and not flushed. Raises `OSError` where something else lies."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | GUARDED, 0o640)
    try:
        refuse_other(handle, path)
        os.truncate(handle, 0)
        os.write(handle, content)
    finally:
        os.close(handle)


def clear_way(path: Path, now_us: int) -> None:
    """Move aside what lies under the name and is no plain file, never what it points at. Raises `OSError`."""
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        path.rename(path.with_name(f"{path.name}.{now_us}.{IN_THE_WAY}"))


def refuse_other(handle: int, path: Path) -> None:
    """Raise `OSError` for a pipe, a device or a folder."""
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
