"""Days of tables are made ready to be folded, each while the one before it is: DuckDB works without Python's lock."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from executor.records.streams import STREAMS, Stream
from hedge_assets.settings import Place
from hedge_assets.tables.catalog import part
from hedge_assets.tables.days import SETTLED_US, end_us, start_us
from hedge_assets.tables.parquet import database, proof_of, text
from hedge_assets.tables.quiet_loops import Quiet
from hedge_assets.tables.shape import Proof
from hedge_assets.tables.thinning import HORIZONS_US, Stretch, thin

MOMENTS_OF_ALL = """
WITH acts AS (SELECT kind, ts_us FROM {orders} WHERE ts_us >= {start} AND ts_us < {until})
SELECT ts_us FROM acts UNION SELECT ts_us + unnest({horizons}) FROM acts WHERE kind = 'fill' ORDER BY 1
"""
"""When something happens that a heartbeat may be before or behind of."""


@dataclass(frozen=True)
class Ready:
    """A day: a database whose `chosen` are the ticks to fold, and how its loops are thinned (null: they are not).

    `left_out` says by symbol how many quotes, and valid ones, are not among the chosen.
    """

    place: Place
    day: date
    connection: duckdb.DuckDBPyConnection
    proofs: Mapping[Stream, Proof]
    left_out: Mapping[str, tuple[int, int]]
    quiet: Quiet | None


def in_turn(place: Place, days: Sequence[date], *, thin: bool = True) -> Iterator[Ready]:
    """Each of the days, made ready while the caller is at the one before; a database is open until the next is asked for.

    Without `thin` every record is chosen: what looks at each of them cannot do with some.
    """
    with ThreadPoolExecutor(max_workers=1) as beside, ExitStack() as both:
        stacks = {day: both.enter_context(ExitStack()) for day in days[:1]}
        coming = {day: beside.submit(prepare, place, day, stacks[day], thin=thin) for day in days[:1]}
        for day, following in zip(days, (*days[1:], None), strict=False):
            ready = coming.pop(day).result()
            if following is not None:
                stacks[following] = both.enter_context(ExitStack())
                coming[following] = beside.submit(prepare, place, following, stacks[following], thin=thin)
            yield ready
            stacks.pop(day).close()


def prepare(place: Place, day: date, stack: ExitStack, *, thin: bool = True) -> Ready:
    """A day's own database, with what is to be folded found; times that go back are folded whole."""
    connection = stack.enter_context(database(place.tables))
    proofs = {stream: proof_of(connection, part(place.tables, stream, day)) for stream in STREAMS}
    thinned = thin and not any(proof.backward for proof in proofs.values())
    left_out = chosen(connection, place, day, thinned=thinned)
    return Ready(place, day, connection, proofs, left_out, quiet=quiet_of(connection, place, day) if thinned else None)


def chosen(connection: duckdb.DuckDBPyConnection, place: Place, day: date, *, thinned: bool) -> dict[str, tuple[int, int]]:
    """Lay the day's ticks that are to be folded into table `chosen`; by symbol, how many quotes, and valid ones, were left out."""
    ticks = rows_of(place, "ticks", day)
    if not thinned:
        connection.execute(f"CREATE VIEW chosen AS SELECT * FROM {ticks}")
        return {}
    orders = rows_of(place, "orders", *held_of(place, day))
    counts = thin(connection, Stretch(ticks=ticks, orders=orders, start_us=start_us(day), until_us=end_us(day) - 1))
    connection.execute(f"CREATE TABLE chosen AS SELECT * FROM {ticks} WHERE kind <> 'quote' OR seq IN (SELECT seq FROM kept)")
    kept = "SELECT symbol, count(*), count(*) FILTER (bid > 0 AND ask > 0) FROM chosen WHERE kind = 'quote' GROUP BY 1"
    there = {symbol: (quotes, valid) for symbol, quotes, valid in connection.execute(kept).fetchall()}
    return {symbol: (quotes - there[symbol][0], valid - there[symbol][1]) for symbol, (quotes, valid) in counts.items()}


def rows_of(place: Place, name: str, *days: date) -> str:
    """Days of a table, in SQL."""
    files = ", ".join(text(part(place.tables, name, day)) for day in days)
    return f"read_parquet([{files}], hive_partitioning = false)"


def quiet_of(connection: duckdb.DuckDBPyConnection, place: Place, day: date) -> Quiet:
    """What happened at which moment of a day, for its loops to be thinned by."""
    rows, since = rows_of(place, "orders", *held_of(place, day)), start_us(day)
    transfers = f"SELECT ts_us FROM {rows} WHERE kind = 'transfer' AND ts_us >= {since} ORDER BY 1"
    moments = MOMENTS_OF_ALL.format(orders=rows, start=since - SETTLED_US, until=end_us(day), horizons=HORIZONS_US)
    return Quiet(moments=times(connection, moments), transfers=times(connection, transfers))


def times(connection: duckdb.DuckDBPyConnection, query: str) -> NDArray[np.int64]:
    """A query's one column."""
    (found,) = connection.execute(query).fetchnumpy().values()
    return np.asarray(found, dtype=np.int64)


def held_of(place: Place, day: date) -> list[date]:
    """A day, and the one before it where its orders are kept: their markouts fall due on this one."""
    return [each for each in (day - timedelta(days=1), day) if part(place.tables, "orders", each).is_file()]
