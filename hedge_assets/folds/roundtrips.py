"""A round trip: a position from flat to flat, while it is open and once it is closed."""

from decimal import Decimal

import msgspec

ZERO = Decimal(0)
BROKEN_SLIPPAGE_BPS = 15.0
HEAVY_FALLBACK_FRAC = 0.5
HOT_SLIPPAGE_BPS = 3.0
STRONG_MAKER_FRAC = 0.7
DOLLARS = frozenset({"USD", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "BNFCR"})


class OpenTrade(msgspec.Struct, kw_only=True):
    """A position that is not flat yet. Quantities positive; money exact; entry and exit as sums of price x qty.

    `realized` is the venue's own sum for its fills; it replaces the difference of the two sums where
    an adjustment (`adjusted`) broke them. `fallback_cost` is what was filled by taker fallbacks, `judged_cost` what of
    all fills had a mid at sending, and `slippage_usd` what those paid beyond it.
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


class ClosedTrade(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One round trip, flat to flat. `net` = `gross` - `fees` + `funding`, exact, in USD.

    `side` is long or short. `notional` is the entry's cost. `number` orders trades for ever.
    `initial_risk_usd` is what the stop would have lost at entry, null without a stop.
    `fallback_frac` is of the traded notional, `slippage_bps` its cost against the mids at sending (null without any), and
    `regime` how it was routed, in `router_health`'s words, by the lines named above. `exit_reason` is the exit intent's own,
    `liquidation`, `operator`, or `external` for a fill of no order of ours.
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
    """The round trip that an open trade has become."""
    difference = (trade.exit_cost - trade.entry_cost) * (1 if trade.side == "long" else -1)
    gross = trade.realized if trade.adjusted or trade.entry_qty != trade.exit_qty else difference
    traded = trade.entry_cost + trade.exit_cost
    maker_frac, fallback_frac = float(trade.maker_cost / traded), float(trade.fallback_cost / traded)
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
        entry_price=trade.entry_cost / trade.entry_qty,
        exit_price=trade.exit_cost / trade.exit_qty,
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
        traded_usd=traded,
        maker_usd=trade.maker_cost,
    )


def regime_of(maker_frac: float, fallback_frac: float, slippage_bps: float | None) -> str:
    """How one trade was routed: the first of these that holds."""
    if slippage_bps is not None and slippage_bps >= BROKEN_SLIPPAGE_BPS:
        return "broken"
    if fallback_frac >= HEAVY_FALLBACK_FRAC:
        return "fallback_heavy"
    if slippage_bps is not None and slippage_bps >= HOT_SLIPPAGE_BPS:
        return "slippage_hot"
    return "maker_strong" if maker_frac >= STRONG_MAKER_FRAC else "balanced"
