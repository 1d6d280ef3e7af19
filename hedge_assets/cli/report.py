"""`hedge report`: a day of the desk as one file, to be sent or kept; the same panels as on the page, as of the end of that day."""

import os
import re
import sys
from datetime import date, timedelta
from pathlib import Path

import click

from executor.clock import WallClock
from executor.errors import HedgeError
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.cli.rebuild import Moment
from hedge_assets.place import place_of
from hedge_assets.reporting.gathering import DayReport, Wanted, refuse_unknown, report_of
from hedge_assets.reporting.printing import NAMES, browser, pdf
from hedge_assets.reporting.rendering import html
from hedge_assets.showing.panels import scan as scan_panels
from hedge_assets.showing.said import Panel
from hedge_assets.store import replace
from hedge_assets.tables.days import DayError, day_of, end_us, named, start_us

RELATIVE = {"today": 0, "yesterday": 1}


class Day(click.ParamType[date]):
    """A UTC day; `today` and `yesterday` by the wall's clock."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error with an example."""
        if isinstance(value, date):
            return value
        if value in RELATIVE:
            return day_of(WallClock().now_us()) - timedelta(days=RELATIVE[value])
        try:
            return named(value)
        except DayError as error:
            self.fail(f"{error}, or today, or yesterday", param, ctx)


@click.command()
@click.option("--day", type=Day(), required=True, help="A UTC day: 2026-11-27, today, yesterday.")
@click.option(
    "--as-of", type=Moment(), help="A moment of the day, e.g. 2026-11-27T12:00:00Z; its end by default, or now where it is not over."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; hedge-ACCOUNT-DAY.html in this folder by default.")
@click.option("--pdf/--no-pdf", "wants_pdf", default=None, help="A PDF beside it; by default where there is a Chromium to print it.")
@click.option("--panel", "keys", multiple=True, help="Only this panel; may be given again.")
@click.option("--from-journals", is_flag=True, help="Read the raw journals alone, also where tables hold whole days of them.")
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def report(
    day: date, *, as_of: int | None, out: Path | None, wants_pdf: bool | None, keys: tuple[str, ...], **where: Path | bool | None
) -> None:
    """Write a day as one HTML file that needs nothing from anywhere, and as PDF: what it was worth, what went wrong, every panel."""
    data, from_journals = where["data"], where["from_journals"]
    place, flags = place_of(os.environ, data if isinstance(data, Path) else None), read_flags(os.environ)
    panels = chosen(scan_panels(), keys)
    if not place.raw.is_dir():
        raise HedgeError(f"no journals at {place.raw}; name another data root with --data")
    now_us = WallClock().now_us()
    refuse_unknown(place, day, now_us)
    wanted = Wanted(day, moment_of(day, as_of, now_us), panels, from_journals=bool(from_journals))
    found = report_of(place, scan(), wanted, flags=flags)
    path = out or Path(name_of(found))
    replace(path, html(found).encode())
    click.echo(f"report: {path}")
    is_printed = wants_pdf is False or printed(path, wanted, is_asked=wants_pdf is True)
    for name, reason in found.lacking.items():
        click.echo(f"{name} is not in it: {reason}", err=True)
    sys.exit(0 if is_printed and not found.lacking else 1)


def chosen(panels: tuple[Panel, ...], keys: tuple[str, ...]) -> tuple[Panel, ...]:
    """The panels asked for, all of them where none is named."""
    known = {panel.key for panel in panels}
    for key in keys:
        if key not in known:
            raise click.UsageError(f"--panel was {key!r}, known are {', '.join(panel.key for panel in panels)}; name one of them")
    return tuple(panel for panel in panels if not keys or panel.key in keys)


def moment_of(day: date, as_of: int | None, now_us: int) -> int:
    """The moment that the report speaks of: the day's last microsecond, or now, or what was asked."""
    last_us = min(end_us(day) - 1, now_us)
    if as_of is None:
        return last_us
    if not start_us(day) <= as_of <= last_us:
        raise click.UsageError(f"--as-of must be a moment of {day} that is not ahead; leave it out for the end of the day")
    return as_of


def name_of(found: DayReport) -> str:
    """What the file is called where nobody says."""
    account = re.sub(r"[^A-Za-z0-9_-]+", "-", found.account or "").strip("-")
    return "-".join(["hedge", *([account] if account else []), str(found.wanted.day)]) + ".html"


def printed(path: Path, wanted: Wanted, *, is_asked: bool) -> bool:
    """Print it; false where a PDF was asked for and there is none. The HTML file stands in any case."""
    program = browser()
    if program is None:
        click.echo(f"no PDF: none of {', '.join(NAMES)} is on the path; open the file in a browser and print it", err=True)
        return not is_asked
    try:
        content = pdf(path, program=program, dated_us=wanted.as_of_us)
        replace(path.with_suffix(".pdf"), content)
    except HedgeError as error:
        click.echo(f"no PDF: {error}", err=True)
        return not is_asked
    click.echo(f"pdf: {path.with_suffix('.pdf')}")
    return True
