"""What is remembered of each symbol: its newest quote, its closed one-minute bars, its volatility."""

import math

import msgspec

from executor.records.market import Quote
from executor.settings import Features
from executor.strategies.base import Bar

MINUTE_US = 60_000_000


class Watch(msgspec.Struct, kw_only=True):
    """One symbol. Bars are of mid prices; `variance` is the EWMA of squared one-minute returns in bps².

    A minute without a quote gives no bar and no return: silence is not calm.
    """

    quote: Quote | None = None
    bars: list[Bar] = []
    closes_us: int = 0
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    variance: float | None = None
    returns: int = 0

    def observe(self, quote: Quote, features: Features, kept: int) -> None:
        """Take the newest quote; closes a bar when its minute is over."""
        self.quote = quote
        mid = (quote.bid + quote.ask) * 0.5
        if quote.ts_us >= self.closes_us:
            self._turn(quote.ts_us, mid, features, kept)
        elif mid > self.high:
            self.high = mid
        elif mid < self.low:
            self.low = mid
        self.close = mid

    def _turn(self, ts_us: int, mid: float, features: Features, kept: int) -> None:
        if self.closes_us:
            self._close_bar(features)
            if len(self.bars) >= 2 * kept:
                del self.bars[:-kept]
        self.closes_us = ts_us - ts_us % MINUTE_US + MINUTE_US
        self.open = self.high = self.low = mid

    def _close_bar(self, features: Features) -> None:
        opened_us = self.closes_us - MINUTE_US
        if self.bars and self.bars[-1].ts_us == opened_us - MINUTE_US:
            move_bps = math.log(self.close / self.bars[-1].close) * 1e4
            keep = 0.5 ** (1.0 / features.vol_half_life_min)
            squared = move_bps * move_bps
            self.variance = squared if self.variance is None else keep * self.variance + (1 - keep) * squared
            self.returns += 1
        self.bars.append(Bar(opened_us, self.open, self.high, self.low, self.close))

    def vol_bps(self, features: Features) -> float | None:
        """Standard deviation of one-minute returns in bps; null before `min_bars` of them."""
        if self.variance is None or self.returns < features.min_bars:
            return None
        return math.sqrt(self.variance)
