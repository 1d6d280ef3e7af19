"""Weights as rows of a document: each with what it rests on, what bounds it, and why, in words with numbers."""

import math

from pydantic import Field

from executor.settings import Settings
from hedge_assets.advice.weighing import Candidate, Weighed, refusal
from hedge_assets.document import Shape

DAY_MINUTES = 1440


class Weight(Shape):
    """One symbol. `weight_frac` is a share of the book: 1 / max_positions leaves v6's size as it is.

    It is one step from `current_weight_frac` (in force, else 1 / max_positions), cut to the hard limits, toward `target_weight_frac`.
    Proposed caps are shares of NAV and only ever tighten the executor's own. Kelly's numbers are null below maturity. `why_not` says
    what the executor will refuse the row for, null where it is applicable.
    """

    symbol: str
    tier: str
    n: int
    is_mature: bool
    applicable: bool
    why_not: str | None
    current_weight_frac: float
    target_weight_frac: float
    weight_frac: float
    most_weight_frac: float = Field(description="what the executor's caps on symbol and size leave it at most")
    symbol_cap_frac: float
    trade_cap_frac: float
    daily_vol_frac: float
    shrunk_bps: float | None
    shrunk_bps_low: float | None
    shrunk_bps_high: float | None
    edge_tilt: float = Field(description="twice the probability that the edge is above 0 for a mature symbol, else 1")
    risk_slots: float = Field(description="its share of risk: its tilt over the crowd of those that move alike, itself with 1")
    moves_with: str | None = Field(description="the symbol whose returns are most correlated with its own, up or against")
    correlation: float | None
    correlation_reason: str | None
    kelly_frac: float | None
    baker_mchale_frac: float | None
    kelly_cap_frac: float | None = Field(
        description="the weight at which an average loss takes kelly x baker_mchale x `telemetry.kelly_frac` of NAV: the most the target "
        "may be, but for `telemetry.explore_frac` of an even slot"
    )
    rationale: str


class Tier(Shape):
    """One tier's weights together, the most they may be, and what that is of NAV."""

    tier: str
    weight_frac: float
    most_weight_frac: float
    nav_cap_frac: float


def rows_of(weighed: Weighed, settings: Settings) -> tuple[Weight, ...]:
    """One row a symbol, by name."""
    return tuple(row_of(symbol, weighed, settings) for symbol in sorted(weighed.weights))


def tiers_of(weighed: Weighed) -> tuple[Tier, ...]:
    """Tiers by name."""
    room = weighed.room
    held = {tier: math.fsum(weighed.weights[name] for name, its in room.tiers.items() if its == tier) for tier in sorted(room.tier_caps)}
    return tuple(
        Tier(tier=tier, weight_frac=total, most_weight_frac=room.tier_caps[tier], nav_cap_frac=room.tier_caps[tier] * room.book_frac)
        for tier, total in held.items()
    )


def row_of(symbol: str, weighed: Weighed, settings: Settings) -> Weight:
    """One weight with what it rests on. Below an even slot the proposed caps shrink in proportion."""
    each, room, weight = weighed.candidates[symbol], weighed.room, weighed.weights[symbol]
    stats, limits, nearest = each.stats, settings.limits, weighed.correlations.nearest(symbol)
    shrink = min(1.0, weight / room.even_frac)
    hard = min(limits.symbol_cap_frac, limits.tier_cap_frac.get(room.tiers[symbol], limits.symbol_cap_frac))
    why_not = refusal(symbol, stats, settings)
    return Weight(
        symbol=symbol,
        tier=room.tiers[symbol],
        n=0 if stats is None else stats.n,
        is_mature=stats is not None and stats.is_mature,
        applicable=why_not is None,
        why_not=why_not,
        current_weight_frac=weighed.current[symbol],
        target_weight_frac=round(weighed.target[symbol], 6),
        weight_frac=weight,
        most_weight_frac=room.caps[symbol],
        symbol_cap_frac=round(hard * shrink, 6),
        trade_cap_frac=round(settings.candidate.max_trade_frac * shrink, 6),
        daily_vol_frac=each.vol_bps * math.sqrt(DAY_MINUTES) / 1e4,
        shrunk_bps=None if stats is None else stats.shrunk_bps,
        shrunk_bps_low=None if stats is None else stats.shrunk_bps_low,
        shrunk_bps_high=None if stats is None else stats.shrunk_bps_high,
        edge_tilt=each.tilt,
        risk_slots=round(weighed.slots[symbol], 6),
        moves_with=None if nearest is None else nearest[0],
        correlation=None if nearest is None else round(nearest[1], 6),
        correlation_reason=None if nearest is not None else weighed.correlations.reasons.get(symbol, "no other symbol is measured"),
        kelly_frac=each.kelly,
        baker_mchale_frac=each.trust,
        kelly_cap_frac=each.bound,
        rationale=words_of(symbol, weighed),
    )


def words_of(symbol: str, weighed: Weighed) -> str:
    """Why this weight, with numbers."""
    each, current, target = weighed.candidates[symbol], weighed.current[symbol], weighed.target[symbol]
    parts = [f"volatility {each.vol_bps:.1f} bps a minute", edge_words(each)]
    nearest = weighed.correlations.nearest(symbol)
    if nearest is not None:
        parts.append(f"moves with {nearest[0]} ({nearest[1]:.2f}) and others: {weighed.slots[symbol]:.2f} of a slot of risk is left to it")
    if target <= weighed.least * (1 + 1e-9):
        though = f", though {each.bound_by} leaves {each.cap:.3f}" if each.cap < weighed.least else ""
        parts.append(f"kept at {target:.3f} by telemetry.explore_frac, so that evidence goes on coming{though}")
    elif target >= each.cap * (1 - 1e-9):
        parts.append(f"at most {each.cap:.3f} by {each.bound_by}")
    words = f"weight {weighed.weights[symbol]:.3f} from {current:.3f}, on the way to {target:.3f}: {', '.join(parts)}"
    return f"{words}; {weighed.moved.held_by}" if weighed.moved.held_by else words


def edge_words(each: Candidate) -> str:
    """What the edge counts for."""
    if each.stats is None or not each.stats.is_mature:
        known = "no closed trade" if each.stats is None else each.stats.maturity
        return f"edge does not count yet ({known})"
    return f"edge {each.stats.shrunk_bps or 0.0:.2f} bps after shrinking over {each.stats.n} trades (tilt {each.tilt:.2f})"
