"""A recording of best prices, trades and marks, driven through the market at a speed."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

BATCH = 2_000
YIELD_EVERY = 200
BOOK = "SELECT ts_ms, 1 AS kind, symbol, bid AS a, bid_qty AS b, ask AS c, ask_qty AS d, '' AS side FROM read_parquet('{}')"
TRADE = "SELECT ts_ms, 0 AS kind, symbol, price AS a, qty AS b, 0 AS c, 0 AS d, side FROM read_parquet('{}')"
MARK = (
    "SELECT event_ms AS ts_ms, 2 AS kind, symbol, mark AS a, \"index\" AS b, funding_rate AS c, 0 AS d, '' AS side FROM read_parquet('{}')"
)
SHAPES = {"book_ticker": BOOK, "book_half_second": BOOK, "trades": TRADE, "mark_price": MARK}


async def replay(venue: "LocalVenue", folder: Path, *, speed: float = 1.0, most: int | None = None) -> int:
    """Drive the market by every recording of a folder (see `data/README.md` beside it); how many events.

    `speed` 0 goes as fast as it can; `most` ends early. Symbols that the venue does not list are left out.
    """
    events = _events(folder, tuple(venue.rules))
    began_s, first_ms, done = time.monotonic(), None, 0
    while rows := events.fetchmany(BATCH):
        for ts_ms, *row in rows:
            first_ms = ts_ms if first_ms is None else first_ms
            wait_s = (ts_ms - first_ms) / 1_000 / speed - (time.monotonic() - began_s) if speed else 0.0
            if wait_s > 0 or done % YIELD_EVERY == 0:
                await asyncio.sleep(max(0.0, wait_s))
            _happen(venue, row)
            done += 1
            if done == most:
                return done
    return done


def _events(folder: Path, symbols: tuple[str, ...]) -> duckdb.DuckDBPyConnection:
    parts = []
    for path in sorted(folder.glob("*.parquet")):
        shape = next((shape for ending, shape in SHAPES.items() if path.stem.endswith(ending)), None)
        if shape is not None:
            parts.append(shape.format(path))
    listed = ", ".join(f"'{symbol}'" for symbol in symbols)
    whole = " UNION ALL ".join(parts)
    return duckdb.connect().execute(f"SELECT * FROM ({whole}) WHERE symbol IN ({listed}) ORDER BY ts_ms, kind")


def _happen(venue: "LocalVenue", row: list) -> None:
    kind, symbol, a, b, c, d, side = row
    if kind == 0:
        venue.market.trade(symbol, a, b, side)
    elif kind == 1:
        venue.market.quote(symbol, a, c, b, d)
    else:
        venue.market.mark(symbol, a, index=b, rate=c)
