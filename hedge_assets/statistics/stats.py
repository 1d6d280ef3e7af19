"""What a sample says, and how surely: shares, means, quantiles, returns; null with a reason where it says nothing.

Nothing here gives infinity or a stand-in number. Intervals are at 95 %. Formulas, sources and null rules
are tabled in `docs/statistics.md`.
"""

import math
from collections.abc import Sequence

from hedge_assets.document import Shape

Z = 1.959963984540054
DAYS_PER_YEAR = 365
FEW_DAYS = 30
FLAT = 1e-12


class Estimate(Shape):
    """A number resting on `n` observations. `reason` says why `value` is null, or what weakens it."""

    value: float | None
    n: int
    reason: str | None = None


class Interval(Shape):
    """Bounds that hold the truth 95 times in 100, were the sample drawn again and again."""

    low: float
    high: float


class Drawdown(Shape):
    """The deepest fall from a peak. `depth` in the series' unit, `frac` of the peak (null while the peak is not above 1e-12).

    `peak` and `trough` are positions in the series; both are -1 while nothing has fallen from the start.
    """

    depth: float
    frac: float | None
    peak: int
    trough: int


def known(value: float, n: int, reason: str | None = None) -> Estimate:
    """A number that is there; a number that overflowed is not."""
    if not math.isfinite(value):
        return unknown("not a finite number", n)
    return Estimate(value=value, n=n, reason=reason)


def unknown(reason: str, n: int) -> Estimate:
    """A number that is not there, and why."""
    return Estimate(value=None, n=n, reason=reason)


def share(part: float, whole: float, *, n: int, reason: str) -> Estimate:
    """`part / whole`; null with `reason` when there is no whole."""
    return known(part / whole, n) if whole > 0 else unknown(reason, n)


def normal_cdf(x: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def student_quantile(freedom: int) -> float:
    """The 97.5 % point of Student's t, by the expansion of Abramowitz and Stegun 26.7.5 (2 % low at 2 degrees, right to 1e-3 from 5)."""
    z, v = Z, float(max(freedom, 1))
    first = (z**3 + z) / (4 * v)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    return z + first + second + third + fourth


def wilson(successes: int, n: int) -> Interval | None:
    """Wilson's score interval of a share (Wilson 1927); null without observations."""
    if n == 0:
        return None
    p, z2 = successes / n, Z * Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Interval(low=max(0.0, min(p, centre - half)), high=min(1.0, max(p, centre + half)))


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; null without values."""
    return math.fsum(values) / len(values) if values else None


def deviation(values: Sequence[float]) -> float | None:
    """The sample standard deviation (n - 1); null below two values. Rounding noise of equal values counts as 0."""
    if len(values) < 2:
        return None
    centre = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1))
    return 0.0 if spread <= FLAT * abs(centre) else spread


def quantile(values: Sequence[float], q: float) -> float | None:
    """The `q` quantile (0..1), linear between order statistics (Hyndman and Fan type 7); null without values."""
    if not values:
        return None
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def shrink(own: float, n: int, *, prior: float, strength: float) -> float:
    """`n/(n+k)` of what was seen and `k/(n+k)` of what is expected of the like; `strength` is k, in observations."""
    weight = n / (n + strength)
    return weight * own + (1.0 - weight) * prior


def drawdown(values: Sequence[float], start: float) -> Drawdown:
    """The deepest fall from the highest point so far; the start counts as a point. Equal depths: the first."""
    peak, peak_at, deepest = start, -1, Drawdown(depth=0.0, frac=0.0 if start > 0 else None, peak=-1, trough=-1)
    depth = 0.0
    for at, value in enumerate(values):
        if value > peak:
            peak, peak_at = value, at
        elif peak - value > depth:
            depth = peak - value
            deepest = Drawdown(depth=depth, frac=depth / peak if peak > FLAT else None, peak=peak_at, trough=at)
    return deepest


def sharpe(returns: Sequence[float]) -> Estimate:
    """Mean over deviation of daily returns, annualised by the root of 365 (crypto never closes)."""
    n, spread, centre = len(returns), deviation(returns), mean(returns)
    if spread is None or centre is None:
        return unknown(f"needs 2 days, has {n}", n)
    if spread == 0:
        return unknown("returns do not vary", n)
    return known(centre / spread * math.sqrt(DAYS_PER_YEAR), n, _few(n))


def sortino(returns: Sequence[float], target: float = 0.0) -> Estimate:
    """Mean excess over the root mean square of shortfalls, over all days (Red Rock's paper), annualised by the root of 365."""
    n, centre = len(returns), mean(returns)
    if centre is None or n < 2:
        return unknown(f"needs 2 days, has {n}", n)
    shortfall = math.sqrt(math.fsum(min(r - target, 0.0) ** 2 for r in returns) / n)
    if shortfall == 0:
        return unknown("no day below the target", n)
    return known((centre - target) / shortfall * math.sqrt(DAYS_PER_YEAR), n, _few(n))


def calmar(returns: Sequence[float]) -> Estimate:
    """Compound yearly growth over the deepest drawdown of the index made of daily returns (Young 1991)."""
    n = len(returns)
    if n < FEW_DAYS:
        return unknown(f"needs {FEW_DAYS} days, has {n}", n)
    index, level = [], 1.0
    for r in returns:
        level *= 1.0 + r
        index.append(level)
    fall = drawdown(index, 1.0).frac
    if level <= 0:
        return unknown("everything was lost", n)
    if not fall:
        return unknown("no drawdown", n)
    growth = math.exp(min(math.log(level) * DAYS_PER_YEAR / n, 700.0)) - 1.0
    return known(growth / fall, n)


def _few(days: int) -> str | None:
    return f"only {days} days of {FEW_DAYS}" if days < FEW_DAYS else None
