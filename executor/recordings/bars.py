"""Bars as a market: how each becomes a path of four quotes with a spread.

The rule: a bar's prices are passed in the order open, low, high, close if it closed at or above its open, else open,
high, low, close (the nearer extreme first), at 0, 1/3 and 2/3 of its length and 1 ms before its end. Around each price
stands a spread of one tick or `bar_spread_bps`, whichever is more, in whole ticks; each side shows one second of the bar's volume.
"""

from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from executor.errors import UnreadableFeed
from executor.recordings.files import Recorded, chosen_symbols, readable
from executor.recordings.funding import Settled, funding_for
from executor.recordings.rules import instruments_of, refuse_bad_rows
from executor.records.market import Instrument, Mark, MarketEvent, Quote, Settlement, Source
from executor.settings import Replay

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAY_MS = 86_400_000
SOURCE: Source = "replay"
BAD_BAR = (
    "NOT coalesce(low > 0 AND low <= least(open, close) AND high >= greatest(open, close) AND high < 'inf'::double "
    "AND volume >= 0 AND volume < 'inf'::double, false)"
)

Floats = npt.NDArray[np.float64]


class Memory(msgspec.Struct, frozen=True):
    """What one chunk hands to the next: each symbol's last mid."""

    mids: dict[str, float]


class Rules(msgspec.Struct, frozen=True):
    """Ticks, steps and their decimals by number of symbol."""

    tick: Floats
    places: int
    step: Floats
    step_places: int


def rules_of(instruments: dict[str, Instrument]) -> Rules:
    """The instruments' rules as arrays."""
    ticks, steps = [one.tick_size for one in instruments.values()], [one.step_size for one in instruments.values()]
    places = [max(0, -size.adjusted()) for size in (min(ticks), min(steps))]
    return Rules(np.array(ticks, dtype=float), places[0], np.array(steps, dtype=float), places[1])


def path_of(bars: Floats) -> Floats:
    """The four prices each bar (open, high, low, close) passes, in their order, (bar, 4)."""
    rising = (bars[:, 3] >= bars[:, 0])[:, None]
    return np.where(rising, bars[:, [0, 2, 1, 3]], bars)


def books_of(prices: Floats, codes: npt.NDArray[np.int64], rules: Rules, *, spread_bps: float) -> tuple[Floats, Floats]:
    """Bid and ask around prices, on the tick."""
    ticks = rules.tick[codes]
    spread = np.maximum(1.0, np.rint(prices * spread_bps * 1e-4 / ticks))
    bid = np.maximum(1.0, np.floor(prices / ticks - spread / 2 + 0.5 + 1e-6))
    return np.round(bid * ticks, rules.places), np.round((bid + spread) * ticks, rules.places)


class Bars:
    """A recording of bars, read day by day; one batch is one instant of all symbols."""

    def __init__(self, con: "DuckDBPyConnection", files: list[Recorded], *, where: str, replay: Replay) -> None:
        self._con, self._replay = con, replay
        everything = readable(con, files[0].path).project("ts_ms, symbol, open, high, low, close, volume")
        for file in files[1:]:
            everything = everything.union(readable(con, file.path).project("ts_ms, symbol, open, high, low, close, volume"))
        refuse_bad_rows(everything, BAD_BAR, what="impossible prices or volume", where=where)
        everything.create_view("every_bar")
        present = con.execute("SELECT DISTINCT symbol FROM every_bar ORDER BY 1").fetchall()
        self._symbols = chosen_symbols([row[0] for row in present], replay.symbols, where=where)
        self._bar_ms = self._length_ms(where)
        self.instruments = instruments_of(con, "every_bar", symbols=self._symbols, price="close", qty="volume")
        self._rules = rules_of({symbol: self.instruments[symbol] for symbol in self._symbols})
        days = "SELECT DISTINCT ts_ms // ? FROM every_bar WHERE list_contains(?, symbol) ORDER BY 1"
        self._days = [row[0] for row in con.execute(days, [DAY_MS, self._symbols]).fetchall()]
        extent = "SELECT min(ts_ms), max(ts_ms), count(*) FROM every_bar WHERE list_contains(?, symbol)"
        [(first_ms, last_ms, self._bars)] = con.execute(extent, [self._symbols]).fetchall()
        period_ms = (first_ms, last_ms + self._bar_ms - 1)
        self._funding, self._funding_file = funding_for(
            con, files[0].path, named=replay.funding, symbols=self._symbols, period_ms=period_ms
        )
        self.loop_s = self.bar_s = self._bar_ms / 1_000
        self.memory: Any = msgspec.to_builtins(Memory({}))

    def __len__(self) -> int:
        return len(self._days)

    def _length_ms(self, where: str) -> int:
        """The bars' length: the least time between two of a symbol, one minute where there is only one."""
        found = self._con.execute(
            "SELECT symbol, min(gap), bool_or(gap <= 0) FROM (SELECT symbol, ts_ms - lag(ts_ms) OVER (PARTITION BY symbol ORDER BY ts_ms) "
            "AS gap FROM every_bar WHERE list_contains(?, symbol)) WHERE gap IS NOT NULL GROUP BY symbol ORDER BY symbol",
            [self._symbols],
        ).fetchall()
        doubled = [row[0] for row in found if row[2]]
        lengths = {row[1] for row in found}
        if doubled:
            raise UnreadableFeed(f"replay path {where!r} has {doubled[0]} twice at one time, once is allowed; part the files")
        if len(lengths) > 1:
            raise UnreadableFeed(f"replay path {where!r} has bars of {sorted(lengths)} ms, one length is allowed; part the files")
        return int(lengths.pop()) if lengths else 60_000

    @property
    def notes(self) -> dict[str, Any]:
        """Counts of what will be given, and the rule that makes quotes of bars."""
        return {
            "form": "bars",
            "bars": self._bars,
            "quotes": 4 * self._bars,
            "trades": 0,
            "bar_s": self._bar_ms / 1_000,
            "rule": "a bar passes open, low, high, close if it rose, else open, high, low, close, at 0, 1/3 and 2/3 of it and 1 ms before "
            "its end; there are no trades, so a resting order fills only when the price goes through it",
            "spread": f"one tick or {self._replay.bar_spread_bps} bps, whichever is more",
            "funding": self._funding_file or "none recorded for these bars",
            "settlements": len(self._funding),
        }

    def read(self, chunk: int, memory: Any) -> tuple[list[list[MarketEvent]], Any]:
        """The batches of a day, one an instant, and what the next day must be given."""
        before = msgspec.convert(memory, Memory)
        start_ms = self._days[chunk] * DAY_MS
        rows = self._con.execute(
            "SELECT ts_ms, list_position(?, symbol) - 1 AS code, open, high, low, close, volume FROM every_bar "
            "WHERE ts_ms >= ? AND ts_ms < ? AND list_contains(?, symbol) ORDER BY ts_ms, code",
            [self._symbols, start_ms, start_ms + DAY_MS, self._symbols],
        ).fetchnumpy()
        quotes = self._quotes({name: np.ma.getdata(values) for name, values in rows.items()})
        stamps = np.array([quote.ts_us for quote in quotes])
        starts = np.flatnonzero(np.diff(stamps, prepend=-1)).tolist()
        batches: list[list[MarketEvent]] = [list(quotes[a:b]) for a, b in zip(starts, [*starts[1:], len(quotes)], strict=True)]
        until_us = self._days[chunk + 1] * DAY_MS * 1_000 if chunk + 1 < len(self._days) else 1 << 62
        since_us = start_ms * 1_000 if chunk else 0
        due = [one for one in self._funding if since_us <= one.ts_us < until_us]
        mids = dict(before.mids)
        return funded(batches, due, mids), msgspec.to_builtins(Memory(mids))

    def _quotes(self, rows: dict[str, npt.NDArray[Any]]) -> list[Quote]:
        """Quotes of some bars, by instant, then symbol."""
        codes, count = rows["code"].astype(np.int64), len(rows["code"])
        offsets = np.array([0, self._bar_ms // 3, 2 * self._bar_ms // 3, self._bar_ms - 1])
        stamps = (rows["ts_ms"][:, None] + offsets).ravel() * 1_000
        order = np.argsort(stamps, kind="stable")
        prices = path_of(np.stack([rows[name] for name in ("open", "high", "low", "close")], axis=1)).ravel()
        four = np.repeat(codes, 4)
        bids, asks = books_of(prices, four, self._rules, spread_bps=self._replay.bar_spread_bps)
        steps = self._rules.step[codes]
        sizes = np.maximum(1.0, np.rint(rows["volume"] * (1_000 / self._bar_ms) / steps)) * steps
        shown = np.repeat(np.round(sizes, self._rules.step_places), 4)[order].tolist() if count else []
        times, names = stamps[order].tolist(), [self._symbols[code] for code in four[order].tolist()]
        columns = (bids[order].tolist(), asks[order].tolist(), shown, shown, prices[order].tolist())
        return list(map(Quote, times, times, names, *columns, repeat(SOURCE)))


def funded(batches: list[list[MarketEvent]], due: list[Settled], mids: dict[str, float]) -> list[list[MarketEvent]]:
    """Batches with settlements put in at their time, after the quotes up to it; `mids` follows along.

    A settlement is valued at the symbol's last mid (none was seen: none is given), and a mark follows it that
    expects the same rate again, since the next one is not known yet. One instant stays one batch, so that no loop
    sees half of it."""
    merged: list[list[MarketEvent]] = []
    waiting = list(reversed(due))
    for batch in batches:
        while waiting and waiting[-1].ts_us < batch[0].ts_us:
            join(merged, settled(waiting.pop(), mids))
        for event in batch:
            if isinstance(event, Quote):
                mids[event.symbol] = (event.bid + event.ask) / 2
        merged.append(batch)
    while waiting:
        join(merged, settled(waiting.pop(), mids))
    return merged


def join(batches: list[list[MarketEvent]], events: list[MarketEvent]) -> None:
    """Put events of one instant behind batches: into the last one where it is of the same instant."""
    if not events:
        return
    if batches and batches[-1][0].ts_us == events[0].ts_us:
        batches[-1].extend(events)
    else:
        batches.append(events)


def settled(one: Settled, mids: dict[str, float]) -> list[MarketEvent]:
    """A settlement and the mark after it; nothing for a symbol not seen yet."""
    mid = mids.get(one.symbol)
    if mid is None:
        return []
    settlement = Settlement(one.ts_us, one.ts_us, one.symbol, one.rate, mid, SOURCE)
    return [settlement, Mark(one.ts_us, one.ts_us, one.symbol, mid, mid, one.rate, one.next_us, SOURCE)]
