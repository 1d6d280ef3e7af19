"""What one account's trading came to, for ever: money exact, costs weighted by what was traded."""

from decimal import Decimal

import msgspec

from executor.records.orders import Fill
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.folds.moments import Moments
from hedge_assets.folds.roundtrips import EXACT, ZERO


class Totals(msgspec.Struct, kw_only=True):
    """Sums in USD. `judged_usd` is the notional whose slippage (`slip_usd`, against the mid at the decision) is known; markouts likewise.

    `nets` are those of closed trades, `bps` the same in bps of what was paid at entry.
    """

    approved: int = 0
    orders: int = 0
    fills: int = 0
    traded_usd: Decimal = ZERO
    maker_usd: Decimal = ZERO
    fees_usd: Decimal = ZERO
    funding_usd: Decimal = ZERO
    net_usd: Decimal = ZERO
    trades: int = 0
    wins: int = 0
    bps: Moments = msgspec.field(default_factory=Moments)
    judged_usd: float = 0.0
    slip_usd: float = 0.0
    marked_usd: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(HORIZONS_S))
    markout_usd: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(HORIZONS_S))

    def fill(self, record: Fill, *, cost: Decimal, fee: Decimal) -> None:
        """One more fill; exact in the caller's context."""
        self.fills += 1
        self.traded_usd += cost
        self.fees_usd += fee
        if record.liquidity == "maker":
            self.maker_usd += cost

    def judged(self, notional_usd: float, slip_usd: float) -> None:
        """A fill's cost against the mid at the decision."""
        self.judged_usd += notional_usd
        self.slip_usd += slip_usd

    def mark(self, horizon: int, notional_usd: float, gain_usd: float) -> None:
        """A fill's markout."""
        self.marked_usd[horizon] += notional_usd
        self.markout_usd[horizon] += gain_usd

    def close(self, net: Decimal, entry_usd: Decimal) -> None:
        """One more closed trade."""
        self.trades += 1
        self.wins += net > 0
        self.net_usd = EXACT.add(self.net_usd, net)
        if entry_usd:
            self.bps.add(float(net / entry_usd) * 1e4)

    @property
    def slippage_bps(self) -> float | None:
        """Cost against the mid at the decision, weighted by notional; null where nothing was judged."""
        return self.slip_usd / self.judged_usd * 1e4 if self.judged_usd else None

    @property
    def fee_bps(self) -> float | None:
        """Fees in bps of what was traded; null where nothing was."""
        return float(self.fees_usd / self.traded_usd) * 1e4 if self.traded_usd else None

    @property
    def maker_frac(self) -> float | None:
        """The share of the traded notional that rested, 0..1; null where nothing was traded."""
        return float(self.maker_usd / self.traded_usd) if self.traded_usd else None

    def markout_bps(self, horizon: int) -> float | None:
        """What the mid gained on fills after a horizon (its place in `HORIZONS_S`), weighted; null where nothing was marked."""
        return self.markout_usd[horizon] / self.marked_usd[horizon] * 1e4 if self.marked_usd[horizon] else None
