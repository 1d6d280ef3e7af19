"""What weight each symbol gets: inverse volatility, tilted by a mature edge, bounded by Kelly, one step at a time."""

import math
from collections.abc import Mapping

import msgspec
from pydantic import Field

from executor.settings import Settings
from executor.sizing.wanted import WEIGHT_CEILING
from executor.slicing import tier_of
from hedge_assets.advice.allocation import baker_mchale, capped, inverse_volatility, kelly
from hedge_assets.advice.score_parts import edge
from hedge_assets.document import Shape
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.trade_stats import TradeStats

DAY_MINUTES = 1440
VOL_FLOOR_BPS = 0.1


class Weight(Shape):
    """One symbol. `weight_frac` 1 / max_positions is an even slot and leaves v6's size as it is; all weights sum to at most 1.

    Proposed caps are shares of NAV and only ever tighten the executor's own. Kelly's numbers are null below maturity.
    """

    symbol: str
    n: int
    is_mature: bool
    current_weight_frac: float
    weight_frac: float
    symbol_cap_frac: float
    trade_cap_frac: float
    daily_vol_frac: float
    shrunk_bps: float | None
    shrunk_bps_low: float | None
    shrunk_bps_high: float | None
    edge_tilt: float = Field(description="twice the probability that the edge is above 0 for a mature symbol, else 1")
    kelly_frac: float | None
    baker_mchale_frac: float | None
    kelly_cap_frac: float | None = Field(
        description="kelly x baker_mchale x the fraction of Kelly in the settings: the most this weight may be"
    )
    rationale: str


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol before weights are set: what it is tilted and bounded by."""

    vol_bps: float
    stats: TradeStats | None
    tilt: float
    cap: float
    kelly: float | None
    trust: float | None
    bound: float | None


def weights_of(
    vols: Mapping[str, float | None], stats: Mapping[str, TradeStats], settings: Settings, *, telemetry: Telemetry
) -> tuple[Weight, ...]:
    """Inverse volatility, tilted by edge, capped, then one step from an even book toward it; none for unknown volatility.

    The step moves every weight along the same share of its way, so that none moves further than a step
    and their sum never passes 1.
    """
    known = {name: vol for name, vol in vols.items() if vol is not None}
    if not known:
        return ()
    even = min(1.0 / max(settings.limits.max_positions, 1), 1.0 / len(known))
    ceiling = WEIGHT_CEILING / max(settings.limits.max_positions, 1)
    candidates = {name: candidate_of(vol, stats.get(name), ceiling, telemetry) for name, vol in known.items()}
    base = inverse_volatility(known, VOL_FLOOR_BPS)
    tilted = {name: base[name] * each.tilt for name, each in candidates.items()}
    total = math.fsum(tilted.values())
    budget = even * len(known)
    wanted = {name: weight / total * budget if total > 0 else 0.0 for name, weight in tilted.items()}
    target = capped(wanted, {name: each.cap for name, each in candidates.items()})
    furthest = max(abs(weight - even) for weight in target.values())
    part = min(1.0, telemetry.weight_step_frac / furthest) if furthest > 0 else 1.0
    return tuple(
        row_of(name, candidates[name], even=even, weight=even + part * (target[name] - even), settings=settings) for name in sorted(target)
    )


def candidate_of(vol_bps: float, stats: TradeStats | None, ceiling: float, telemetry: Telemetry) -> Candidate:
    """Below maturity neither edge nor Kelly speaks: volatility alone does."""
    if stats is None or not stats.is_mature or stats.win_frac is None:
        return Candidate(vol_bps=vol_bps, stats=stats, tilt=1.0, cap=ceiling, kelly=None, trust=None, bound=None)
    sure = edge(stats).value
    full, trust = kelly(stats.win_frac, stats.payoff_ratio, stats.n).value, baker_mchale(stats.win_frac, stats.payoff_ratio, stats.n).value
    bound = None if full is None or trust is None else full * trust * telemetry.kelly_frac
    cap = ceiling if bound is None else min(ceiling, bound)
    return Candidate(vol_bps=vol_bps, stats=stats, tilt=1.0 if sure is None else 2.0 * sure, cap=cap, kelly=full, trust=trust, bound=bound)


def row_of(symbol: str, each: Candidate, *, even: float, weight: float, settings: Settings) -> Weight:
    """One weight with what it rests on. Below an even slot the proposed caps shrink in proportion."""
    limits, stats = settings.limits, each.stats
    shrink = min(1.0, weight / even)
    hard = min(limits.symbol_cap_frac, limits.tier_cap_frac.get(tier_of(symbol, limits), limits.symbol_cap_frac))
    return Weight(
        symbol=symbol,
        n=0 if stats is None else stats.n,
        is_mature=stats is not None and stats.is_mature,
        current_weight_frac=even,
        weight_frac=weight,
        symbol_cap_frac=hard * shrink,
        trade_cap_frac=settings.candidate.max_trade_frac * shrink,
        daily_vol_frac=each.vol_bps * math.sqrt(DAY_MINUTES) / 1e4,
        shrunk_bps=None if stats is None else stats.shrunk_bps,
        shrunk_bps_low=None if stats is None else stats.shrunk_bps_low,
        shrunk_bps_high=None if stats is None else stats.shrunk_bps_high,
        edge_tilt=each.tilt,
        kelly_frac=each.kelly,
        baker_mchale_frac=each.trust,
        kelly_cap_frac=each.bound,
        rationale=words_of(each, even=even, weight=weight),
    )


def words_of(each: Candidate, *, even: float, weight: float) -> str:
    """Why this weight, with numbers."""
    vol = f"volatility {each.vol_bps:.1f} bps a minute"
    move = f"weight {weight:.3f} from an even {even:.3f}"
    if each.stats is None or not each.stats.is_mature:
        known = "no closed trade" if each.stats is None else each.stats.maturity
        return f"{move}: {vol} alone, edge does not count yet ({known})"
    bounds = (
        ""
        if each.bound is None
        else f", at most {each.bound:.3f} by Kelly ({each.kelly or 0.0:.3f}, of which {each.trust or 0.0:.2f} is trusted)"
    )
    earned = f"edge {each.stats.shrunk_bps or 0.0:.2f} bps after shrinking over {each.stats.n} trades (tilt {each.tilt:.2f})"
    return f"{move}: {vol}, {earned}{bounds}"
