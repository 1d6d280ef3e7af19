"""Which days of which tables lie on disk, what each says of itself, and whether that is so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from executor.errors import HedgeError
from executor.journal.frame import holds
from hedge_assets.settings import Place
from hedge_assets.tables.catalog import part
from hedge_assets.tables.days import DayError, named
from hedge_assets.tables.parquet import database, proof_of, rows_in
from hedge_assets.tables.raw_days import counted
from hedge_assets.tables.reach import days_over
from hedge_assets.tables.shape import NUMBER, Proof, RawTable, Table

BATCH = 20_000


@dataclass(frozen=True)
class Kept:
    """One table's day on disk. `fault` says what is wrong with it, null when nothing is; `proof` is null where it cannot be read."""

    table: str
    day: date
    path: Path
    size_bytes: int
    proof: Proof | None = None
    fault: str | None = None


def days_of(tables: Path, table: Table) -> list[date]:
    """The days of a table that lie on disk, oldest first."""
    found = []
    for path in (tables / table.name).glob("day=*/part.parquet"):
        try:
            found.append(named(path.parent.name.removeprefix("day=")))
        except DayError:
            continue
    return sorted(found)


def kept(place: Place, tables: Sequence[Table]) -> Iterator[Kept]:
    """Every table's days with what they say of themselves."""
    with database(place.tables) as connection:
        for table in tables:
            for day in days_of(place.tables, table):
                path = part(place.tables, table.name, day)
                row = Kept(table.name, day, path, path.stat().st_size)
                try:
                    yield replace(row, proof=proof_of(connection, path))
                except HedgeError as error:
                    yield replace(row, fault=str(error))


def verified(place: Place, tables: Sequence[Table]) -> Iterator[Kept]:
    """Every table's days, read whole: rows against their proof, against the day before, and against the journals while they are there."""
    over = set(days_over(place.raw))
    with database(place.tables) as connection:
        for table in tables:
            before: Kept | None = None
            for each in kept(place, [table]):
                fault = each.fault or _broken(connection, table, each) or hole(before, each)
                if fault is None and isinstance(table, RawTable) and each.day in over:
                    fault = _against(place, table, each)
                yield replace(each, fault=fault)
                before = each


def _broken(connection: duckdb.DuckDBPyConnection, table: Table, each: Kept) -> str | None:
    """Whether every value can be read, and the rows are those of the proof, each number once and in order, each line whole."""
    order = "seq" if isinstance(table, RawTable) else NUMBER
    asked = "count(*), min(n), max(n), count(*) FILTER (before >= n), bit_xor(h)"
    values = ", ".join(f'"{name}"' for name in table.columns)
    rows = f"SELECT {order} AS n, lag({order}) OVER (ORDER BY file_row_number) AS before, hash({values}) AS h"
    try:
        found = connection.execute(f"SELECT {asked} FROM ({rows} FROM {rows_in(each.path, numbers=True)})").fetchone() or (0,) * 5
        torn = _torn(connection, each.path) if "line" in table.columns else None
    except duckdb.Error as error:
        return f"it cannot be read: {str(error).splitlines()[0][:200]}"
    proof = each.proof
    if proof is None or found[:3] != (proof.rows, proof.first_seq, proof.last_seq):
        said = "nothing" if proof is None else f"{proof.rows} from {proof.first_seq} to {proof.last_seq}"
        return f"it has {found[0]} rows from {found[1]} to {found[2]}, its proof says {said}"
    if found[3]:
        return f"{found[3]} rows are not in order"
    return None if torn is None else f"the line of record {torn} is broken"


def _torn(connection: duckdb.DuckDBPyConnection, path: Path) -> int | None:
    """The number of the first line whose checksum does not hold: lines carry their own, wherever they lie."""
    rows = connection.execute(f"SELECT seq, line FROM {rows_in(path)}")
    while batch := rows.fetchmany(BATCH):
        for seq, line in batch:
            if not holds(line.encode(), seq):
                return int(seq)
    return None


def hole(before: Kept | None, each: Kept) -> str | None:
    """Whether a day goes on where the day before it ended. Nothing is said where that is not kept, or holds nothing.

    Where clocks went back, rows of one day lie between those of another (`strays`): then up to so many may be missing here.
    """
    was, now = (before.proof if before else None), each.proof
    if before is None or was is None or now is None or each.day - before.day != timedelta(days=1):
        return None
    if was.last_seq is None or now.first_seq is None or was.strays or now.strays:
        return None
    if now.first_seq == was.last_seq + 1:
        return None
    return f"it begins with {now.first_seq}, the day before ended with {was.last_seq}; build both days again"


def _against(place: Place, table: RawTable, each: Kept) -> str | None:
    """A day's rows beside what the journal holds of it now; a day that was pruned in part cannot be compared."""
    try:
        now = counted(place, table, each.day)
    except DayError:
        return None
    except HedgeError as error:
        return str(error)
    was = each.proof
    if was is not None and (was.rows, was.first_seq, was.last_seq) == (now.rows, now.first_seq, now.last_seq):
        return None
    return f"the journal has {now.rows} records from {now.first_seq} to {now.last_seq} of it; build the day again"


def missing(place: Place, tables: Sequence[Table]) -> list[date]:
    """Days that the journals hold whole and that some table lacks, oldest first."""
    made = [set(days_of(place.tables, table)) for table in tables]
    return [day for day in days_over(place.raw) if any(day not in each for each in made)]
