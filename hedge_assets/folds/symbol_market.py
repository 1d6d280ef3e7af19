"""One symbol's market: its newest quote, and what the last quotes of its minutes add up to.

    quotes ──▶ newest ──a minute is over──▶ its last quote ──▶ volatility, spread, touch (EWMAs)
                              ├ every 5 minutes ──▶ a return for correlations (the newest 288)
                              └ every UTC day ────▶ volatility, spread and touch as they stood (the newest 32)

Of all quotes of a minute only the last one counts (of those with a price on both sides): a journal thinned to it
gives the same numbers, to the last bit.
"""

import math

import msgspec

from executor.records.market import Quote

MINUTE_US = 60_000_000
INTERVAL_MIN = 5
DAY_MIN = 1440
VOL_HALF_LIFE_MIN = 60.0
QUOTE_HALF_LIFE_MIN = 10.0
LEAST_MINUTES = 5
RETURNS_KEPT = 288
DAYS_KEPT = 32

VOL_KEEP = 0.5 ** (1.0 / VOL_HALF_LIFE_MIN)
QUOTE_KEEP = 0.5 ** (1.0 / QUOTE_HALF_LIFE_MIN)


class DayClose(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A symbol's market as it stood at the end of its last minute of a UTC day; volatility is null where it was not yet known."""

    vol_bps: float | None
    spread_bps: float | None
    touch_usd: float | None


class SymbolMarket(msgspec.Struct, kw_only=True):
    """One symbol. `vol_bps` is the EWMA standard deviation of one-minute mid returns (half-life 60 min, null before 5 of them;
    a minute without a quote gives none, as in the executor), `usual_*` EWMAs over minutes of time (half-life 10 min), null
    before a minute is over.

    `moved_us` is when the executor last wrote a quote with news in it, `newest` the one it wrote last: between the two the
    quote in force was only said again. `minute` counts minutes since 1970, time that goes backwards stays in the newest.
    `returns_bps` are log returns of the mid over whole 5 minutes of the clock, newest last; the last is that of `interval`
    (counted since 1970), null is an interval without a quote in it or before it. `days` are by day since 1970.
    """

    symbol: str
    newest: Quote | None = None
    last: float | None = None
    mark: float | None = None
    funding_rate: float | None = None
    next_funding_us: int | None = None
    quotes: int = 0
    trades: int = 0
    usual_spread_bps: float | None = None
    usual_touch_usd: float | None = None
    vol_bps: float | None = None
    minute: int = 0
    minutes: int = 0
    variance: float | None = None
    source: str = ""
    exchange_ts_us: int = 0
    moved_us: int = 0
    closed_minute: int = 0
    closed_mid: float | None = None
    interval: int = 0
    interval_mid: float | None = None
    returns_bps: list[float | None] = []
    days: dict[int, DayClose] = {}
    settled_us: int | None = None
    settled_rate: float | None = None

    @property
    def ts_us(self) -> int:
        """When the executor last wrote a quote; 0 before the first."""
        return 0 if self.newest is None else self.newest.ts_us

    @property
    def bid(self) -> float | None:
        """The newest bid; null before the first quote."""
        return None if self.newest is None else self.newest.bid

    @property
    def ask(self) -> float | None:
        """The newest ask; null before the first quote."""
        return None if self.newest is None else self.newest.ask

    @property
    def mid(self) -> float | None:
        """Half way between bid and ask; null before the first quote."""
        return None if self.newest is None else mid_of(self.newest)

    @property
    def spread_bps(self) -> float | None:
        """The usual spread in bps of mid; before a minute is over, the newest quote's own."""
        if self.usual_spread_bps is not None or self.newest is None:
            return self.usual_spread_bps
        return spread_of(self.newest)

    @property
    def touch_usd(self) -> float | None:
        """What usually stands at the best price, mean of the two sides, in USD; before a minute is over, the newest quote's own."""
        if self.usual_touch_usd is not None or self.newest is None:
            return self.usual_touch_usd
        return touch_of(self.newest)

    def turn_minute(self, minute: int) -> None:
        """Close the minute that was, and the 5 minutes and the day that ended with it."""
        over, quote = self.minute, self.newest
        self.minute = minute
        if quote is None:
            return
        mid = mid_of(quote)
        self._average(quote, over - self.closed_minute)
        if self.closed_mid is not None and self.closed_minute == over - 1:
            move_bps = math.log(mid / self.closed_mid) * 1e4
            squared, old = move_bps * move_bps, self.variance
            self.variance = squared if old is None else VOL_KEEP * old + (1 - VOL_KEEP) * squared
            self.minutes += 1
            if self.minutes >= LEAST_MINUTES:
                self.vol_bps = math.sqrt(self.variance)
        self.closed_minute, self.closed_mid = over, mid
        if minute // INTERVAL_MIN != over // INTERVAL_MIN:
            self._close_interval(over // INTERVAL_MIN, mid)
        if minute // DAY_MIN != over // DAY_MIN:
            self.days[over // DAY_MIN] = DayClose(self.vol_bps, self.usual_spread_bps, self.usual_touch_usd)
            for old_day in [day for day in self.days if day <= over // DAY_MIN - DAYS_KEPT]:
                del self.days[old_day]

    def _average(self, quote: Quote, minutes: int) -> None:
        """The last quote of a minute into the usual spread and touch, so many minutes after the one before."""
        spread_bps, touch_usd = spread_of(quote), touch_of(quote)
        old_spread, old_touch = self.usual_spread_bps, self.usual_touch_usd
        if old_spread is None or old_touch is None:
            self.usual_spread_bps, self.usual_touch_usd = spread_bps, touch_usd
            return
        keep = QUOTE_KEEP**minutes
        self.usual_spread_bps = spread_bps + keep * (old_spread - spread_bps)
        self.usual_touch_usd = touch_usd + keep * (old_touch - touch_usd)

    def _close_interval(self, interval: int, mid: float) -> None:
        """One more return, where the interval before has a mid; intervals that were silent are null."""
        before, silent = self.interval_mid, interval - self.interval - 1
        if before is not None:
            self.returns_bps.extend([None] * min(silent, RETURNS_KEPT))
            self.returns_bps.append(math.log(mid / before) * 1e4 if silent == 0 else None)
            del self.returns_bps[:-RETURNS_KEPT]
        self.interval, self.interval_mid = interval, mid


def mid_of(quote: Quote) -> float:
    """Half way between bid and ask."""
    return (quote.bid + quote.ask) * 0.5


def spread_of(quote: Quote) -> float:
    """Ask less bid in bps of mid."""
    return (quote.ask - quote.bid) / mid_of(quote) * 1e4


def touch_of(quote: Quote) -> float:
    """What stands at the best price in USD, mean of the two sides."""
    return (quote.bid * quote.bid_qty + quote.ask * quote.ask_qty) * 0.5
