"""`python -m ops.dashboard`: serves the operator page of one data root on loopback until it is asked to stop."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from executor.clock import WallClock
from executor.errors import HedgeError, SettingsError
from hedge_assets.catalog import scan, scan_desk
from hedge_assets.health.condition import scan as scan_conditions
from hedge_assets.health.manifest import manifest, state_row
from hedge_assets.place import all_places, whole_of
from hedge_assets.settings import Place
from ops.dashboard.app import application, desk_application
from ops.dashboard.door import COOKIE, Door
from ops.dashboard.guard import Guard, names_from
from ops.dashboard.listening import Server, bound, configuration
from ops.dashboard.looks import Looks
from ops.dashboard.overview import Overview
from ops.dashboard.page_token import token_from

PORT = 8700


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, help="Port on loopback.")
@click.option("--name", "names", multiple=True, help="Another host name to answer to, behind a proxy; may be given again.")
@click.option("--dagster", help="Where Dagster's pages are, as http://127.0.0.1:3000: panels then lead to their assets.")
@click.option("--token", metavar="PLACE", help="Where the page's token lies, file:PATH or env:NAME; before [page] token.")
def dashboard(data: Path | None, *, port: int, names: tuple[str, ...], dagster: str | None, token: str | None) -> None:
    """Show the state of a desk in a browser, live, whatever else runs or does not."""
    places = all_places(os.environ, data)
    served = names_from((*places[0].page.names, *names))
    door = Door(token_from(places[0].page.token if token is None else token, os.environ), cookie=f"{COOKIE}_{port}")
    listening = bound(port)
    pages = pages_of(places, served, door, None if dagster is None else web_address(dagster))
    Server(configuration(pages, port), say).run(sockets=[listening])


def pages_of(places: Sequence[Place], served: frozenset[str], door: Door, dagster: str | None) -> Guard:
    """The page of the one account, or those of all and of the desk over them."""
    rows, conditions, clock, whole = manifest(scan()), scan_conditions(), WallClock(), whole_of(places)
    looks = {place.account: Looks(place, rows, conditions, clock, dagster=dagster) for place in places}
    if whole is None:
        return application(looks[places[0].account], names=served, door=door)
    whole_rows = [state_row(state) for state in scan_desk()]
    overview = Overview(places, rows, conditions, whole, whole_rows, clock, dagster=dagster)
    return desk_application(overview, looks, names=served, door=door)


def say(line: str) -> None:
    """Tell whoever started this, at once."""
    click.echo(line)
    sys.stdout.flush()


def web_address(text: str) -> str:
    """An address that a link may lead to; refused in one line when it is none."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"--dagster was {text[:80]!r}, it must be an address as http://127.0.0.1:3000")
    return text.rstrip("/")


def main() -> None:
    """Serve; what was refused is said in one line, with the right exit code."""
    try:
        dashboard(prog_name="python -m ops.dashboard")
    except HedgeError as error:
        click.echo(f"dashboard: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
