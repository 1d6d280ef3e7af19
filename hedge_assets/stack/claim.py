"""One `hedge up` for one data root: a lock on its run folder, held while it runs."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from executor.errors import LockError, SettingsError


@contextlib.contextmanager
def claim(root: Path) -> Iterator[Path]:
    """Hold the data root's run folder. Raises `LockError` while another holds it, `SettingsError` when it cannot be made."""
    folder = root / "run"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SettingsError(f"data directory {root} cannot be used ({error.strerror}); name a writable one with --data") from error
    try:
        _lock(handle, root)
        yield folder
    finally:
        os.close(handle)


def _lock(handle: int, root: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockError(f"{root} is run by another `hedge up`; stop that one (Ctrl-C there) or name another --data") from None
