"""`hedge explain ID`: why a number is what it is, or what became of an order, from the quote that was seen to the states it entered."""

import os
import sys
from pathlib import Path

import click
import msgspec

from executor.errors import HedgeError
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.explaining.explaining import explained
from hedge_assets.explaining.tree import COLORED, PLAIN, page, plain
from hedge_assets.place import place_of


@click.command()
@click.argument("what", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON object, each line with its record.")
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def explain(what: str, *, as_json: bool, data: Path | None) -> None:
    """Print the whole chain of an intent, order, fill, suggestion or value.

    ID is an intent, client, venue or trade id, a suggestion's version, a record (orders#12), or a value of a state
    (nav.nav_usd, expectancy.windows.24h.symbols.BTCUSDT.expectancy_usd).
    """
    place = place_of(os.environ, data)
    if not place.raw.is_dir():
        raise HedgeError(f"no journals at {place.raw}; start the executor, or name another data root with --data")
    tree = explained(place, scan(), what, flags=read_flags(os.environ))
    if as_json:
        click.echo(msgspec.json.encode(plain(tree)))
        return
    is_colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    click.echo(page(tree, COLORED if is_colored else PLAIN))
