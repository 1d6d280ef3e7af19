"""What size is wanted before any cap: v5's fixed share of NAV, v6's volatility target. USD of notional."""

from executor.records.trading import Intent, Mode, Policy, Slice
from executor.risk.modes import mode_size
from executor.settings import Limits, Lines

WEIGHT_CEILING = 2.0


def fixed_usd(intent: Intent, limits: Limits, nav_usd: float) -> float:
    """`trade_frac` of NAV, scaled by the intent's strength."""
    return limits.trade_frac * nav_usd * intent.strength


def targeted_usd(intent: Intent, view: Slice, policy: Policy, *, lines: Lines, mode: Mode, nav_usd: float) -> float:
    """A share of NAV whose one-minute standard deviation is the target, scaled by strength, mode and weight.

    share = target_vol_bps / vol_bps, within [min_trade_frac, max_trade_frac] (volatility targeting, as in
    Moreira and Muir 2017, with the half-life of `features`). Unknown or zero volatility takes the smallest
    share: stillness is no proof of calm. After scaling the share is never above `max_trade_frac` again,
    nor above the policy's own cap on a trade where it has one.
    """
    candidate = lines.candidate
    share = candidate.min_trade_frac
    if view.vol_bps:
        share = min(max(candidate.target_vol_bps / view.vol_bps, candidate.min_trade_frac), candidate.max_trade_frac)
    scaled = share * intent.strength * mode_size(mode, candidate) * weight_scale(policy.weight_frac, lines.limits)
    largest = candidate.max_trade_frac if policy.trade_cap_frac is None else min(candidate.max_trade_frac, policy.trade_cap_frac)
    return min(scaled, largest) * nav_usd


def weight_scale(weight_frac: float | None, limits: Limits) -> float:
    """The allocator's weight as a factor on size, 0..2; null is 1.

    Weights of all symbols sum to at most 1, and `max_positions` may be open at once, so a weight of
    1 / max_positions is one even slot and leaves size as it is.
    """
    if weight_frac is None:
        return 1.0
    return min(weight_frac * limits.max_positions, WEIGHT_CEILING)
