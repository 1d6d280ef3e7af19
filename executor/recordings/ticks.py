"""Best prices, trades and marks of several symbols, merged in the order the exchange had them."""

import math
from collections.abc import Mapping
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from executor.recordings.files import Recorded, chosen_symbols, readable
from executor.recordings.rules import instruments_of, refuse_bad_rows
from executor.records.base import Side
from executor.records.market import Instrument, Mark, MarketEvent, Quote, Settlement, Source, Trade

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

CHUNK_MS = 300_000
BATCH_US = 50_000
SOURCE: Source = "replay"
INTERVAL_MS = 28_800_000
BAR_S = 2.0  # these recordings are minutes long: a strategy that needs thirty bars must get them within one
TRADE, BOOK, MARK = 0, 1, 2
SHAPES = {
    # Rows of one shape. Within a millisecond: trades before the book they changed, then marks; then by file and the venue's id.
    "trades": f"ts_ms, {TRADE} AS kind, {{file}} AS file, trade_id AS id, symbol, (side = 'buy')::int AS buys, "
    "price AS a, qty AS b, 'nan'::double AS c, 'nan'::double AS d, 0::bigint AS due_ms",
    "books": f"ts_ms, {BOOK} AS kind, {{file}} AS file, update_id AS id, symbol, 0 AS buys, bid AS a, ask AS b, "
    "bid_qty AS c, ask_qty AS d, 0::bigint AS due_ms",
    "marks": f"event_ms AS ts_ms, {MARK} AS kind, {{file}} AS file, event_ms AS id, symbol, 0 AS buys, mark AS a, "
    '"index" AS b, funding_rate AS c, 0.0::double AS d, next_funding_ms AS due_ms',
    "snapshots": f"ts_ms, {BOOK} AS kind, {{file}} AS file, ts_ms AS id, symbol, 0 AS buys, bid AS a, ask AS b, "
    "bid_qty AS c, ask_qty AS d, 0::bigint AS due_ms",
}
# A snapshot's funding rate is filled on few rows: the last known one holds; its due time is the venue's usual eight hours.
SNAPSHOT_MARKS = (
    f'ts_ms, {MARK} AS kind, {{file}} AS file, ts_ms AS id, symbol, 0 AS buys, mark AS a, "index" AS b, '
    "last_value(funding_rate IGNORE NULLS) OVER (PARTITION BY symbol ORDER BY ts_ms) AS c, 0.0::double AS d, "
    f"(ts_ms // {INTERVAL_MS} + 1) * {INTERVAL_MS} AS due_ms"
)
BAD_BOOK = f"kind = {BOOK} AND NOT coalesce(a > 0 AND a <= b AND b < 'inf'::double AND c >= 0 AND d >= 0 AND c + d < 'inf'::double, false)"
BAD_TRADE = f"kind = {TRADE} AND NOT coalesce(a > 0 AND b > 0 AND a + b < 'inf'::double, false)"
BAD_MARK = f"kind = {MARK} AND NOT coalesce(a > 0 AND b > 0 AND a + b < 'inf'::double AND abs(c) < 1, false)"

Columns = Mapping[str, npt.NDArray[Any]]


class Memory(msgspec.Struct, frozen=True):
    """What one chunk hands to the next, by symbol: the last trade's price, and the rate due with its time (microseconds)."""

    last: dict[str, float]
    due: dict[str, tuple[float, int]]


def merged(con: "DuckDBPyConnection", files: list[Recorded]) -> "DuckDBPyRelation":
    """All files as rows of one shape."""
    parts = []
    for place, file in enumerate(files):
        rows = readable(con, file.path)
        parts.append(rows.project(SHAPES[file.holds].format(file=place)))
        if file.holds == "snapshots":
            parts.append(rows.filter("mark IS NOT NULL").project(SNAPSHOT_MARKS.format(file=place)).filter("c IS NOT NULL"))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.union(part)
    return whole


class Ticks:
    """A recording of ticks, read in chunks of five minutes so that its length does not matter."""

    def __init__(self, con: "DuckDBPyConnection", files: list[Recorded], *, where: str, wanted: tuple[str, ...]) -> None:
        self._con = con
        everything = merged(con, files)
        refuse_bad_rows(everything, BAD_BOOK, what="a crossed or unfinished book", where=where)
        refuse_bad_rows(everything, BAD_TRADE, what="no positive price and size", where=where)
        refuse_bad_rows(everything, BAD_MARK, what="an impossible mark or funding rate", where=where)
        everything.create_view("every_tick")
        present = con.execute("SELECT DISTINCT symbol FROM every_tick WHERE kind = ? ORDER BY 1", [BOOK]).fetchall()
        self._symbols = chosen_symbols([row[0] for row in present], wanted, where=where)
        everything.filter(f"kind = {BOOK}").project("symbol, a AS price, c AS qty").create_view("tick_prices")
        self.instruments: dict[str, Instrument] = instruments_of(con, "tick_prices", symbols=self._symbols, price="price", qty="qty")
        chunks = "SELECT DISTINCT ts_ms // ? FROM every_tick WHERE list_contains(?, symbol) ORDER BY 1"
        self._chunks = [row[0] for row in con.execute(chunks, [CHUNK_MS, self._symbols]).fetchall()]
        self.loop_s = 0.05
        self.bar_s = BAR_S
        self.memory: Any = msgspec.to_builtins(Memory({}, {}))

    def __len__(self) -> int:
        return len(self._chunks)

    @property
    def notes(self) -> dict[str, Any]:
        """Counts of what will be given, and the rule of order."""
        counts = dict(
            self._con.execute("SELECT kind, count(*) FROM every_tick WHERE list_contains(?, symbol) GROUP BY 1", [self._symbols]).fetchall()
        )
        return {
            "form": "ticks",
            "quotes": counts.get(BOOK, 0),
            "trades": counts.get(TRADE, 0),
            "marks": counts.get(MARK, 0),
            "order": "exchange time, then trades before books before marks, then file, then the venue's id",
        }

    def read(self, chunk: int, memory: Any) -> tuple[list[list[MarketEvent]], Any]:
        """The batches of a chunk (of at most 50 ms each), and what the next one must be given."""
        before = msgspec.convert(memory, Memory)
        lowest_ms = self._chunks[chunk] * CHUNK_MS
        rows = self._con.execute(
            "SELECT ts_ms * 1000 AS ts_us, kind, list_position(?, symbol) - 1 AS symbol, buys, a, b, c, d, due_ms * 1000 AS due_us "
            "FROM every_tick WHERE ts_ms >= ? AND ts_ms < ? AND list_contains(?, symbol) ORDER BY ts_ms, kind, file, id, symbol",
            [self._symbols, lowest_ms, lowest_ms + CHUNK_MS, self._symbols],
        ).fetchnumpy()
        events, after = events_of(rows, before, symbols=self._symbols)
        stamps = np.array([event.ts_us for event in events])
        starts = np.flatnonzero(np.diff(stamps // BATCH_US, prepend=-1)).tolist()
        return [events[start:end] for start, end in zip(starts, [*starts[1:], len(events)], strict=True)], msgspec.to_builtins(after)


def events_of(rows: Columns, before: Memory, *, symbols: list[str]) -> tuple[list[MarketEvent], Memory]:
    """Rows in their order as events; where a mark shows that its funding time has passed, the settlement stands before it."""
    kinds = rows["kind"]
    events = np.empty(len(kinds), dtype=object)
    columns = {name: np.ma.getdata(values) for name, values in rows.items()}
    lasts, last = last_trades(columns, before.last, symbols=symbols)
    for kind, made in ((TRADE, trades_of), (BOOK, quotes_of)):
        chosen = np.flatnonzero(kinds == kind)
        events[chosen] = made({name: values[chosen] for name, values in columns.items()}, lasts[chosen], symbols)
    due = dict(before.due)
    settled: list[tuple[int, Settlement]] = []
    for place in np.flatnonzero(kinds == MARK).tolist():
        mark = mark_of(columns, place, symbols=symbols)
        events[place] = mark
        rate, due_us = due.get(mark.symbol, (0.0, mark.ts_us + 1))
        if due_us <= mark.ts_us:
            settled.append((place, Settlement(mark.ts_us, mark.exchange_ts_us, mark.symbol, rate, mark.mark, SOURCE)))
        if mark.next_funding_us > mark.ts_us:
            due[mark.symbol] = (mark.funding_rate, mark.next_funding_us)
        else:
            due.pop(mark.symbol, None)
    ordered: list[MarketEvent] = events.tolist()
    for place, settlement in reversed(settled):
        ordered.insert(place, settlement)
    return ordered, Memory(last, due)


def last_trades(rows: Columns, before: Mapping[str, float], *, symbols: list[str]) -> tuple[npt.NDArray[np.float64], dict[str, float]]:
    """The last traded price of its symbol at each row (not a number while there was none), and at the end."""
    lasts, after = np.full(len(rows["kind"]), np.nan), dict(before)
    for code, symbol in enumerate(symbols):
        mine = np.flatnonzero(rows["symbol"] == code)
        prices = np.where(rows["kind"][mine] == TRADE, rows["a"][mine], np.nan)
        known = np.concatenate(([before.get(symbol, np.nan)], prices))
        newest = np.maximum.accumulate(np.where(np.isnan(known), 0, np.arange(len(known))))
        lasts[mine] = known[newest][1:]
        if not np.isnan(known[newest[-1]]):
            after[symbol] = float(known[newest[-1]])
    return lasts, after


def quotes_of(rows: Columns, lasts: npt.NDArray[np.float64], symbols: list[str]) -> list[Quote]:
    """Best prices as quotes."""
    times, names = rows["ts_us"].tolist(), [symbols[code] for code in rows["symbol"].tolist()]
    known: list[float | None] = [None if math.isnan(price) else price for price in lasts.tolist()]
    columns = (rows["a"].tolist(), rows["b"].tolist(), rows["c"].tolist(), rows["d"].tolist())
    return list(map(Quote, times, times, names, *columns, known, repeat(SOURCE)))


def trades_of(rows: Columns, _lasts: npt.NDArray[np.float64], symbols: list[str]) -> list[Trade]:
    """Trades between others."""
    times, names = rows["ts_us"].tolist(), [symbols[code] for code in rows["symbol"].tolist()]
    sides: list[Side] = ["buy" if buys else "sell" for buys in rows["buys"].tolist()]
    return list(map(Trade, times, times, names, rows["a"].tolist(), rows["b"].tolist(), sides, repeat(SOURCE)))


def mark_of(rows: Columns, place: int, *, symbols: list[str]) -> Mark:
    """One mark."""
    now_us, symbol = int(rows["ts_us"][place]), symbols[int(rows["symbol"][place])]
    mark, index, rate = (float(rows[name][place]) for name in "abc")
    return Mark(now_us, now_us, symbol, mark, index, rate, int(rows["due_us"][place]), SOURCE)
