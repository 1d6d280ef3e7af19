"""A round trip: a position from flat to flat, while it is open and once it is closed.

Money, quantities and their products are exact decimals and are added in a context of 60 digits, so that sums of sums are the
sum. Divisions happen once, for showing (average prices, shares), and nothing that was divided is added up again.
"""

from decimal import Context, Decimal

import msgspec

ZERO = Decimal(0)
EXACT = Context(prec=60)
SHOWN = Context(prec=28)
BROKEN_SLIPPAGE_BPS = 15.0
HEAVY_FALLBACK_FRAC = 0.5
HOT_SLIPPAGE_BPS = 3.0
STRONG_MAKER_FRAC = 0.7
DOLLARS = frozenset({"USD", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "BNFCR"})


class OpenTrade(msgspec.Struct, kw_only=True):
    """A position that is not flat yet. Quantities positive; money exact; entry and exit as sums of price x qty.

    `realized` is the venue's own sum for its fills; it replaces the difference of the two sums where
    an adjustment (`adjusted`) broke them. `fallback_cost` is what was filled by taker fallbacks, `judged_cost` what of
    all fills had a mid at sending, and `slippage_usd` what those paid beyond it. `policy_version`, `weight_version` and
    `weight_frac` steered the decision that opened it (empty and null where none is known). `high_mid` and `low_mid` are the
    extremes seen since the last entry, the excursions those before it (null without a quote).
    """

    symbol: str
    side: str
    strategy: str
    opened_us: int
    intent_id: str
    entry_qty: Decimal = ZERO
    entry_cost: Decimal = ZERO
    exit_qty: Decimal = ZERO
    exit_cost: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    maker_cost: Decimal = ZERO
    fills: int = 0
    initial_risk_usd: float | None = None
    entry_reason: str = ""
    exit_reason: str = ""
    realized: Decimal = ZERO
    adjusted: bool = False
    fallback_cost: Decimal = ZERO
    judged_cost: Decimal = ZERO
    slippage_usd: float = 0.0
    exit_intent_id: str = ""
    policy_version: str = ""
    weight_version: str = ""
    weight_frac: float | None = None
    high_mid: float | None = None
    low_mid: float | None = None
    adverse_bps: float | None = None
    favourable_bps: float | None = None

    @property
    def booked_usd(self) -> Decimal:
        """What it has brought so far: the venue's realized profit, less fees, with funding."""
        return EXACT.add(EXACT.subtract(self.realized, self.fees), self.funding)

    @property
    def gross_usd(self) -> Decimal:
        """What the exits brought beyond the entries, before costs; the venue's own sum where an adjustment broke ours."""
        if self.adjusted or self.entry_qty != self.exit_qty:
            return self.realized
        first, last = (self.entry_cost, self.exit_cost) if self.side == "long" else (self.exit_cost, self.entry_cost)
        return EXACT.subtract(last, first)

    def reckon(self) -> None:
        """Measure the mids seen since the last entry against the average price of the entries before the next one."""
        if self.high_mid is None or self.low_mid is None or not self.entry_cost:
            return
        average = float(SHOWN.divide(self.entry_cost, self.entry_qty))
        up_bps, down_bps = (self.high_mid / average - 1) * 1e4, (1 - self.low_mid / average) * 1e4
        favourable, adverse = (up_bps, down_bps) if self.side == "long" else (down_bps, up_bps)
        self.favourable_bps = max(self.favourable_bps or 0.0, favourable)
        self.adverse_bps = max(self.adverse_bps or 0.0, adverse)
        self.high_mid = self.low_mid = None


class ClosedTrade(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One round trip, flat to flat. `net` = `gross` - `fees` + `funding`, exact, in USD.

    `side` is long or short. `notional` is the entry's cost. `number` orders trades for ever.
    `initial_risk_usd` is what the stop would have lost at entry, null without a stop.
    `fallback_frac` is of the traded notional, `slippage_bps` its cost against the mids at sending (null without any), and
    `regime` how it was routed, in `router_health`'s words, by the lines named above. `exit_reason` is the exit intent's own,
    `liquidation`, `operator`, or `external` for a fill of no order of ours.
    `adverse_bps` and `favourable_bps` (not below 0) are how far the mid went against and for the position while it was open, in
    bps of the average price of all entries so far, null where no quote was seen. They depend only on which mids were seen
    between two entries, so a minute's high and low say as much as all of its quotes. `exit_intent_id` is of the last exit;
    `policy_version`, `weight_version` and `weight_frac` steered the decision to enter. `maker_usd` of `traded_usd` (entries and
    exits, exact) was filled as maker.
    """

    number: int
    symbol: str
    side: str
    strategy: str
    intent_id: str
    opened_us: int
    closed_us: int
    qty: Decimal
    entry_price: Decimal
    exit_price: Decimal
    notional: Decimal
    gross: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    maker_frac: float
    fills: int
    initial_risk_usd: float | None
    entry_reason: str
    exit_reason: str
    regime: str = "unknown"
    fallback_frac: float | None = None
    slippage_bps: float | None = None
    exit_intent_id: str = ""
    policy_version: str = ""
    weight_version: str = ""
    weight_frac: float | None = None
    adverse_bps: float | None = None
    favourable_bps: float | None = None
    traded_usd: Decimal = ZERO
    maker_usd: Decimal = ZERO


class Wish(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What of an intent, and of the decision on it, is needed when its fills come."""

    strategy: str
    purpose: str
    reason: str
    stop_bps: float | None
    policy_version: str = ""
    weight_version: str = ""
    weight_frac: float | None = None


class Sent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What of an order is needed when its fills come: whose it is, which step, and the mid when it left."""

    intent_id: str
    step: str
    mid: float | None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a fill that belongs to one trade: a fill through zero has two."""

    qty: Decimal
    fee: Decimal
    realized: Decimal


def close_trade(trade: OpenTrade, *, number: int, closed_us: int) -> ClosedTrade:
    """The round trip that an open trade has become; exact in the caller's context."""
    trade.reckon()
    gross = trade.gross_usd
    traded = trade.entry_cost + trade.exit_cost
    maker_frac, fallback_frac = share(trade.maker_cost, traded), share(trade.fallback_cost, traded)
    slippage_bps = trade.slippage_usd / float(trade.judged_cost) * 1e4 if trade.judged_cost else None
    return ClosedTrade(
        number=number,
        symbol=trade.symbol,
        side=trade.side,
        strategy=trade.strategy,
        intent_id=trade.intent_id,
        opened_us=trade.opened_us,
        closed_us=closed_us,
        qty=trade.entry_qty,
        entry_price=SHOWN.divide(trade.entry_cost, trade.entry_qty),
        exit_price=SHOWN.divide(trade.exit_cost, trade.exit_qty),
        notional=trade.entry_cost,
        gross=gross,
        fees=trade.fees,
        funding=trade.funding,
        net=gross - trade.fees + trade.funding,
        maker_frac=maker_frac,
        fills=trade.fills,
        initial_risk_usd=trade.initial_risk_usd,
        entry_reason=trade.entry_reason,
        exit_reason=trade.exit_reason,
        regime=regime_of(maker_frac, fallback_frac, slippage_bps),
        fallback_frac=fallback_frac,
        slippage_bps=slippage_bps,
        exit_intent_id=trade.exit_intent_id,
        policy_version=trade.policy_version,
        weight_version=trade.weight_version,
        weight_frac=trade.weight_frac,
        adverse_bps=trade.adverse_bps,
        favourable_bps=trade.favourable_bps,
        traded_usd=traded,
        maker_usd=trade.maker_cost,
    )


def share(part: Decimal, whole: Decimal) -> float:
    """How much of a whole a part is, 0..1; nothing of nothing is nothing."""
    return float(SHOWN.divide(part, whole)) if whole else 0.0


def regime_of(maker_frac: float, fallback_frac: float, slippage_bps: float | None) -> str:
    """How one trade was routed: the first of these that holds."""
    if slippage_bps is not None and slippage_bps >= BROKEN_SLIPPAGE_BPS:
        return "broken"
    if fallback_frac >= HEAVY_FALLBACK_FRAC:
        return "fallback_heavy"
    if slippage_bps is not None and slippage_bps >= HOT_SLIPPAGE_BPS:
        return "slippage_hot"
    return "maker_strong" if maker_frac >= STRONG_MAKER_FRAC else "balanced"
