"""Which files of a data root belong into a backup, and how each is got whole while its writer goes on.

What is only a cache (`tables/carry`, `tables/spans`), only about a process (`run/`, pulses, locks), only Dagster's (`dagster/`), or kept
for whoever wonders (`tables/damaged`, `….torn`, cassettes) is left out.
"""

import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from executor.plain_file import GUARDED, refuse_other
from hedge_assets.refreshing.refresh import LOCK, only_one
from hedge_assets.settings import Place
from hedge_assets.tables.catalog import scan
from hedge_assets.tables.parquet import PART

FOLDERS = ("control", "raw", "state", "tables", "watch")
"""The folders whose own files are taken; of `raw` the journals' folders besides, of `tables` the days."""
PASSING = ("pulse.json", "owner.pid", "pruned.json")
"""What is about a process; and how far the journals were pruned, which is taken after them."""
LINES = ".jsonl"
TAIL_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Held:
    """One file, opened: what it held then is what is read, whatever takes its name meanwhile. `path` is relative to the root."""

    path: str
    file: BinaryIO
    size: int


def opened_plain(path: Path) -> io.BufferedReader:
    """A plain file for reading. Raises `OSError` for whatever else bears the name."""
    handle = os.open(path, os.O_RDONLY | GUARDED)
    try:
        refuse_other(handle, path)
    except OSError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


@contextmanager
def held_together(place: Place, left_out: list[str]) -> Iterator[list[Held]]:
    """Every small file of the desk, opened at one moment between two refreshes, so that states and the record of their refreshes agree.

    The checkpoint comes first of what the executor writes, so that the journals, read later, reach at least as far.
    """
    with ExitStack() as kept:
        with ExitStack() as quiet:
            if (place.tables / LOCK).is_file():
                quiet.enter_context(only_one(place.tables))
            found = [held for folder in FOLDERS for held in _own_files(place, folder, left_out, kept)]
        yield found


def _own_files(place: Place, folder: str, left_out: list[str], kept: ExitStack) -> Iterator[Held]:
    for path in sorted((place.root / folder).glob("*")):
        name = path.name
        if name.startswith(".") or name in PASSING or name.endswith((".new", ".in_the_way")) or (path.is_dir() and not path.is_symlink()):
            continue
        told = f"{folder}/{name}"
        try:
            file = kept.enter_context(opened_plain(path))
        except FileNotFoundError:
            continue
        except OSError as error:
            left_out.append(f"{told}: {error.strerror}")
            continue
        size = os.fstat(file.fileno()).st_size
        yield Held(told, file, whole_lines(file, size) if LINES in name else size)


def whole_lines(file: BinaryIO, size: int) -> int:
    """How many of the first bytes of a file are whole lines: who appends to it may be in the middle of one."""
    start = max(0, size - TAIL_BYTES)
    return start + os.pread(file.fileno(), size - start, start).rfind(b"\n") + 1 if size else 0


def day_parts(place: Place) -> Iterator[Path]:
    """The days of every table, oldest first. Each is replaced whole by who makes it, so it may be read at any moment."""
    for table in scan():
        yield from sorted((place.tables / table.name).glob(f"day=*/{PART}"))
