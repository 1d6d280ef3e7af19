"""How much to stake, given an edge that is only estimated: Kelly, its shrinkage, inverse volatility, caps."""

import math
from collections.abc import Mapping

from hedge_assets.statistics.stats import Estimate, known, unknown


def kelly(win_frac: float, payoff: float | None, n: int) -> Estimate:
    """Kelly's share `W - (1 - W) / R`, never below 0 (Kelly 1956; `payoff` R is average win over average loss)."""
    if payoff is None:
        return unknown("payoff ratio is not known", n)
    if payoff <= 0:
        return known(0.0, n)
    return known(max(0.0, win_frac - (1.0 - win_frac) / payoff), n)


def baker_mchale(win_frac: float, payoff: float | None, n: int) -> Estimate:
    """How much of Kelly's share survives that `win_frac` is an estimate from `n` trades, 0..1 (Baker and McHale 2013).

    `k = e^2 / (e^2 + (b + 1)^2 p (1 - p) / n)` with `e = (b + 1) p - 1`; 0 without an edge.
    """
    if payoff is None:
        return unknown("payoff ratio is not known", n)
    if n == 0:
        return unknown("no trades", n)
    edge = (payoff + 1.0) * win_frac - 1.0
    if edge <= 0:
        return known(0.0, n)
    noise = (payoff + 1.0) ** 2 * win_frac * (1.0 - win_frac) / n
    return known(edge * edge / (edge * edge + noise), n)


def kelly_notional(risked_frac: float, loss_frac: float | None, n: int) -> Estimate:
    """The notional over NAV at which an average loss takes `risked_frac` of NAV; `loss_frac` is what it takes of what was entered at.

    Kelly's share is of what an average loss takes. With loss `l` and gain `g = R l` of the notional the share of notional that makes
    wealth grow fastest is `W / l - (1 - W) / g = (W - (1 - W) / R) / l`.
    """
    if loss_frac is None or loss_frac <= 0:
        return unknown("what an average loss takes of the notional is not known", n)
    return known(risked_frac / loss_frac, n)


def inverse_volatility(deviations: Mapping[str, float], floor: float) -> dict[str, float]:
    """Weights in proportion to one over volatility, summing to 1; volatility below `floor` counts as `floor`."""
    held = {name: max(value, floor) for name, value in deviations.items()}
    calmest = min(held.values(), default=1.0)
    return normalised({name: calmest / value for name, value in held.items()})


def normalised(weights: Mapping[str, float]) -> dict[str, float]:
    """The same proportions, summing to 1; all 0 where there is nothing to share out."""
    total = math.fsum(weights.values())
    return {name: weight / total if total > 0 else 0.0 for name, weight in weights.items()}


def capped(weights: Mapping[str, float], caps: Mapping[str, float]) -> dict[str, float]:
    """What is above a cap is shared among the rest in proportion, until nothing is above; what no one can take stays undistributed."""
    fixed: dict[str, float] = {}
    room = math.fsum(weights.values())
    free = dict(weights)
    while free:
        total = math.fsum(free.values())
        scale = (room - math.fsum(fixed.values())) / total if total > 0 else 0.0
        if math.isinf(scale):  # weights of next to nothing have no proportion: what is left stays undistributed
            scale = 0.0
        over = [name for name, weight in free.items() if weight * scale > caps[name]]
        if not over:
            return {name: fixed[name] if name in fixed else free[name] * scale for name in weights}
        for name in over:
            fixed[name] = caps[name]
            del free[name]
    return {name: fixed[name] for name in weights}
