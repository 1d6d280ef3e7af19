"""`hedge status`: is every file there, whole and young enough, and does every service live; right without Dagster."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from executor.accounts import asked
from executor.clock import WallClock
from executor.endings import asked_to_end
from executor.errors import HedgeError
from executor.lock import owner_of
from hedge_assets.catalog import scan, scan_desk
from hedge_assets.cli._board import board, screen
from hedge_assets.cli._service import SERVICES, at_work
from hedge_assets.document import moment
from hedge_assets.health.condition import Condition
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.judge import seconds_between
from hedge_assets.health.manifest import Row, manifest, state_row
from hedge_assets.health.since import Memory
from hedge_assets.health.survey import Survey, survey
from hedge_assets.health.telling import as_plain
from hedge_assets.place import places_of, whole_of
from hedge_assets.settings import Place


@dataclass
class Eye:
    """Looks at one data root, and remembers since when things are as they are."""

    place: Place
    rows: tuple[Row, ...]
    conditions: tuple[Condition, ...]
    memory: Memory = field(default_factory=Memory)

    def look(self) -> Survey:
        """Everything as it is now."""
        return survey(self.place, self.rows, WallClock().now_us(), conditions=self.conditions, memory=self.memory)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table; with --watch one a line.")
@click.option("--watch", "keeps_looking", is_flag=True, help="Look again and again until Ctrl-C; on a pipe, tell what changes.")
@click.option("--service", type=click.Choice(SERVICES), help="Ask only whether this program does its work, for a health check.")
def status(data: Path | None, *, as_json: bool, keeps_looking: bool, service: str | None) -> None:
    """Judge every file and service; exit 0 when nobody need act, 1 otherwise."""
    if service is not None:
        sys.exit(0 if at_work(service, os.environ, data) else 1)
    places = places_of(os.environ, data)
    eyes, whole = [eye_of(place) for place in places], None if asked(None, os.environ) else whole_of(places)
    if whole is not None:
        if keeps_looking:
            raise click.UsageError("--watch looks at one account; name it with --account")
        sys.exit(0 if all_told([*eyes, whole_eye(whole)], as_json=as_json) else 1)
    (eye,), (place,) = eyes, places
    if keeps_looking:
        sys.exit(0 if watch(eye, follower(place, as_json=as_json)).is_healthy else 1)
    found = eye.look()
    if as_json:
        click.echo(json.dumps(as_plain(found, executor_facts(place, found), str(place.root)), indent=1))
    else:
        show(found, place)
    sys.exit(0 if found.is_healthy else 1)


def eye_of(place: Place) -> Eye:
    """An eye on one account; refuses a place where there is nothing."""
    if not place.root.is_dir():
        raise HedgeError(f"no data root at {place.root}; start the desk with `make run`, or name another with --data")
    return Eye(place, manifest(scan()), conditions())


def whole_eye(whole: Place) -> Eye:
    """An eye on the desk's own files."""
    return Eye(whole, tuple(state_row(state) for state in scan_desk()), ())


def all_told(eyes: Sequence[Eye], *, as_json: bool) -> bool:
    """Every account in a line, those that are not well whole; whether all are well."""
    seen = [(eye.place, eye.look()) for eye in eyes]
    if as_json:
        told = {place.account: as_plain(found, executor_facts(place, found), str(place.root)) for place, found in seen}
        click.echo(json.dumps({"healthy": all(found.is_healthy for _, found in seen), "accounts": told}, indent=1))
        return all(found.is_healthy for _, found in seen)
    for place, found in seen:
        well = sum(each.is_healthy for each in found.verdicts)
        click.echo(f"{place.account}: {'well' if found.is_healthy else 'NOT WELL'}, {well} of {len(found.verdicts)} files")
    for place, found in seen:
        if not found.is_healthy:
            click.echo(f"\n{place.account}")
            show(found, place)
    return all(found.is_healthy for _, found in seen)


def watch(eye: Eye, follow: Callable[[Survey], None]) -> Survey:
    """Look every `look_every_s` until asked to end; gives the last look."""
    stop = asked_to_end()
    follow(found := eye.look())
    while not stop.wait(eye.place.health.look_every_s):
        follow(found := eye.look())
    return found


def follower(place: Place, *, as_json: bool) -> Callable[[Survey], None]:
    """What is done with each look: a line of JSON, a board drawn over, or on a pipe the changes."""
    if as_json:
        return lambda found: click.echo(json.dumps(as_plain(found, executor_facts(place, found), str(place.root)), separators=(",", ":")))
    return redrawn(place) if sys.stdout.isatty() else told_on_change()


def redrawn(place: Place) -> Callable[[Survey], None]:
    """A board that is drawn over on a terminal."""
    from rich.live import Live  # noqa: PLC0415 - who looks once need not wait for it
    from rich.text import Text  # noqa: PLC0415

    live = Live(auto_refresh=False, vertical_overflow="crop")

    def follow(found: Survey) -> None:
        live.start()
        lines = board(found, executor_facts(place, found), str(place.root), on=screen(), lines=live.console.size.height - 1)
        live.update(Text.from_ansi("\n".join(lines)), refresh=True)

    click.get_current_context().call_on_close(live.stop)
    return follow


def told_on_change() -> Callable[[Survey], None]:
    """One line for each thing that is another than at the look before, and first what is not well."""
    before: dict[str, str] = {}

    def follow(found: Survey) -> None:
        after = words_of(found)
        at = f"{moment(found.scene.now_us):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        if not before:
            well = sum(each.is_healthy for each in found.verdicts)
            click.echo(f"{at} {well} of {len(found.verdicts)} files are well")
        for name in (*after, *(name for name in before if name not in after)):
            words = after.get(name, "over")
            if words.partition(":")[0] != before.get(name, "ok").partition(":")[0]:
                click.echo(f"{at} {name} {words}")
        before.clear()
        before.update(after)

    return follow


def words_of(found: Survey) -> dict[str, str]:
    """Each file and each finding in a word, and why."""
    files = {
        each.name: f"{each.condition}{' (late)' if each.late else ''}{f': {each.reason}' if each.reason else ''}" for each in found.verdicts
    }
    return files | {f"{each.condition} ({each.subject})": f"{each.severity}: {each.reason}" for each in found.findings}


def executor_facts(place: Place, found: Survey) -> dict[str, Any]:
    """Whether an executor holds the data root, and how long ago it completed a loop (null if it never did)."""
    beat = found.heartbeat
    end_us = found.scene.now_us if found.feed_end_us is None else found.feed_end_us
    held = found.scene.executor_is_held
    return {
        "running": held,
        "pid": owner_of(place.raw) if held else None,
        "heartbeat_age_s": None if beat is None else round(seconds_between(beat.ts_us, end_us), 3),
        "loop": None if beat is None else beat.loop,
        "halted": None if beat is None else beat.halted,
    }


def show(found: Survey, place: Place) -> None:
    """The survey as tables, in colour on a terminal, and what to do about each thing that needs it."""
    on = screen()
    for line in board(found, executor_facts(place, found), str(place.root), on=on):
        click.echo(line, color=on.has_colour)
