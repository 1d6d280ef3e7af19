"""One process of a kind for one folder: a lock on the folder itself, held for the life of the process."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from executor.errors import LockError, SettingsError

TRY_S = 0.1


@contextlib.contextmanager
def held(folder: Path, refusal: str, *, tries: int = 1) -> Iterator[Path]:
    """Hold a folder, made if need be; with several `tries` one that is just ending is waited for.

    Raises `LockError` with the `refusal` while another holds it, `SettingsError` when it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be used ({error.strerror}); name a writable data root with --data") from error
    try:
        if not any(_taken(handle, attempt) for attempt in range(tries)):
            raise LockError(refusal)
        yield folder
    finally:
        os.close(handle)


def _taken(handle: int, attempt: int) -> bool:
    if attempt:
        time.sleep(TRY_S)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
