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


@contextlib.contextmanager
def held_alone(folder: Path, refusal: str) -> Iterator[Path]:
    """Hold a folder that its holder fills, empties and may take away: the caller's own, which nobody else may enter, never a link.

    Raises `LockError` with the `refusal` while another holds it, `SettingsError` for what is no such folder.
    """
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and folder.parent.is_dir():
            raise LockError(refusal) from error  # taken away by who held it, since it was made
        why = "it is a link" if folder.is_symlink() else error.strerror
        raise SettingsError(f"{folder} cannot be filled ({why}); look at what it is and move it away, then try again") from error
    try:
        owner, caller = os.fstat(handle).st_uid, os.geteuid()
        if owner != caller:
            raise SettingsError(f"{folder} cannot be filled (it is uid {owner}'s, this is uid {caller}); look at it and move it away")
        if not is_taken(handle) or not _is_there(folder, handle):
            raise LockError(refusal)
        os.fchmod(handle, 0o700)
        yield folder
    finally:
        os.close(handle)


def _is_there(folder: Path, handle: int) -> bool:
    """Whether what is held still bears the name: who held it before may have taken it away."""
    try:
        return os.path.samestat(folder.lstat(), os.fstat(handle))
    except OSError:
        return False


def _taken(handle: int, attempt: int) -> bool:
    if attempt:
        time.sleep(TRY_S)
    return is_taken(handle)


def is_taken(handle: int) -> bool:
    """Whether what is open could be taken, to be let go with it: nobody else has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
