"""`hedge expectancy`: what closed trades in files were worth, this engine's or another's, by the definitions of `expectancy_v6.json`."""

import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hedge_assets.cli._histories import HistoryError, Tallied, tallied
from hedge_assets.place import place_of
from hedge_assets.states.expectancy import DIMENSIONS, Window, window_of
from hedge_assets.statistics.windows import Span, span_of

LACKING = {
    "notional": (("notional_usd",), "no column says what a trade was worth at entry"),
    "fees": (("fees_usd", "gross_usd", "fee_drag_bps"), "no column says what fees were paid"),
    "funding": (("funding_usd", "funding_drag_bps"), "no column says what funding was paid"),
    "held": ((), "no column says when a trade was opened"),
}
"""What cannot be known without a measure, and why. Without funding, what is gross contains it."""
NUMBERS = ("net_usd", "expectancy_usd", "expectancy_bps", "profit_factor", "max_drawdown_usd")
HEADS = ("n", "win %", "net", "a trade", "bps", "factor", "drawdown", "shrunk bps", "mature")
WIDE = 160


class WindowName(click.ParamType[Span]):
    """A window by its name."""

    name = "window"

    def convert(self, value: str | Span, param: click.Parameter | None, ctx: click.Context | None) -> Span:
        """The window, or a usage error with what is allowed."""
        if isinstance(value, Span):
            return value
        try:
            return span_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--by", type=click.Choice(DIMENSIONS), default="symbols", show_default=True, help="What to split by.")
@click.option("--window", type=WindowName(), default="all", show_default=True, help="24h, 7d, 30d, all…, ending with the newest trade.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def expectancy(files: tuple[Path, ...], *, by: str, window: Span, as_json: bool) -> None:
    """Expectancy of closed trades in FILES: CSV or Parquet, of freqtrade's columns or our own, or folders of Parquet."""
    found = tallied(files, by=by, span=window)
    if not found.sums:
        raise HistoryError(f"{files[0]} has no closed trade; name a history with at least one")
    told = window_of(window.name, found.since_us, found.sums, telemetry=place_of(os.environ).telemetry)
    rows = [without(found, each.model_dump(mode="json")) for each in (told.overall, *getattr(told, by))]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(document(told, by, rows)), indent=1).decode())
    else:
        Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(table(told, by, rows))


def document(told: Window, by: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The window as a document: the book, its groups, and how far those are shrunk toward it."""
    shrinkage = next(each for each in told.shrinkage if each.dimension == by)
    since = None if told.since_ts is None else told.since_ts.isoformat()
    return {"window": told.window, "since_ts": since, "overall": rows[0], by: rows[1:], "shrinkage": shrinkage.model_dump(mode="json")}


def without(found: Tallied, row: dict[str, Any]) -> dict[str, Any]:
    """A group's numbers, null where no column says what they are made of."""
    for measure in found.lacking:
        fields, reason = LACKING[measure]
        for field in fields:
            row[field] = None
            row["reasons"][field] = reason
    return row


def table(told: Window, by: str, rows: list[dict[str, Any]]) -> Table:
    """One line a group, the book first."""
    shrinkage = next(each for each in told.shrinkage if each.dimension == by)
    caption = f"shrunk toward the book with k = {shrinkage.strength_trades:.4g} trades ({shrinkage.how}); intervals at 95 %"
    drawn = Table(title=f"Expectancy by {by}, {told.window}", caption=caption, box=None, pad_edge=False)
    drawn.add_column(by, no_wrap=True)
    for head in HEADS:
        drawn.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        win = None if row["win_frac"] is None else 100 * row["win_frac"]
        low, high = shown(row["shrunk_bps_low"], 1), shown(row["shrunk_bps_high"], 1)
        numbers = [shown(row[name], 2) for name in NUMBERS]
        shrunk = f"{shown(row['shrunk_bps'], 1)} [{low}, {high}]"
        drawn.add_row(row["key"], str(row["n"]), shown(win, 1), *numbers, Text(shrunk), "yes" if row["is_mature"] else "no")
    return drawn


def shown(value: float | None, digits: int) -> str:
    """A number with so many digits; a dash for what is not known."""
    return "–" if value is None else f"{value:,.{digits}f}"
