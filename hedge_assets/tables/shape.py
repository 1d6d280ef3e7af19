"""What a table is: its columns, what its rows are made from, and how a day's file proves itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from executor.records.streams import Stream

FORMAT = 1
"""Raise it when a column comes to mean something else: days written before are then told apart."""


@dataclass(frozen=True)
class RawTable:
    """One journal's lines of a day, in the journal's own order. `columns` maps names to DuckDB's types.

    `query` selects them from `{lines}`; `whole` is a condition that every row keeps, in SQL.
    """

    name: str
    description: str
    stream: Stream
    columns: Mapping[str, str]
    lines: str
    query: str
    whole: str


@dataclass(frozen=True)
class DerivedTable:
    """What the folds made of a day. `newest` gives how many rows there ever were, and the newest of them, from the facts.

    `row` is one of them as plain values by column; `when_us` the moment that says which day it belongs to.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    newest: Callable[[Any], tuple[int, Sequence[Any]]]
    row: Callable[[Any], dict[str, Any]]
    when_us: Callable[[Any], int]
    order: str


Table = RawTable | DerivedTable


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a day's file says of itself, inside itself. `strays` are records between its first and last that are of other days.

    `inputs` names what it was made from: segments of a journal, or the range of sequence numbers of each. Null where there are no rows.
    """

    table: str
    day: str
    rows: int
    first_seq: int | None = None
    last_seq: int | None = None
    strays: int = 0
    format: int = FORMAT
    folds: str = ""
    inputs: dict[str, str] = {}
