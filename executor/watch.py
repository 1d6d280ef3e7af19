"""What is remembered of each symbol: its newest quote, its closed bars, its volatility."""

import math

import msgspec

from executor.records.market import Quote
from executor.settings import Settings
from executor.strategies.base import Bar

MINUTE_S = 60.0


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How quotes become bars: length in microseconds, bars kept, the weight an old squared return keeps per bar."""

    bar_us: int
    kept: int
    keep_frac: float
    min_bars: int

    @property
    def bars_per_minute(self) -> float:
        """Bars of this length in a minute."""
        return MINUTE_S * 1e6 / self.bar_us


def sampling_of(settings: Settings, feed_bar_s: float) -> Sampling:
    """The settings' bar length, or the feed's own where none is set."""
    bar_s = settings.features.bar_s or feed_bar_s
    keep_frac = 0.5 ** (bar_s / MINUTE_S / settings.features.vol_half_life_min)
    return Sampling(bar_us=round(bar_s * 1e6), kept=settings.loop.bars_kept, keep_frac=keep_frac, min_bars=settings.features.min_bars)


class Watch(msgspec.Struct, kw_only=True):
    """One symbol. Bars are of mid prices; `variance` is the EWMA of squared returns from bar to bar in bps².

    `fresh` is whether a bar closed since the last loop. A bar's time without a quote gives no bar and no
    return: silence is not calm.
    """

    quote: Quote | None = None
    bars: list[Bar] = []
    closes: list[float] = []
    fresh: bool = False
    closes_us: int = 0
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    variance: float | None = None
    returns: int = 0

    def observe(self, quote: Quote, sampling: Sampling) -> None:
        """Take the newest quote; closes a bar when its time is over."""
        self.quote = quote
        mid = (quote.bid + quote.ask) * 0.5
        if quote.ts_us >= self.closes_us:
            self._turn(quote.ts_us, mid, sampling)
        elif mid > self.high:
            self.high = mid
        elif mid < self.low:
            self.low = mid
        self.close = mid

    def _turn(self, ts_us: int, mid: float, sampling: Sampling) -> None:
        if self.closes_us:
            self._close_bar(sampling)
            if len(self.bars) >= 2 * sampling.kept:
                del self.bars[: -sampling.kept]
                del self.closes[: -sampling.kept]
        self.closes_us = ts_us - ts_us % sampling.bar_us + sampling.bar_us
        self.open = self.high = self.low = mid

    def _close_bar(self, sampling: Sampling) -> None:
        opened_us = self.closes_us - sampling.bar_us
        if self.bars and self.bars[-1].ts_us == opened_us - sampling.bar_us:
            move_bps = math.log(self.close / self.closes[-1]) * 1e4
            keep, squared = sampling.keep_frac, move_bps * move_bps
            self.variance = squared if self.variance is None else keep * self.variance + (1 - keep) * squared
            self.returns += 1
        self.bars.append(Bar(opened_us, self.open, self.high, self.low, self.close))
        self.closes.append(self.close)
        self.fresh = True

    def vol_bps(self, sampling: Sampling) -> float | None:
        """Standard deviation of returns from bar to bar in bps; null before `min_bars` of them."""
        if self.variance is None or self.returns < sampling.min_bars:
            return None
        return math.sqrt(self.variance)

    def minute_vol_bps(self, sampling: Sampling) -> float | None:
        """The same, for a minute, by the square root of time."""
        vol_bps = self.vol_bps(sampling)
        return None if vol_bps is None else vol_bps * math.sqrt(sampling.bars_per_minute)
