"""Which files of a path are recordings, and of what: told by their columns, so that names do not matter."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from executor.errors import UnreadableFeed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

Holds = Literal["trades", "books", "marks", "snapshots", "bars"]
COLUMNS: dict[Holds, set[str]] = {
    "bars": {"ts_ms", "symbol", "open", "high", "low", "close", "volume"},
    "trades": {"ts_ms", "symbol", "trade_id", "price", "qty", "side"},
    "books": {"ts_ms", "symbol", "update_id", "bid", "bid_qty", "ask", "ask_qty"},
    "snapshots": {"ts_ms", "symbol", "bid", "bid_qty", "ask", "ask_qty", "mark", "index", "funding_rate"},
    "marks": {"event_ms", "symbol", "mark", "index", "funding_rate", "next_funding_ms"},
}
CURE = "name a folder or file with best prices (*_book_ticker.parquet), trades beside them if any, or bars (*_1m_*.parquet)"


class Recorded(msgspec.Struct, frozen=True):
    """A file and what it holds; `timed` says that it has the recorder's own clock (`recv_ns` beside `event_ms`)."""

    path: Path
    holds: Holds
    timed: bool


def connection() -> "DuckDBPyConnection":
    """A database in memory, to read files with."""
    import duckdb  # noqa: PLC0415 - only replays need it

    return duckdb.connect(":memory:")


def readable(con: "DuckDBPyConnection", path: Path) -> "DuckDBPyRelation":
    """The rows of a parquet or CSV file; refuses one that is damaged."""
    import duckdb  # noqa: PLC0415 - only replays need it

    try:
        return con.read_parquet(str(path)) if path.suffix == ".parquet" else con.read_csv(str(path))
    except (duckdb.Error, OSError) as fault:
        what = str(fault).strip().partition("\n")[0]
        raise UnreadableFeed(
            f"recording {path} cannot be read ({what}); must be a whole parquet file, so fetch it again or move it away"
        ) from None


def recorded_at(con: "DuckDBPyConnection", where: str) -> list[Recorded]:
    """The recordings at a path, by name; refuses a path that has none, or bars and ticks mixed."""
    path = Path(where).expanduser()
    if not where or not path.exists():
        raise UnreadableFeed(f"replay path {where!r} does not exist; {CURE}")
    found = []
    for file in sorted(path.glob("*.parquet")) if path.is_dir() else [path]:
        columns = set(readable(con, file).columns)
        holds = next((name for name, wanted in COLUMNS.items() if wanted <= columns), None)
        if holds is not None:
            found.append(Recorded(file, holds, {"recv_ns", "event_ms"} <= columns))
    kinds = {one.holds for one in found}
    if not kinds & {"books", "snapshots", "bars"}:
        raise UnreadableFeed(f"replay path {where!r} holds no best prices and no bars; {CURE}")
    if "bars" in kinds and len(kinds) > 1:
        raise UnreadableFeed(f"replay path {where!r} holds bars and {', '.join(sorted(kinds - {'bars'}))}, one kind is allowed; part them")
    return found


def chosen_symbols(present: list[str], wanted: tuple[str, ...], *, where: str) -> list[str]:
    """Symbols to replay: those wanted, or all that are there."""
    if not present:
        raise UnreadableFeed(f"replay path {where!r} holds no rows, at least 1 is needed; name another recording")
    missing = [symbol for symbol in wanted if symbol not in present]
    if missing:
        raise UnreadableFeed(f"replay.symbols named {', '.join(missing)}, {where!r} holds {', '.join(present)}; name some of those")
    return [symbol for symbol in present if symbol in wanted] if wanted else present
