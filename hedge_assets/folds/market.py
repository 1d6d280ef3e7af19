"""The market as last seen, by symbol: quotes, marks, spread, liquidity, volatility, silence."""

import math
from collections.abc import Mapping
from typing import ClassVar

import msgspec

from executor.records.base import Record
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from hedge_assets.folds.base import keep_newest, take

MINUTE_US = 60_000_000
QUOTE_HALF_LIFE_US = 60_000_000
VOL_HALF_LIFE_MIN = 60.0
LEAST_MINUTES = 5
GAPS_KEPT = 200

QUOTE_DECAY = math.log(2.0) / QUOTE_HALF_LIFE_US
MINUTE_KEEP = 0.5 ** (1.0 / VOL_HALF_LIFE_MIN)


class SymbolMarket(msgspec.Struct, kw_only=True):
    """One symbol. `vol_bps` is the EWMA standard deviation of one-minute mid returns (half-life 60 min,
    null before 5 of them; a minute without a quote gives none, as in the executor), `spread_bps` and
    `touch_usd` (mean of the two sides) EWMAs over quotes (half-life 60 s of time).

    `ts_us` is when the executor last wrote a quote, `moved_us` when it last wrote one with news in it:
    between the two the quote in force was only said again. `minute` counts minutes since 1970.
    """

    symbol: str
    ts_us: int = 0
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    mark: float | None = None
    funding_rate: float | None = None
    next_funding_us: int | None = None
    quotes: int = 0
    trades: int = 0
    spread_bps: float | None = None
    touch_usd: float | None = None
    vol_bps: float | None = None
    minute: int = 0
    minute_mid: float | None = None
    minutes: int = 0
    variance: float | None = None
    source: str = ""
    exchange_ts_us: int = 0
    moved_us: int = 0
    closed_minute: int = 0
    closed_mid: float | None = None
    settled_us: int | None = None
    settled_rate: float | None = None

    @property
    def mid(self) -> float | None:
        """Half way between bid and ask; null before the first quote."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2

    def turn_minute(self, minute: int) -> None:
        """Close the minute that was: a return when the one before it was closed too (bps, squared into the EWMA)."""
        mid = self.minute_mid
        if mid is not None:
            before = self.closed_mid
            if before is not None and self.closed_minute == self.minute - 1:
                move_bps = math.log(mid / before) * 1e4
                squared = move_bps * move_bps
                old = self.variance
                self.variance = squared if old is None else MINUTE_KEEP * old + (1 - MINUTE_KEEP) * squared
                self.minutes += 1
                if self.minutes >= LEAST_MINUTES:
                    self.vol_bps = math.sqrt(self.variance)
            self.closed_minute, self.closed_mid = self.minute, mid
        self.minute = minute


class GapRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A silence of the feed."""

    ts_us: int
    symbol: str
    from_us: int
    reason: str


class Market(msgspec.Struct, kw_only=True):
    """All symbols, and the newest gaps (at most 200)."""

    takes: ClassVar[Mapping[type[Record], str]] = {
        Quote: "quote",
        Trade: "trade",
        Mark: "mark",
        Settlement: "settlement",
        Gap: "gap",
    }

    symbols: dict[str, SymbolMarket] = {}
    gaps: list[GapRow] = []
    newest_us: int | None = None
    n: int = 0
    gaps_total: int = 0

    def take(self, record: Record) -> None:
        """Take one record of the ticks journal."""
        take(self, record)

    def quote(self, record: Quote) -> None:
        """A quote: the hot path, called for every one of millions. One without a price on both sides is passed over."""
        bid, ask, ts_us = record.bid, record.ask, record.ts_us
        self.newest_us = ts_us
        self.n += 1
        if bid <= 0.0 or ask <= 0.0:
            return
        seen = self.symbols.get(record.symbol)
        if seen is None:
            seen = self.symbols[record.symbol] = SymbolMarket(symbol=record.symbol)
        mid = (bid + ask) * 0.5
        spread_bps = (ask - bid) / mid * 1e4
        touch_usd = (bid * record.bid_qty + ask * record.ask_qty) * 0.5
        old_spread, old_touch = seen.spread_bps, seen.touch_usd
        if old_spread is None or old_touch is None:
            seen.spread_bps, seen.touch_usd = spread_bps, touch_usd
        else:
            keep = math.exp((seen.ts_us - ts_us) * QUOTE_DECAY) if ts_us > seen.ts_us else 1.0
            seen.spread_bps = spread_bps + keep * (old_spread - spread_bps)
            seen.touch_usd = touch_usd + keep * (old_touch - touch_usd)
        minute = ts_us // MINUTE_US
        if minute != seen.minute:
            seen.turn_minute(minute)
        seen.minute_mid = mid
        seen.bid, seen.ask, seen.ts_us = bid, ask, ts_us
        seen.quotes += 1
        if record.exchange_ts_us != seen.exchange_ts_us:
            seen.exchange_ts_us, seen.moved_us, seen.source = record.exchange_ts_us, ts_us, record.source
            if record.last is not None:
                seen.last = record.last

    def trade(self, record: Trade) -> None:
        """A trade between others: the last price."""
        seen = self._seen(record)
        seen.trades += 1
        seen.last = record.price

    def mark(self, record: Mark) -> None:
        """Mark price and the funding rate that is due."""
        seen = self._seen(record)
        seen.mark, seen.funding_rate, seen.next_funding_us = record.mark, record.funding_rate, record.next_funding_us

    def settlement(self, record: Settlement) -> None:
        """Funding was settled at this rate."""
        seen = self._seen(record)
        seen.mark, seen.settled_us, seen.settled_rate = record.mark, record.ts_us, record.funding_rate

    def gap(self, record: Gap) -> None:
        """The feed was silent."""
        self.newest_us = record.ts_us
        self.n += 1
        self.gaps_total += 1
        self.gaps.append(GapRow(record.ts_us, record.symbol, record.from_us, record.reason))
        keep_newest(self.gaps, GAPS_KEPT)

    def _seen(self, record: Trade | Mark | Settlement) -> SymbolMarket:
        self.newest_us = record.ts_us
        self.n += 1
        seen = self.symbols.get(record.symbol)
        if seen is None:
            seen = self.symbols[record.symbol] = SymbolMarket(symbol=record.symbol)
        return seen
