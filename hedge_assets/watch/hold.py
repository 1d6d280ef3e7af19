"""One watch for one data root: a lock on its folder, held for the life of the process."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from executor.errors import LockError, SettingsError

TRIES = 20
TRY_S = 0.1  # a watch that is just ending is waited for


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[Path]:
    """Hold the watch's folder. Raises `LockError` while another holds it, `SettingsError` when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be used ({error.strerror}); name a writable data root with --data") from error
    try:
        _lock(handle, folder)
        yield folder
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    for attempt in range(TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt == TRIES - 1:
                raise LockError(f"{folder.parent} is watched by another `hedge watch`; stop that one or name another --data") from None
            time.sleep(TRY_S)
        else:
            return
