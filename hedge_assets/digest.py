"""What of a document is worth showing on an asset's page: its numbers, the top of its tables, a curve."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hedge_assets.document import Document
from hedge_assets.refreshing.building import own_fields

Scalar = str | int | float | bool
ROWS = 8
COLUMNS = 10
TABLES = 3
NUMBERS = 24
TEXT = 60
SENTENCE = 200
DIGITS = 8
CURVE_FIELDS = ("nav", "nav_usd")
CURVE_POINTS = 120
WIDTH, HEIGHT, MARGIN = 360, 60, 90


@dataclass(frozen=True)
class Digest:
    """`numbers` (and short texts) and `tables` by field name; `curve` is an SVG, null where a document has none."""

    numbers: Mapping[str, Scalar]
    tables: Mapping[str, Sequence[Mapping[str, Scalar]]]
    curve: str | None


def digest(document: Document) -> Digest:
    """The first few numbers and tables of a document, in its own order."""
    plain = own_fields(document)
    numbers = scalars(plain)
    rows = {key: value for key, value in plain.items() if is_table(value)}
    curves = (values for field in plain.values() if (values := curve_values(field)))
    tables = {key: table_rows(value[:ROWS]) for key, value in list(rows.items())[:TABLES]}
    return Digest(dict(list(numbers.items())[:NUMBERS]), tables, sparkline(next(curves, [])))


def scalars(plain: Mapping[str, Any]) -> dict[str, Scalar]:
    """Known numbers and short texts, those of a part under `part.field`."""
    found: dict[str, Scalar] = {}
    for key, value in plain.items():
        if isinstance(value, dict):
            found |= {f"{key}.{name}": each for name, each in scalars({k: v for k, v in value.items() if not isinstance(v, dict)}).items()}
        elif isinstance(value, str | int | float):
            found[key] = short(value, SENTENCE)
    return found


def short(value: Scalar, letters: int = TEXT) -> Scalar:
    """The value as a page shows it: a long text cut, a number with as many digits as one reads."""
    if isinstance(value, str):
        return value[:letters]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def is_table(value: Any) -> bool:
    """Whether a field is a list of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def table_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Scalar]]:
    """The fields that are plain in every object; unknown is a dash, long texts are cut."""
    names = [name for name in rows[0] if all(is_plain(row.get(name)) for row in rows)][:COLUMNS]
    return [{name: "-" if row[name] is None else short(row[name]) for name in names} for row in rows]


def is_plain(value: Any) -> bool:
    """Whether a value fits a cell."""
    return value is None or isinstance(value, str | int | float)


def curve_values(field: Any) -> list[float]:
    """A series of NAV, in rows or in columns, thinned to what a small picture can show; empty where a field is none."""
    head = field[0] if is_table(field) else field
    name = next((known for known in CURVE_FIELDS if known in head), None) if isinstance(head, dict) else None
    if name is None or not ({"ts", "ts_us"} & set(head)):
        return []
    known = field[name] if isinstance(field, dict) else [row.get(name) for row in field]
    values = [float(value) for value in known if isinstance(value, int | float)] if isinstance(known, list) else []
    step = max(1, len(values) // CURVE_POINTS)
    return values[::-step][::-1]


def sparkline(values: Sequence[float]) -> str | None:
    """A line through the values as SVG, lowest at the bottom, with the highest and lowest beside it; null for fewer than two."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = high - low or 1.0
    points = " ".join(
        f"{index * WIDTH / (len(values) - 1):.1f},{HEIGHT - 2 - (value - low) / span * (HEIGHT - 4):.1f}"
        for index, value in enumerate(values)
    )
    line = f'<polyline fill="none" stroke="#2f7d4f" stroke-width="1.5" points="{points}"/>'
    marks = "".join(
        f'<text x="{WIDTH + 6}" y="{y}" font-family="monospace" font-size="11" fill="#555">{value:,.2f}</text>'
        for y, value in ((11, high), (HEIGHT - 3, low))
    )
    whole = WIDTH + MARGIN
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{HEIGHT}" viewBox="0 0 {whole} {HEIGHT}">{line}{marks}</svg>'


def as_image(svg: str, title: str) -> str:
    """An SVG as a Markdown image that needs nothing from anywhere."""
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
