"""Which files of a data root belong into a backup, and how each is got whole while its writer goes on.

What is only a cache (`tables/carry`, `tables/spans`), only about a process (`run/`, pulses, locks), only Dagster's (`dagster/`), or kept
for whoever wonders (`tables/damaged`, `….torn`, cassettes) is left out. So is `ship/owner`, the word by which a prefix knows its data root:
a copy that had it could ship to where the old one still does; without it, it is known by its journals.
"""

import contextlib
import errno
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec

from executor.accounts import NAME, root_of
from executor.accounts import TABLE as ACCOUNTS
from executor.plain_file import GUARDED, refuse_other
from hedge_assets.backups.shapes import is_text, unread
from hedge_assets.refreshing.refresh import LOCK, only_one
from hedge_assets.settings import Place
from hedge_assets.tables.catalog import scan
from hedge_assets.tables.parquet import PART

FOLDERS = ("control", "raw", "state", "tables", "watch")
"""The folders whose own files are taken; of `raw` the journals' folders besides, of `tables` the days."""
NEEDED = (ACCOUNTS, "control", "control/wish.json", "raw", "raw/checkpoint.json")
"""Without the standing order a halted desk would trade, without the checkpoint it would stand elsewhere: these are read, or nothing is."""
PASSING = ("pulse.json", "owner.pid", "pruned.json")
"""What is about a process; and how far the journals were pruned, which is taken after them."""
ODD = (errno.ELOOP, errno.ENXIO, errno.EINVAL)
"""What opening a link, a pipe or a folder for a plain file ends with: nothing that a desk writes."""
LINES = ".jsonl"
TAIL_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Held:
    """One file, opened: what it held then is what is read, whatever takes its name meanwhile. `path` is relative to the root."""

    path: str
    file: BinaryIO
    size: int


@dataclass
class Omitted:
    """What lies there and is not taken, in words. `left_out` is nothing that a desk writes; `missed` belongs in and could not be read."""

    left_out: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def note(self, told: str, path: Path, error: OSError) -> None:
        """Note what could not be opened, by its path below the root. Raises `BackupRefused` for what no backup goes without."""
        if told in NEEDED:
            raise unread(path, error) from error
        (self.left_out if error.errno in ODD else self.missed).append(f"{shown(told)}: {error.strerror}")

    def add(self, other: "Omitted", prefix: str) -> None:
        """Take over what was noted of a root that lies below this one."""
        self.left_out += [f"{prefix}{each}" for each in other.left_out]
        self.missed += [f"{prefix}{each}" for each in other.missed]


def shown(name: str) -> str:
    """A file's name as it can be said in a line."""
    return name if name.isprintable() else ascii(name)


def opened_plain(path: Path) -> io.BufferedReader:
    """A plain file for reading. Raises `OSError` for whatever else bears the name."""
    handle = os.open(path, os.O_RDONLY | GUARDED)
    try:
        refuse_other(handle, path)
    except OSError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def opened_or_noted(told: str, path: Path, omitted: Omitted) -> io.BufferedReader | None:
    """The same; null for what is gone, and for what cannot be taken, which is noted."""
    if not is_text(told):
        omitted.left_out.append(f"{shown(told)}: its name is no UTF-8")
        return None
    try:
        return opened_plain(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        omitted.note(told, path, error)
        return None


def entries_of(told: str, folder: Path, omitted: Omitted) -> list[os.DirEntry[str]]:
    """What lies in a folder, by name; nothing where there is none. One that cannot be looked into is noted."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError as error:
        if folder.is_symlink():  # it leads nowhere, as to a disk that is not mounted
            omitted.note(told, folder, error)
    except OSError as error:
        omitted.note(told, folder, error)
    return []


def homes(place: Place, omitted: Omitted) -> list[tuple[str, Place]]:
    """The desk's own folder, under an empty name, and that of each of its accounts."""
    found = [("", place)]
    for entry in entries_of(ACCOUNTS, place.root / ACCOUNTS, omitted):
        told = shown(f"{ACCOUNTS}/{entry.name}")
        if entry.name.startswith("."):
            continue
        if not NAME.fullmatch(entry.name):
            omitted.left_out.append(f"{told}: it is no account's name")
        elif entry.is_symlink():
            omitted.missed.append(f"{told}: it is a link, which is not followed; back up what it leads to by itself")
        elif not entry.is_dir():
            omitted.left_out.append(f"{told}: it is no folder")
        else:
            found.append((entry.name, msgspec.structs.replace(place, root=root_of(place.root, entry.name))))
    return found


@contextmanager
def held_together(place: Place, omitted: Omitted) -> Iterator[list[Held]]:
    """Every small file of the desk, opened at one moment between two refreshes, so that states and the record of their refreshes agree.

    The checkpoint comes first of what the executor writes, so that the journals, read later, reach at least as far.
    """
    with ExitStack() as kept:
        with ExitStack() as quiet:
            if _is_refreshed(place.tables):
                quiet.enter_context(only_one(place.tables))
            found = [held for folder in FOLDERS for held in _own_files(place, folder, omitted, kept)]
        yield found


def _is_refreshed(tables: Path) -> bool:
    with contextlib.suppress(OSError):  # a folder that nobody may enter is told where it is listed
        return (tables / LOCK).is_file()
    return False


def _own_files(place: Place, folder: str, omitted: Omitted, kept: ExitStack) -> Iterator[Held]:
    for entry in entries_of(folder, place.root / folder, omitted):
        name, told = entry.name, f"{folder}/{entry.name}"
        if name.startswith(".") or name in PASSING or name.endswith((".new", ".in_the_way")):
            continue
        if told not in NEEDED and entry.is_dir(follow_symlinks=False):
            continue
        file = opened_or_noted(told, Path(entry.path), omitted)
        if file is None:
            continue
        kept.enter_context(file)
        size = os.fstat(file.fileno()).st_size
        try:
            whole = whole_lines(file, size) if LINES in name else size
        except OSError as error:
            omitted.note(told, Path(entry.path), error)
            continue
        yield Held(told, file, whole)


def whole_lines(file: BinaryIO, size: int) -> int:
    """How many of the first bytes of a file are whole lines: who appends to it may be in the middle of one."""
    start = max(0, size - TAIL_BYTES)
    return start + os.pread(file.fileno(), size - start, start).rfind(b"\n") + 1 if size else 0


def day_parts(place: Place, omitted: Omitted) -> Iterator[Path]:
    """The days of every table, oldest first. Each is replaced whole by who makes it, so it may be read at any moment."""
    for table in scan():
        for entry in entries_of(f"tables/{table.name}", place.tables / table.name, omitted):
            if entry.name.startswith("day="):
                yield Path(entry.path) / PART
