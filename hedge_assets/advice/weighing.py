"""What weight each symbol gets: inverse volatility and edge, spread over what moves alike, bounded by Kelly and caps, one step at a time.

volatility, edge, correlations ──▶ wanted ──Kelly, caps, tiers──▶ least to explore ──▶ target ──step, turnover──▶ weight
"""

from collections.abc import Mapping

import msgspec

from executor.settings import Settings
from hedge_assets.advice.allocation import baker_mchale, inverse_volatility, kelly, kelly_notional, normalised
from hedge_assets.advice.book_limits import Moved, Room, explored, fitted, room_of, share_of, stepped, within
from hedge_assets.advice.correlation import Correlations, correlations_of
from hedge_assets.advice.diversifying import alike, slots_of
from hedge_assets.advice.score_parts import edge
from hedge_assets.advice.scoring import Judged
from hedge_assets.folds.market import SymbolMarket
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.stats import quantile
from hedge_assets.statistics.trade_stats import TradeStats

VOL_FLOOR_SHARE = 0.05


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol before weights are set: what it is tilted and bounded by. `cap` is the most its target may be, `bound_by` what says so."""

    vol_bps: float
    stats: TradeStats | None
    tilt: float
    cap: float
    bound_by: str
    kelly: float | None = None
    trust: float | None = None
    bound: float | None = None


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """The book as it might be. `slots` are risk shares (1 is a symbol unlike all others with an even tilt), `target` is
    where weights would go, not below `least`, `weights` one step toward it from what is in force (`current`).
    """

    room: Room
    correlations: Correlations
    candidates: Mapping[str, Candidate]
    current: Mapping[str, float]
    least: float
    slots: Mapping[str, float]
    target: Mapping[str, float]
    moved: Moved
    weights: Mapping[str, float]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What weights are made from: volatilities in bps a minute and above 0, trades, markets, weights in force, and what
    became of earlier ones."""

    vols: Mapping[str, float]
    stats: Mapping[str, TradeStats]
    markets: Mapping[str, SymbolMarket]
    in_force: Mapping[str, float]
    judged: Judged = Judged()


def weigh(known: Known, settings: Settings, telemetry: Telemetry) -> Weighed:
    """Weights for every symbol with a volatility, of which there must be one."""
    names = sorted(known.vols)
    room = room_of(names, settings)
    candidates = {name: candidate_of(name, known, room, telemetry) for name in names}
    correlations = correlations_of(known.markets, names)
    shares = slots_of(alike(correlations.matrix), [candidates[name].tilt for name in names])
    slots = dict(zip(names, shares, strict=True))
    within_caps = fitted(wanted(candidates, slots, room), {name: each.cap for name, each in candidates.items()}, room)
    least = min(telemetry.explore_frac * room.even_frac, *room.caps.values())
    target = explored(steered(within_caps, room, known.judged), least, room)
    current = {name: known.in_force.get(name, room.plain_frac) for name in names}
    takers = {name for name, each in candidates.items() if refusal(name, each.stats, settings) is None}
    moved = stepped(within(current, room), target, telemetry, takers=takers or set(names))
    return Weighed(
        room=room,
        correlations=correlations,
        candidates=candidates,
        current=current,
        least=least,
        slots=slots,
        target=target,
        moved=moved,
        weights=within(moved.weights, room),
    )


def wanted(candidates: Mapping[str, Candidate], slots: Mapping[str, float], room: Room) -> dict[str, float]:
    """Shares of risk over volatility, as shares of the book; volatility below a twentieth of the median counts as that."""
    usual = quantile([each.vol_bps for each in candidates.values()], 0.5) or 0.0
    base = inverse_volatility({name: each.vol_bps for name, each in candidates.items()}, usual * VOL_FLOOR_SHARE)
    shares = normalised({name: weight * slots[name] for name, weight in base.items()})
    return {name: share * room.total_frac for name, share in shares.items()}


def steered(target: dict[str, float], room: Room, judged: Judged) -> dict[str, float]:
    """Nothing above an even slot while raising is not recommended; all even (but for caps) while lowering is not."""
    if judged.against("lowered"):
        return dict.fromkeys(target, room.even_frac)
    if judged.against("raised"):
        return {name: min(weight, room.even_frac) for name, weight in target.items()}
    return target


def candidate_of(symbol: str, known: Known, room: Room, telemetry: Telemetry) -> Candidate:
    """Below maturity neither edge nor Kelly speaks, but an edge seen to be negative is never above an even slot.

    Kelly's bound is on notional, as the caps are: the weight at which an average loss takes no more of NAV than he would stake.
    """
    stats, vol_bps = known.stats.get(symbol), known.vols[symbol]
    cap, bound_by = room.caps[symbol], "the symbol's cap"
    if stats is not None and stats.shrunk_bps is not None and stats.shrunk_bps < 0 and room.even_frac < cap:
        cap, bound_by = room.even_frac, f"an even slot, for its edge of {stats.shrunk_bps:.2f} bps"
    if stats is None or not stats.is_mature or stats.win_frac is None:
        return Candidate(vol_bps=vol_bps, stats=stats, tilt=1.0, cap=cap, bound_by=bound_by)
    sure = edge(stats).value
    full, trust = kelly(stats.win_frac, stats.payoff_ratio, stats.n).value, baker_mchale(stats.win_frac, stats.payoff_ratio, stats.n).value
    bound, loss_frac = None, lost(stats)
    if full is not None and trust is not None:
        notional = kelly_notional(full * trust * telemetry.kelly_frac, loss_frac, stats.n).value
        bound = None if notional is None else share_of(notional, room.book_frac)
    if bound is not None and bound < cap:
        staked = f"Kelly ({full:.3f}, of which {trust:.2f} is trusted and {telemetry.kelly_frac:g} staked"
        cap, bound_by = bound, f"{staked}, where an average loss takes {loss_frac:.2%} of a trade)"
    tilt = 1.0 if sure is None else 2.0 * sure
    return Candidate(vol_bps=vol_bps, stats=stats, tilt=tilt, cap=cap, bound_by=bound_by, kelly=full, trust=trust, bound=bound)


def lost(stats: TradeStats) -> float | None:
    """What an average loss takes of an average notional, as a share; null without a loss or a notional."""
    if stats.avg_loss_usd is None or stats.notional_usd <= 0:
        return None
    return stats.avg_loss_usd * stats.n / stats.notional_usd


def refusal(symbol: str, stats: TradeStats | None, settings: Settings) -> str | None:
    """Why the executor will not take a symbol's weight, by its own settings; null where it may."""
    n, least, allowed = 0 if stats is None else stats.n, settings.apply.min_trades, settings.apply.symbols
    if allowed and symbol not in allowed:
        return f"{symbol} is not among apply.symbols"
    return None if n >= least else f"{n} closed trades, apply.min_trades is {least}"
