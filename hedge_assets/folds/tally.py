"""What a set of closed trades adds up to: everything that expectancy needs, and nothing that grows with their number.

Money is exact. Sums of one set after another are what one set of both would give, bit for bit, if the second was
added the way it was gathered; the drawdown is that of the sequence, in the order of adding (by closing, then by number).
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext

import msgspec

from hedge_assets.folds.moments import Moments
from hedge_assets.folds.roundtrips import EXACT, ZERO, ClosedTrade
from hedge_assets.folds.sketch import Sketch, bin_of

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000


class TradeTally(msgspec.Struct, kw_only=True, array_like=True):
    """Closed trades as sums. Money in USD: `won_usd` and `lost_usd` are nets of winners and losers, both positive.

    `bps` is net profit in bps of entry notional, `r` in initial risks (only of trades with a stop), `usd` in USD;
    `adverse_bps` and `favourable_bps` are the worst and best the price went while the trade was open. Of the running sum of
    nets from 0: `high_usd` and `low_usd` are its extremes (0 counts), `fall_usd` its deepest fall from a high.
    `maker_usd` of `traded_usd` was filled as maker. `last_us` is the newest closing, 0 without a trade.
    """

    n: int = 0
    wins: int = 0
    losses: int = 0
    won_usd: Decimal = ZERO
    lost_usd: Decimal = ZERO
    gross_usd: Decimal = ZERO
    fees_usd: Decimal = ZERO
    funding_usd: Decimal = ZERO
    notional_usd: Decimal = ZERO
    traded_usd: Decimal = ZERO
    maker_usd: Decimal = ZERO
    high_usd: Decimal = ZERO
    low_usd: Decimal = ZERO
    fall_usd: Decimal = ZERO
    usd: Moments = msgspec.field(default_factory=Moments)
    bps: Moments = msgspec.field(default_factory=Moments)
    r: Moments = msgspec.field(default_factory=Moments)
    adverse_bps: Moments = msgspec.field(default_factory=Moments)
    favourable_bps: Moments = msgspec.field(default_factory=Moments)
    held_s: Sketch = msgspec.field(default_factory=Sketch)
    last_us: int = 0

    @property
    def net_usd(self) -> Decimal:
        """What all of them earned together."""
        return EXACT.subtract(self.won_usd, self.lost_usd)

    @property
    def zeros(self) -> int:
        """Trades that earned exactly nothing."""
        return self.n - self.wins - self.losses

    def add(self, trade: ClosedTrade) -> None:
        """One more trade, after those that are in: of several closed in one microsecond the lower `number` comes first."""
        with localcontext(EXACT):
            self.count(trade, figures_of(trade))

    def count(self, trade: ClosedTrade, figures: "Figures") -> None:
        """The same for a caller that adds one trade to many sums, in a context exact enough for all of them."""
        net = trade.net
        self.n += 1
        if net > 0:
            self.wins += 1
            self.won_usd += net
        elif net < 0:
            self.losses += 1
            self.lost_usd -= net
        running = self.won_usd - self.lost_usd
        if running > self.high_usd:
            self.high_usd = running
        else:
            self.low_usd = min(self.low_usd, running)
            fall = self.high_usd - running
            self.fall_usd = max(self.fall_usd, fall)
        self.gross_usd += trade.gross
        if trade.fees:
            self.fees_usd += trade.fees
        if trade.funding:
            self.funding_usd += trade.funding
        self.notional_usd += trade.notional
        self.traded_usd += trade.traded_usd
        if trade.maker_usd:
            self.maker_usd += trade.maker_usd
        for moments, value in zip((self.usd, self.bps, self.r, self.adverse_bps, self.favourable_bps), figures.values, strict=True):
            if value is not None:
                moments.add(value)
        self.held_s.put(figures.held_bin)
        self.last_us = max(self.last_us, trade.closed_us)

    def plus(self, other: "TradeTally") -> None:
        """All trades of another, after our own."""
        with localcontext(EXACT):
            self._sums(other)
        self.n += other.n
        self.wins += other.wins
        self.losses += other.losses
        self.usd.plus(other.usd)
        self.bps.plus(other.bps)
        self.r.plus(other.r)
        self.adverse_bps.plus(other.adverse_bps)
        self.favourable_bps.plus(other.favourable_bps)
        self.held_s.plus(other.held_s)
        self.last_us = max(self.last_us, other.last_us)

    def _sums(self, other: "TradeTally") -> None:
        before = self.net_usd
        self.fall_usd = max(self.fall_usd, other.fall_usd, self.high_usd - (before + other.low_usd))
        self.high_usd = max(self.high_usd, before + other.high_usd)
        self.low_usd = min(self.low_usd, before + other.low_usd)
        self.won_usd += other.won_usd
        self.lost_usd += other.lost_usd
        self.gross_usd += other.gross_usd
        self.fees_usd += other.fees_usd
        self.funding_usd += other.funding_usd
        self.notional_usd += other.notional_usd
        self.traded_usd += other.traded_usd
        self.maker_usd += other.maker_usd


class Figures(msgspec.Struct, frozen=True, gc=False):
    """What of one trade is spread out around a mean (net in USD, in bps of the entry, in initial risks, worst and best excursion
    in bps; null where it has none), and the bin of the seconds it was held."""

    values: tuple[float | None, float | None, float | None, float | None, float | None]
    held_bin: int


def figures_of(trade: ClosedTrade) -> Figures:
    """What a trade adds to every sum it belongs to, worked out once."""
    net = float(trade.net)
    bps = net / float(trade.notional) * 1e4 if trade.notional > 0 else None
    r = net / trade.initial_risk_usd if trade.initial_risk_usd else None
    held_s = max(0, trade.closed_us - trade.opened_us) / 1e6
    return Figures((net, bps, r, trade.adverse_bps, trade.favourable_bps), bin_of(held_s))


def keys_of(trade: ClosedTrade) -> Iterator[str]:
    """The groups a trade belongs to, as `dimension/value`; hours are the UTC hour of opening."""
    yield "overall/all"
    yield f"symbols/{trade.symbol}"
    yield f"strategies/{trade.strategy}"
    yield f"sides/{trade.side}"
    yield f"hours/{trade.opened_us % DAY_US // HOUR_US:02d}"
    yield f"regimes/{trade.regime}"
