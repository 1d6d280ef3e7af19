"""`hedge status`: is every file there, whole and young enough, and is the executor alive; right without Dagster."""

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from executor.clock import WallClock
from executor.errors import HedgeError
from executor.lock import is_held, owner_of
from hedge_assets.catalog import scan
from hedge_assets.document import moment
from hedge_assets.health.judge import seconds_between
from hedge_assets.health.manifest import manifest
from hedge_assets.health.survey import Survey, survey
from hedge_assets.place import place_of
from hedge_assets.settings import Place

PIPE_WIDTH = 180
COLOURS = {"ok": "green", "empty": "cyan", "stale": "yellow", "missing": "red", "invalid": "red"}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def status(data: Path | None, *, as_json: bool) -> None:
    """Judge every file; exit 0 when all are ok or empty, 1 otherwise."""
    place = place_of(os.environ, data)
    if not place.root.is_dir():
        raise HedgeError(f"no data root at {place.root}; start the desk with `make run`, or name another with --data")
    now_us = WallClock().now_us()
    found = survey(place, manifest(scan()), now_us)
    executor = executor_facts(place, found, now_us)
    if as_json:
        click.echo(json.dumps(as_plain(found, executor, place), indent=1))
    else:
        show(found, executor, place)
    sys.exit(0 if found.is_healthy else 1)


def executor_facts(place: Place, found: Survey, now_us: int) -> dict[str, Any]:
    """Whether an executor holds the data root, and how long ago it completed a loop (null if it never did)."""
    beat = found.heartbeat
    end_us = now_us if found.feed_end_us is None else found.feed_end_us
    held = is_held(place.raw)
    return {
        "running": held,
        "pid": owner_of(place.raw) if held else None,
        "heartbeat_age_s": None if beat is None else round(seconds_between(beat.ts_us, end_us), 3),
        "loop": None if beat is None else beat.loop,
        "halted": None if beat is None else beat.halted,
    }


def as_plain(found: Survey, executor: dict[str, Any], place: Place) -> dict[str, Any]:
    """The survey as one JSON object, for programs."""
    return {
        "healthy": found.is_healthy,
        "data": str(place.root),
        "replayed": found.feed_end_us is not None,
        "executor": executor,
        "files": [dataclasses.asdict(verdict) for verdict in found.verdicts],
    }


def show(found: Survey, executor: dict[str, Any], place: Place) -> None:
    """The survey as a table, in colour on a terminal, and what to do about each file that needs it."""
    from rich.console import Console  # noqa: PLC0415 - programs asking for JSON need not wait for it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    table = Table(box=None, pad_edge=False)
    for heading in ("file", "state", "newest fact", "written", "n", "why"):
        table.add_column(heading, justify="right" if heading in ("newest fact", "written", "n") else "left")
    for verdict in found.verdicts:
        word = Text(
            f"{verdict.condition}{' (late)' if verdict.late else ''}", style="yellow" if verdict.late else COLOURS[verdict.condition]
        )
        ages = (age_text(verdict.event_age_s), age_text(verdict.written_age_s))
        table.add_row(Text(verdict.name), word, *ages, "" if verdict.n is None else str(verdict.n), Text(verdict.reason or ""))
    console.print(table)
    for line in closing_lines(found, executor, place):
        console.print(Text(line))


def closing_lines(found: Survey, executor: dict[str, Any], place: Place) -> list[str]:
    """The executor's life, what to do, and the sum."""
    age = age_text(executor["heartbeat_age_s"])
    beat = "no heartbeat yet" if executor["heartbeat_age_s"] is None else f"last loop {age} ago (loop {executor['loop']})"
    alive = f"running (pid {executor['pid']})" if executor["running"] else "not running"
    halted = f", halted: {executor['halted']}" if executor["halted"] else ""
    ill = [verdict for verdict in found.verdicts if not verdict.is_healthy]
    cures = [f"  {verdict.name}: {verdict.cure}" for verdict in ill if verdict.cure]
    end_us = found.feed_end_us
    replayed = [] if end_us is None else [f"replayed data: ages of facts are up to the feed's end, {moment(end_us):%Y-%m-%d %H:%M:%S} UTC"]
    sums = f"{len(found.verdicts) - len(ill)} of {len(found.verdicts)} files are well under {place.root}"
    return ["", f"executor: {alive}, {beat}{halted}", *replayed, *(["to do:", *cures] if cures else []), sums]


def age_text(age_s: float | None) -> str:
    """An age as a person says it; a dash when it is unknown."""
    if age_s is None:
        return "-"
    for size_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(age_s) >= 2 * size_s:
            return f"{age_s / size_s:.0f} {unit}"
    return f"{age_s:.1f} s"
