"""What of a document is worth showing on an asset's page: its numbers and the top of its tables."""

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


@dataclass(frozen=True)
class Digest:
    """`numbers` (and short texts) and `tables` by field name."""

    numbers: Mapping[str, Scalar]
    tables: Mapping[str, Sequence[Mapping[str, Scalar]]]


def digest(document: Document) -> Digest:
    """The first few numbers and tables of a document, in its own order."""
    plain = own_fields(document)
    numbers = scalars(plain)
    rows = {key: value for key, value in plain.items() if is_table(value)}
    tables = {key: table_rows(value[:ROWS]) for key, value in list(rows.items())[:TABLES]}
    return Digest(dict(list(numbers.items())[:NUMBERS]), tables)


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
