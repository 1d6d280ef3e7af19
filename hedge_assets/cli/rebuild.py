"""`hedge rebuild`: every state from the raw journals alone, as of any moment; or proof that the files are what they give."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from executor.clock import WallClock
from executor.errors import HedgeError
from executor.flags import Flags, read_flags
from hedge_assets.catalog import scan, scan_desk
from hedge_assets.health.parsing import microseconds
from hedge_assets.place import place_of, places_of, whole_of
from hedge_assets.refreshing.proving import Difference, compare
from hedge_assets.refreshing.proving_desk import compare_desk
from hedge_assets.refreshing.rebuilding import Made
from hedge_assets.refreshing.rebuilding import rebuild as rebuilt
from hedge_assets.settings import WHOLE, Place
from hedge_assets.tables.refolding import refolded, shadow_refolded

JOURNALED, MADE = {"raw", "control", "cassettes", "receive", "ship"}, {"state", "tables", "watch", "mirror"}
KEPT = {*JOURNALED, *MADE, "accounts", "backup", "dagster", "run", "starts"}
"""What a data root holds of the desk's; anything else there is somebody's own."""


class Moment(click.ParamType[int]):
    """An RFC 3339 time as microseconds UTC; UTC is meant where no zone is given."""

    name = "time"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Microseconds UTC, or a usage error with an example."""
        if isinstance(value, int):
            return value
        try:
            when = datetime.fromisoformat(value)
            return microseconds((when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC))
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time; write it like 2026-01-05T12:00:00Z", param, ctx)


@click.command()
@click.option("--as-of", type=Moment(), help="The moment, e.g. 2026-01-05T12:00:00Z; now by default.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write the states to.")
@click.option("--verify", is_flag=True, help="Write nothing: compare each state file with what the journals give for its moment.")
@click.option("--from-tables", is_flag=True, help="Read whole days from the tables, and only what lies behind them from the journals.")
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def rebuild(as_of: int | None, out: Path | None, *, verify: bool, from_tables: bool, data: Path | None) -> None:
    """Build every state again from the raw journals, reading them from the beginning."""
    flags = read_flags(os.environ)
    if verify:
        if as_of is not None or out is not None or from_tables:
            raise click.UsageError("--verify compares the files with the journals, each as of its own moment; leave out the other options")
        sys.exit(told(compared([with_journals(place) for place in places_of(os.environ, data)], flags)))
    place = with_journals(place_of(os.environ, data))
    if out is None or is_the_desks(out, place):
        raise click.UsageError(f"--out was {out or 'not given'}, it must name a folder that no part of the desk at {place.desk} lives in")
    as_of_us = WallClock().now_us() if as_of is None else as_of
    outcomes = rebuilt(place, scan(), as_of_us=as_of_us, out=out, flags=flags, made_of=tabled(place, as_of_us) if from_tables else None)
    for outcome in outcomes:
        click.echo(f"{outcome.name}: {outcome.path if outcome.is_written else outcome.reason}")
    sys.exit(0 if all(outcome.is_written for outcome in outcomes) else 1)


def is_the_desks(out: Path, place: Place) -> bool:
    """Whether the running system writes there: a data root itself, or whatever it keeps in one, also by a detour."""
    there, desk = out.resolve(), place.desk.resolve()
    return there == desk or (there.is_relative_to(desk) and there.relative_to(desk).parts[0] in KEPT)


def with_journals(place: Place) -> Place:
    """The place; refused where nothing was ever traded."""
    if not place.raw.is_dir():
        raise HedgeError(f"no journals at {place.raw}; name another data root with --data")
    return place


def compared(places: Sequence[Place], flags: Flags) -> list[Difference]:
    """Every file of one account; of a desk with several those of each by its name, and the desk's own."""
    states, whole = scan(), whole_of(places)
    found = {place.account: compare(place, states, flags=flags) for place in places}
    if whole is None:
        return found[places[0].account]
    found[WHOLE] = compare_desk(whole, scan_desk(), accounts=places, states=states, flags=flags)
    return [replace(each, name=f"{account}/{each.name}") for account, differences in found.items() for each in differences]


def tabled(place: Place, as_of_us: int) -> Made:
    """Facts from tables, and the shadow over the same records."""
    facts = refolded(place, as_of_us)
    return Made(facts, lambda: shadow_refolded(place, facts, as_of_us))


def told(found: list[Difference]) -> int:
    """Say what a comparison found, and the first difference once more at the end; the exit code."""
    for each in found:
        click.echo(line_of(each))
    first = next((each for each in found if not each.is_same), None)
    if first is None:
        return 0
    click.echo(f"the first difference: {line_of(first)}", err=True)
    return 1


def line_of(each: Difference) -> str:
    """One comparison in a line."""
    if each.is_same:
        return f"{each.name}: same, byte for byte"
    said = [str(each.where)] if each.where is not None else []
    return f"{each.name}: {'; '.join([*([each.fault] if each.fault else []), *said, *([each.note] if each.note else [])])}"
