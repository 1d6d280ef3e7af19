"""What each refresh was told, so that its files can be made again byte for byte: `tables/runs.jsonl`, one line a refresh.

A file of runs that is full becomes `runs.1.jsonl`, whose place the next one takes: together they hold at most twice
`MOST_BYTES`, some ten thousand refreshes. Settings and flags are told whole where they changed, and at the top of a file.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from executor.errors import SettingsError
from executor.flags import Flags, read_flags
from executor.plain_file import GUARDED, read_plain, refuse_other
from hedge_assets.refreshing.building import Basket, settings_version
from hedge_assets.settings import Telemetry

FILE = "runs.jsonl"
OLDER = "runs.1.jsonl"
MOST_BYTES = 4 * 1024 * 1024
LINE_BYTES = 64 * 1024


class Wrote(msgspec.Struct, frozen=True, array_like=True):
    """One file of a refresh: when it was written, when the machine was looked at for it, and the name its content gives itself, if any."""

    written_us: int
    looked_us: int
    version: str | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refresh. `inputs` are the ranges of raw records by journal (`1..2569`).

    Settings and flags are left out of a line where the one before had the same.
    """

    as_of_us: int
    clock: Literal["wall", "feed"]
    inputs: dict[str, str]
    code_version: str
    telemetry_version: str
    flags_version: str
    states: dict[str, Wrote]
    telemetry: dict[str, Any] | None = None
    flags: dict[str, str] | None = None

    def settings(self) -> Telemetry | None:
        """The telemetry settings in force; null where this version does not know them as they were."""
        try:
            found = msgspec.convert(self.telemetry, type=Telemetry)
        except msgspec.ValidationError:
            return None
        return found if settings_version(found) == self.telemetry_version else None

    def switches(self) -> Flags | None:
        """The flags in force; null where this version does not know them as they were."""
        try:
            found = read_flags(self.flags or {})
        except SettingsError:
            return None
        return found if settings_version(found) == self.flags_version else None


def run_of(basket: Basket, states: dict[str, Wrote]) -> Run:
    """A refresh as it is left to be read."""
    return Run(
        as_of_us=basket.as_of_us,
        clock=basket.clock,
        inputs={each.name: each.version for each in basket.journal_inputs},
        code_version=basket.code_version,
        telemetry_version=settings_version(basket.telemetry),
        flags_version=settings_version(basket.flags),
        states=states,
        telemetry=msgspec.to_builtins(basket.telemetry),
        flags=basket.flags.as_text(),
    )


def note_run(tables: Path, run: Run) -> None:
    """Add a refresh to the record; what cannot be written is missed only by whoever proves its files."""
    with contextlib.suppress(OSError):
        path = tables / FILE
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            path.replace(tables / OLDER)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | GUARDED, 0o640)
        try:
            refuse_other(handle, path)
            os.write(handle, line_after(_end(handle), run))
        finally:
            os.close(handle)


def _end(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    return os.pread(handle, min(size, LINE_BYTES), max(0, size - LINE_BYTES))


def line_after(end: bytes, run: Run) -> bytes:
    """A refresh as a line behind what a file ends with; settings are left out where the last line had the same."""
    *_, last = [b"", *decoded(end)]
    if isinstance(last, Run) and end.endswith(b"\n"):
        same_settings, same_flags = last.telemetry_version == run.telemetry_version, last.flags_version == run.flags_version
        run = msgspec.structs.replace(run, telemetry=None if same_settings else run.telemetry, flags=None if same_flags else run.flags)
    torn = b"\n" if end and not end.endswith(b"\n") else b""
    return torn + msgspec.json.encode(run) + b"\n"


def decoded(content: bytes) -> Iterator[Run]:
    """The refreshes of a file, oldest first; torn lines and those of somebody else are passed over."""
    for line in content.split(b"\n"):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if line:
                yield msgspec.json.decode(line, type=Run)


def read_runs(tables: Path) -> list[Run]:
    """Every refresh there is a record of, oldest first, each with the settings and flags it ran under."""
    found: list[Run] = []
    for name in (OLDER, FILE):
        with contextlib.suppress(OSError):
            found += whole(decoded(read_plain(tables / name, MOST_BYTES + LINE_BYTES)))
    return found


def whole(runs: Iterator[Run]) -> Iterator[Run]:
    """Refreshes with what they left out because the one before had it."""
    known: dict[str, Any] = {}
    for run in runs:
        known.update({name: plain for name, plain in ((run.telemetry_version, run.telemetry), (run.flags_version, run.flags)) if plain})
        yield msgspec.structs.replace(run, telemetry=known.get(run.telemetry_version), flags=known.get(run.flags_version))
