"""Days of tables are built, one builder at a time, oldest first: what could be, and why the rest could not."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from executor.errors import HedgeError
from hedge_assets.refreshing.aside import remove
from hedge_assets.refreshing.refresh import only_one
from hedge_assets.settings import Place
from hedge_assets.tables.carry import FOLDER
from hedge_assets.tables.catalog import part
from hedge_assets.tables.derived_days import build_derived
from hedge_assets.tables.parquet import SPILLED
from hedge_assets.tables.raw_days import build_raw
from hedge_assets.tables.shape import DerivedTable, Proof, RawTable, Table


@dataclass(frozen=True)
class Built:
    """What became of one table's day. `reason` says why there is no new file, null when there is; then `proof` is inside it."""

    table: str
    day: date
    proof: Proof | None = None
    size_bytes: int = 0
    took_s: float = 0.0
    reason: str | None = None


def build(place: Place, tables: Sequence[Table], days: Collection[date]) -> Iterator[Built]:
    """Build tables for each of the days; a day that is refused leaves the others and its old files alone."""
    raw = [table for table in tables if isinstance(table, RawTable)]
    derived = [table for table in tables if isinstance(table, DerivedTable)]
    with only_one(place.tables / FOLDER):
        sweep(place, tables)
        for day in sorted(days):
            for table in raw:
                yield from _tried(place, [table], day, make=lambda day, table=table: [build_raw(place, table, day)])  # type: ignore[misc]
            if derived:
                yield from _tried(place, derived, day, make=lambda day: build_derived(place, derived, day))


def sweep(place: Place, tables: Sequence[Table]) -> None:
    """Remove what a builder that was killed left lying in the tables' own folders: nobody else builds now."""
    for folder in (place.tables / table.name for table in tables):
        for path in (*folder.glob(f"{SPILLED}*"), *folder.glob(".*.jsonl"), *folder.glob("day=*/.*.new")):
            remove(path)


def _tried(place: Place, tables: Sequence[Table], day: date, *, make: Callable[[date], list[Proof]]) -> Iterator[Built]:
    began_s = time.monotonic()
    try:
        proofs = make(day)
    except HedgeError as error:
        yield from (Built(table.name, day, reason=str(error)) for table in tables)
        return
    took_s = time.monotonic() - began_s
    for proof in proofs:
        size_bytes = part(place.tables, proof.table, day).stat().st_size
        yield Built(proof.table, day, proof=proof, size_bytes=size_bytes, took_s=took_s / len(proofs))
