"""`hedge query`: SQL over the tables of all days, for reading alone."""

import csv
import io
import json
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from hedge_assets.place import place_of
from hedge_assets.tables.catalog import scan
from hedge_assets.tables.querying import Answer, answer


@click.command()
@click.argument("sql")
@click.option("--json", "as_json", is_flag=True, help="One JSON array of objects; exact numbers as words.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, names first.")
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def query(sql: str, *, as_json: bool, as_csv: bool, data: Path | None) -> None:
    """Answer one SELECT, e.g. "SELECT symbol, sum(net) FROM trades GROUP BY 1"; `hedge tables` lists what there is."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two forms of the same; leave one out")
    found = answer(place_of(os.environ, data), scan(), sql)
    click.echo(in_json(found) if as_json else in_csv(found) if as_csv else in_columns(found), nl=not as_csv)


def in_json(found: Answer) -> str:
    """Rows as objects by column."""
    return json.dumps([dict(zip(found.columns, map(plain, row), strict=True)) for row in found.rows], ensure_ascii=False)


def in_csv(found: Answer) -> str:
    """Rows as comma-separated values; null is empty."""
    into = io.StringIO()
    rows = csv.writer(into, lineterminator="\n")
    rows.writerow(found.columns)
    rows.writerows([["" if value is None else word(value) for value in row] for row in found.rows])
    return into.getvalue()


def in_columns(found: Answer) -> str:
    """Rows under their names, numbers to the right, and how many there are."""
    words = [[word(value) for value in row] for row in found.rows]
    wide = [max(map(len, column)) for column in zip(found.columns, *words, strict=True)]
    right = [all(isinstance(row[place], int | float | Decimal | None) for row in found.rows) for place in range(len(found.columns))]
    lines = [found.columns, tuple("-" * width for width in wide), *words]
    shown = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(row, wide, right, strict=True)
        ).rstrip()
        for row in lines
    ]
    return "\n".join([*shown, f"{len(words)} row{'' if len(words) == 1 else 's'}"])


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Decimal | date | datetime):
        return word(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def word(value: Any) -> str:
    """A value in a cell: exact numbers without needless zeros, what is unknown as null."""
    if isinstance(value, Decimal):
        shown = format(value, "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    if isinstance(value, float):
        return f"{value:.10g}"
    return "null" if value is None else str(value)
