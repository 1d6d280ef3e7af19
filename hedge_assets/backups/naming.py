"""A backup is written beside its name, and gets it once it is whole; a name that is there already is never taken from what bears it."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from executor.errors import LockError
from executor.plain_file import GUARDED
from hedge_assets.backups.shapes import BackupRefused
from hedge_assets.folder_lock import is_taken

HALF_MADE = ".half-backup"


def refuse_name(target: Path, root: Path) -> None:
    """Raise `BackupRefused` for a name that is taken, and for one inside the data root, whatever links lead there."""
    if os.path.lexists(target):
        raise taken(target)
    if Path(os.path.realpath(target.parent)).is_relative_to(os.path.realpath(root)):
        raise BackupRefused(f"{target} lies in {root} and would be lost with it; name a file elsewhere, best on another disk")


def taken(target: Path) -> BackupRefused:
    """In words, that a name is taken."""
    return BackupRefused(f"{target} is there already, a backup is never overwritten; name another file")


@contextmanager
def made_beside(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside the name that it is to get, held against whoever makes the same; gone unless it got its name."""
    sweep(target.parent)
    beside = target.with_name(f".{target.name}{HALF_MADE}")
    handle = os.open(beside, os.O_RDWR | os.O_CREAT | GUARDED, 0o600)
    with os.fdopen(handle, "wb") as file:
        if not is_taken(handle):
            raise LockError(f"{target} is being made by another backup; wait for it")
        file.truncate(0)
        try:
            yield file, beside
        finally:
            beside.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what backups that were killed left lying: half-made archives that nobody holds."""
    for path in folder.glob(f".*{HALF_MADE}"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR | GUARDED)
            try:
                if is_taken(handle):
                    path.unlink()
            finally:
                os.close(handle)


def give_name(beside: Path, target: Path) -> None:
    """Give a whole backup its name in one step. Raises `BackupRefused` where something took the name meanwhile."""
    try:
        os.link(beside, target)  # the hidden name goes with `made_beside`
    except FileExistsError as error:
        raise taken(target) from error
    except OSError as error:  # a file system without links
        if os.path.lexists(target):
            raise taken(target) from error
        beside.rename(target)
