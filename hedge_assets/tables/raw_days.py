"""A journal's day becomes a table: lines are verified, read by DuckDB, and counted against each other before the file has its name."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from executor.errors import CorruptJournal, HedgeError
from executor.journal.segments import Segment, listed
from hedge_assets.settings import Place
from hedge_assets.store import StoreError
from hedge_assets.tables.catalog import part
from hedge_assets.tables.days import DayError, end_us, start_us
from hedge_assets.tables.parquet import database, text, write
from hedge_assets.tables.reach import refuse_open
from hedge_assets.tables.shape import Proof, RawTable
from hedge_assets.tables.verified import Held, Span, surveyed

TRIES = 5
"""A segment may be packed between being listed and being read; several times only if it goes by the second."""


def build_raw(place: Place, table: RawTable, day: date) -> Proof:
    """One journal's table of one day, from its segments; raises where they are damaged or the day is not over."""
    refuse_open(place.raw, day)
    return _steadily(place, table, day, make=_built)


def counted(place: Place, table: RawTable, day: date) -> Proof:
    """What a day's table must come to, by the journal as it is now; nothing is written but a copy that goes again."""
    return _steadily(place, table, day, make=_counted)


def _steadily(place: Place, table: RawTable, day: date, *, make: Callable[[Place, RawTable, date], Proof]) -> Proof:
    """Try again where a segment was packed between being listed and being read; faults in words."""
    for attempt in range(TRIES):
        before = listed(place.raw / table.stream)
        try:
            return make(place, table, day)
        except (FileNotFoundError, duckdb.IOException) as error:
            if attempt == TRIES - 1 or listed(place.raw / table.stream) == before:
                raise StoreError(f"{table.name} of {day} cannot be read: {str(error).splitlines()[0]}; look at {place.raw}") from error
        except duckdb.Error as error:
            raise CorruptJournal(
                f"{table.name} of {day} holds whole lines that are not valid ({str(error).splitlines()[0][:200]}); "
                "read them with `hedge journal tail`, then repair what wrote them"
            ) from error
    raise HedgeError(f"{table.name} of {day}: its segments were moved {TRIES} times while they were read; build the day again")


def _counted(place: Place, table: RawTable, day: date) -> Proof:
    found = surveyed(place.raw, place.tables, table.stream, day=day)
    _refuse_pruned(found, table, day)
    return _proof(found, table, day)


def _built(place: Place, table: RawTable, day: date) -> Proof:
    copied = place.tables / table.name / f".{table.stream}.{os.getpid()}.jsonl"
    copied.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        found = surveyed(place.raw, place.tables, table.stream, day=day, copied=copied)
        _refuse_pruned(found, table, day)
        proof = _proof(found, table, day)
        files = [copied if segment is found[-1][0] else segment.path for segment, span, _ in found if span.reaches(day)]
        with database(place.tables / table.name) as connection:
            write(connection, selected(table, files, day), part(place.tables, table.name, day), proof=proof, order="seq", whole=table.whole)
    finally:
        copied.unlink(missing_ok=True)
    return proof


def _proof(found: Sequence[tuple[Segment, Span, Held]], table: RawTable, day: date) -> Proof:
    """What the day's file must come to, by the lines that were verified."""
    held = Held()
    for _, _, each in found:
        held = held.and_then(each)
    names = [segment.name for segment, span, _ in found if span.reaches(day)]
    return Proof(
        table=table.name,
        day=str(day),
        rows=held.rows,
        first_seq=held.first_seq,
        last_seq=held.last_seq,
        strays=held.strays,
        backward=held.backward,
        inputs={f"raw/{table.stream}": f"{names[0]}..{names[-1]}" if names else "none"},
    )


def _refuse_pruned(found: Sequence[tuple[Segment, Span, Held]], table: RawTable, day: date) -> None:
    if found and found[0][1].first_seq > 1 and found[0][1].least_us >= start_us(day):
        raise DayError(f"{table.name} of {day} cannot be built: records before {found[0][1].first_seq} were pruned; what was built stays")


def selected(table: RawTable, files: Sequence[Path], day: date) -> str:
    """The day's rows of some segments, in SQL, sorted by sequence number."""
    names = ", ".join(f'"{name}"' for name in table.columns)
    if not files:
        return empty(table.columns)
    lines = table.lines.format(files="[" + ", ".join(text(file) for file in files) + "]", columns=json.dumps(dict(table.columns)))
    rows = table.query.replace("{lines}", lines)
    return f"SELECT {names} FROM ({rows}) WHERE ts_us >= {start_us(day)} AND ts_us < {end_us(day)} ORDER BY seq"


def empty(columns: Mapping[str, str]) -> str:
    """No rows of these columns, in SQL."""
    return "SELECT " + ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns.items()) + " WHERE false"
