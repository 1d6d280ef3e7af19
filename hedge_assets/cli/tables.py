"""`hedge tables`: which days of which tables there are, and whether they are what they say."""

import os
import sys
from pathlib import Path

import click

from hedge_assets.place import place_of
from hedge_assets.tables.catalog import scan
from hedge_assets.tables.held import Kept, kept, verified


@click.command()
@click.option(
    "--verify", is_flag=True, help="Read every value: against each day's own proof, the day before, and the journals while they are there."
)
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def tables(*, verify: bool, data: Path | None) -> None:
    """List the tables by day; exit 1 if any is not what it says."""
    place, known = place_of(os.environ, data), scan()
    is_well, rows, size_bytes, days = True, 0, 0, set()
    for each in verified(place, known) if verify else kept(place, known):
        click.echo(line_of(each, checked=verify))
        is_well = is_well and each.fault is None
        rows, size_bytes = rows + (each.proof.rows if each.proof else 0), size_bytes + each.size_bytes
        days.add(each.day)
    names = ", ".join(table.name for table in known)
    click.echo(f"{rows} rows in {size_bytes} bytes, {len(days)} days of {names}" if days else f"no day was built yet of {names}")
    sys.exit(0 if is_well else 1)


def line_of(each: Kept, *, checked: bool) -> str:
    """One table's day in a line."""
    if each.proof is None or each.fault is not None:
        return f"{each.table} {each.day}: DAMAGED: {each.fault}"
    span = "no rows" if not each.proof.rows else f"{each.proof.rows} rows, {each.proof.first_seq}..{each.proof.last_seq}"
    strays = f", {each.proof.strays} of other days between" if each.proof.strays else ""
    return f"{each.table} {each.day}: {'whole; ' if checked else ''}{span}{strays}, {each.size_bytes} bytes"
