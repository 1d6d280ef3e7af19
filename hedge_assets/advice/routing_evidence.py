"""What working orders in one symbol has cost, by the way they went: quoted first, or taken at once."""

import math

from hedge_assets.document import Shape
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.folds.execution_sums import narrowed
from hedge_assets.folds.execution_tally import ExecutionTally, MarkoutTally, PathTally
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.moments import Moments
from hedge_assets.statistics.stats import FLAT, Interval, Z, student_quantile

MARKOUT_AT = HORIZONS_S.index(60)
LEAST_INTERVAL = 3
WAYS = ("quoted", "kept", "fallback", "taken")


class Path(Shape):
    """What one way of working has cost: the mean implementation shortfall (Perold 1988) of its intents in bps of the decided
    quantity at the mid it was decided at, fees and what stayed unfilled included, with its 95 % interval. `n` has a known cost."""

    n: int
    cost_bps: float | None
    low_bps: float | None
    high_bps: float | None
    reason: str | None


class RoutingEvidence(Shape):
    """One symbol's intents that ended in the window, `n` of which at least one order left. Shares are null (with `n` 0 of what
    they are shares of) where nothing was tried.

    `slippage_bps` is the mean over intents of what was filled against the mid at the decision, without fees. `fallback_frac` is of quoted
    intents, `reject_frac` of the post-only orders that are over.
    """

    n: int
    fills: int
    fallback_frac: float | None
    reject_frac: float | None
    post_only_orders: int
    slippage_bps: float | None
    maker_markout_bps: float | None
    maker_markout_high_bps: float | None
    maker_markouts: int
    quoted: Path
    kept: Path
    fallback: Path
    taken: Path


def evidence_of(executions: Executions, symbol: str, since_us: int | None) -> RoutingEvidence:
    """One symbol since a moment at which an hour or a UTC day began; null is for ever."""
    key = f"symbol/{symbol}"
    tally = executions.sums((key,), since_us).get(key, ExecutionTally())
    names = {way: f"path/{symbol}/{way}" for way in WAYS}
    sums = narrowed(executions.paths, tuple(names.values()), PathTally).since(since_us, PathTally)
    ways = {way: sums.get(name, PathTally()) for way, name in names.items()}
    orders, intents = tally.orders, tally.intents
    makers = (tally.fills.markouts[MARKOUT_AT] if tally.fills.markouts else MarkoutTally()).makers
    bounds = interval_of(makers)
    return RoutingEvidence(
        n=intents.n,
        fills=tally.fills.n,
        fallback_frac=ways["fallback"].n / ways["quoted"].n if ways["quoted"].n else None,
        reject_frac=orders.posted_refused / orders.posted if orders.posted else None,
        post_only_orders=orders.posted,
        slippage_bps=mean_of(intents.slippage),
        maker_markout_bps=mean_of(makers),
        maker_markout_high_bps=bounds.high if bounds else None,
        maker_markouts=makers.n,
        quoted=path(ways["quoted"]),
        kept=path(ways["kept"]),
        fallback=path(ways["fallback"]),
        taken=path(ways["taken"]),
    )


def path(tally: PathTally) -> Path:
    """The mean cost of the intents that went one way."""
    cost = tally.cost
    bounds = interval_of(cost)
    reason = None if cost.n else ("none went this way" if not tally.n else "no mid or fee is known")
    if cost.n and bounds is None:
        reason = f"an interval needs {LEAST_INTERVAL}, has {cost.n}"
    return Path(
        n=cost.n,
        cost_bps=mean_of(cost),
        low_bps=bounds.low if bounds else None,
        high_bps=bounds.high if bounds else None,
        reason=reason,
    )


def mean_of(moments: Moments) -> float | None:
    """The mean; null of none."""
    return moments.mean if moments.n else None


def interval_of(moments: Moments) -> Interval | None:
    """Student's interval of the mean; null below three values. Rounding noise of equal values counts as no spread."""
    variance = moments.variance
    if variance is None or moments.n < LEAST_INTERVAL:
        return None
    spread = math.sqrt(max(variance, 0.0))
    half = 0.0 if spread <= FLAT * abs(moments.mean) else student_quantile(moments.n - 1) * spread / math.sqrt(moments.n)
    return Interval(low=moments.mean - half, high=moments.mean + half)


def spread_of(part: Path) -> float | None:
    """The standard error behind a path's interval, as a normal one's; null without an interval."""
    if part.low_bps is None or part.high_bps is None:
        return None
    return (part.high_bps - part.low_bps) / (2 * Z)


def saving(dear: Path, cheap: Path, share: float = 1.0) -> tuple[float, Interval] | None:
    """What going `cheap` instead of `dear` saves in bps, times `share`; null without both 95 % intervals.

    Its own interval has their half-widths added as squares: Welch's, with the degrees of freedom of each side for itself.
    """
    errors = spread_of(dear), spread_of(cheap)
    if dear.cost_bps is None or cheap.cost_bps is None or errors[0] is None or errors[1] is None:
        return None
    centre = (dear.cost_bps - cheap.cost_bps) * share
    half = Z * math.hypot(errors[0], errors[1]) * share
    return centre, Interval(low=centre - half, high=centre + half)
