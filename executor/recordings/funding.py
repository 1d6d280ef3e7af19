"""Which funding was settled while bars were recorded, from files of settlements."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from executor.errors import UnreadableFeed
from executor.recordings.files import readable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NEEDED = {"ts_ms", "symbol", "funding_rate"}


class Settled(msgspec.Struct, frozen=True):
    """One settlement: when (microseconds), what, at which rate (a fraction), and when the symbol's next is due."""

    ts_us: int
    symbol: str
    rate: float
    next_us: int


def settlements_in(con: "DuckDBPyConnection", file: Path, *, symbols: list[str], first_ms: int, last_ms: int) -> list[Settled]:
    """Settlements of a file in a period, in time order. Where a file has several venues, the first by name counts.

    The last settlement of a symbol has its next as far ahead as the one before lay behind (8 h if alone)."""
    rows = readable(con, file)
    if not set(rows.columns) >= NEEDED:
        return []
    venue = "venue" if "venue" in rows.columns else "''"
    rows.project(f"ts_ms, symbol, funding_rate, {venue} AS venue").create_view("every_settlement", replace=True)
    found = con.execute(
        "WITH one AS (SELECT ts_ms, symbol, any_value(funding_rate) AS rate FROM every_settlement "
        "WHERE venue = (SELECT min(venue) FROM every_settlement) AND funding_rate IS NOT NULL GROUP BY ts_ms, symbol), "
        "paced AS (SELECT ts_ms, symbol, rate, lead(ts_ms) OVER pace AS ahead, lag(ts_ms) OVER pace AS behind FROM one "
        "WINDOW pace AS (PARTITION BY symbol ORDER BY ts_ms)) "
        "SELECT ts_ms * 1000, symbol, rate, coalesce(ahead, ts_ms + coalesce(ts_ms - behind, 28800000)) * 1000 FROM paced "
        "WHERE ts_ms BETWEEN ? AND ? AND list_contains(?, symbol) ORDER BY ts_ms, symbol",
        [first_ms, last_ms, symbols],
    ).fetchall()
    return [Settled(*row) for row in found]


def funding_for(
    con: "DuckDBPyConnection", bars: Path, *, named: str, symbols: list[str], period_ms: tuple[int, int]
) -> tuple[list[Settled], str]:
    """Settlements during bars, and the file they are from: the one named, else that beside the bars
    (`../funding/*.csv.gz`) with most of them, else none and an empty name."""
    folder = bars if bars.is_dir() else bars.parent
    if named and not Path(named).expanduser().is_file():
        raise UnreadableFeed(f"replay.funding {named!r} does not exist; name a file with {', '.join(sorted(NEEDED))}, or leave it empty")
    files = [Path(named).expanduser()] if named else sorted((folder.resolve().parent / "funding").glob("*.csv.gz"))
    best: list[Settled] = []
    source = ""
    for file in files:
        found = settlements_in(con, file, symbols=symbols, first_ms=period_ms[0], last_ms=period_ms[1])
        if len(found) > len(best):
            best, source = found, file.name
    if named and not best:
        raise UnreadableFeed(f"replay.funding {named!r} has no settlement of these bars, 1 is the least; name another or leave it empty")
    return best, source
