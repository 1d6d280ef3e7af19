"""What a service says of itself every second, whether or not its work goes on: one small file, replaced whole.

The executor's is `raw/pulse.json`, Dagster's `tables/pulse.json`, the watch's `watch/pulse.json`: each service
writes where it writes already. Nothing is decided from a pulse; the judge compares it with the work's own traces.
"""

import contextlib
import os
import stat
from pathlib import Path

import msgspec

from executor.clock import Clock
from executor.plain_file import GUARDED, clear_way

NAME = "pulse.json"
REMEMBERED = 20
MOST_BYTES = 256 * 1024


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """One service at one moment. Times are microseconds UTC by its own clock.

    `every_s` is how often it promises to beat. `turns` counts completed turns of its real work (loops, sensor
    ticks, looks), the newest at `turned_us`, null before the first. `crashes_us` are the newest starts that found
    a life before them which had not ended well. `ended` says why it ended, null while it runs or when it was cut off.
    `note` holds a service's own few figures.
    """

    service: str
    pid: int
    at_us: int
    started_us: int
    every_s: float = 1.0
    turns: int = 0
    turned_us: int | None = None
    turn_due_s: float = 1.0
    crashes_us: tuple[int, ...] = ()
    ended: str | None = None
    account: str | None = None
    flags: dict[str, str] = {}
    versions: dict[str, str] = {}
    metrics_port: int | None = None
    note: dict[str, float | int | str | None] = {}


def write_pulse(folder: Path, pulse: Pulse, clock: Clock | None = None) -> None:
    """Replace the pulse of this folder; a disk that refuses is told of by whoever depends on it, not here.

    What is no plain file under one of its names is moved aside, and never waited for. With a `clock` the pulse is of the moment in which it
    is written: a disk that stood still before must not look like a clock that differs from the kernel's.
    """
    beside = folder / f".{NAME}.new"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        for path in (beside, folder / NAME):
            clear_way(path, pulse.at_us)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | GUARDED, 0o640)
        with os.fdopen(handle, "wb") as file:
            now = pulse if clock is None else msgspec.structs.replace(pulse, at_us=clock.now_us())
            file.write(msgspec.json.encode(now))
        beside.replace(folder / NAME)


def read_pulse(folder: Path) -> Pulse | None:
    """The pulse in this folder as its own service reads it at its next start; null where there is none that can be read."""
    try:
        handle = os.open(folder / NAME, os.O_RDONLY | GUARDED)
    except OSError:
        return None
    try:
        content = os.read(handle, MOST_BYTES + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
        return msgspec.json.decode(content, type=Pulse)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    finally:
        os.close(handle)


def crashes_upto(before: Pulse | None, now_us: int) -> tuple[int, ...]:
    """The crashes that a start at `now_us` must remember: those before it, and this one if the life before was cut off."""
    if before is None:
        return ()
    known = before.crashes_us if before.ended is not None else (*before.crashes_us, now_us)
    return known[-REMEMBERED:]
