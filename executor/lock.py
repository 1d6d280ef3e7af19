"""One executor for one data directory: a lock on the directory itself, held for the life of the process."""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from executor.errors import LockError, SettingsError
from executor.plain_file import read_plain, write_plain

OWNER = "owner.pid"
OWNER_BYTES = 64
TRIES = 21


def take_lock(raw: Path) -> int:
    """Lock the directory and say who did; returns the descriptor that holds it (never inherited, never closed)."""
    try:
        raw.mkdir(parents=True, exist_ok=True, mode=0o750)
        handle = os.open(raw, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SettingsError(f"data directory {raw.parent} cannot be used ({error.strerror}); name a writable one with --data") from error
    if not is_taken(handle):
        os.close(handle)
        raise _held(raw)
    with contextlib.suppress(OSError):  # a courtesy to the next one; a full disk is told of by the journals
        write_plain(raw / OWNER, f"{os.getpid()}\n".encode())
    return handle


def refuse_another(raw: Path) -> None:
    """Raise `LockError` where another executor holds the directory; takes nothing."""
    if is_held(raw):
        raise _held(raw)


def _held(raw: Path) -> LockError:
    return LockError(f"{raw} is held by another executor (pid {owner_of(raw)}); stop that one or use another --data")


def is_taken(handle: int) -> bool:
    """Whether the lock could be taken; tried for two seconds, since `hedge status` may look at it for a moment."""
    for attempt in range(TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt < TRIES - 1:
                time.sleep(0.1)
        else:
            return True
    return False


def owner_of(raw: Path) -> str:
    """The process id that last took the lock, as text; `unknown` when it did not say."""
    try:
        return read_plain(raw / OWNER, OWNER_BYTES).decode("ascii").strip() or "unknown"
    except (OSError, UnicodeDecodeError):
        return "unknown"


def is_held(raw: Path) -> bool:
    """Whether some process holds the lock; taken for a moment to find out, never kept."""
    try:
        handle = os.open(raw, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
