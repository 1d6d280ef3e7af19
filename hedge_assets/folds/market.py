"""The market as last seen, by symbol: quotes, marks, spread, liquidity, volatility, silence."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from executor.records.base import Record
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from hedge_assets.folds.base import keep_newest, take
from hedge_assets.folds.symbol_market import MINUTE_US, SymbolMarket

__all__ = ["GapRow", "Market", "SymbolMarket"]

GAPS_KEPT = 200


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
        self.newest_us = ts_us = record.ts_us
        self.n += 1
        if record.bid <= 0.0 or record.ask <= 0.0:
            return
        seen = self.symbols.get(record.symbol)
        if seen is None:
            seen = self.symbols[record.symbol] = SymbolMarket(symbol=record.symbol)
        minute = ts_us // MINUTE_US
        if minute > seen.minute:
            seen.turn_minute(minute)
        seen.newest = record
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
