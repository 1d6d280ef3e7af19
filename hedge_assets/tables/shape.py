"""What a table is: its columns, what its rows are made from, and how a day's file proves itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from executor.records.streams import Stream

FORMAT = 1
"""Raise it when a column comes to mean something else: days written before are then told apart."""


NUMBER = "number"
MONEY = "DECIMAL(38, 12)"
TYPES: dict[Any, str] = {int: "BIGINT", float: "DOUBLE", str: "VARCHAR", bool: "BOOLEAN", Decimal: MONEY}


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
    """What the folds made of a day: one row for each value of a struct, with its fields as columns.

    `newest` gives how many there ever were, and the newest of them, from all facts; `number` counts them for ever, from 1, and
    sorts the table. `when` names the field that says which day a row belongs to, `of` which reading makes it: the facts, or the
    shadow's columns.
    """

    name: str
    description: str
    struct: type[msgspec.Struct]
    when: str
    newest: Callable[[Any], tuple[int, Sequence[Any]]]
    of: Literal["facts", "shadow"] = "facts"

    @property
    def columns(self) -> Mapping[str, str]:
        """The struct's fields with DuckDB's types, `number` first."""
        return {NUMBER: "BIGINT", **columns_of(self.struct)}

    def row(self, value: Any, number: int) -> dict[str, Any]:
        """One value as a row; exact numbers as words, so that they stay exact."""
        return {NUMBER: number, **{name: plain(getattr(value, name)) for name in self.struct.__struct_fields__}}


Table = RawTable | DerivedTable


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a day's file says of itself, inside itself. `strays` are records between its first and last that are of other days,
    `backward` those whose time is before that of the record before them.

    `inputs` names what it was made from: segments of a journal, or the range of sequence numbers of each. Null where there are no rows.
    """

    table: str
    day: str
    rows: int
    first_seq: int | None = None
    last_seq: int | None = None
    strays: int = 0
    backward: int = 0
    format: int = FORMAT
    folds: str = ""
    inputs: dict[str, str] = {}


def columns_of(struct: type[msgspec.Struct]) -> dict[str, str]:
    """A struct's fields with the DuckDB type each is kept as."""
    hints = get_type_hints(struct)
    return {name: sql_type(hints[name]) for name in struct.__struct_fields__}


def sql_type(hint: Any) -> str:
    """The DuckDB type of a field: what may be null is what it is when it is not, words one of a few are words."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is Literal:
        return "VARCHAR"
    if get_origin(hint) in (list, tuple):
        return f"{sql_type(get_args(hint)[0])}[]"
    return TYPES[hint]


def plain(value: Any) -> Any:
    """A value as JSON can carry it without loss."""
    return format(value, "f") if isinstance(value, Decimal) else value
