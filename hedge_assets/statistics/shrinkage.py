"""How far the mean of a few trades is to be believed: empirical Bayes toward the book, its strength found in the groups themselves."""

import math
from collections.abc import Iterable, Sequence

import msgspec
from pydantic import Field

from hedge_assets.document import Shape
from hedge_assets.folds.moments import Moments
from hedge_assets.statistics.stats import FLAT, Estimate, known, normal_cdf, shrink, unknown
from hedge_assets.statistics.stats import Z as NORMAL_POINT

LEAST_TRADES = 5
LEAST_GROUPS = 3
WEAKEST_TRADES = 5.0
STRONGEST_TRADES = 1000.0
FIELDS = ("shrunk_bps", "shrunk_bps_low", "shrunk_bps_high", "edge_prob_frac")


class Shrinkage(Shape):
    """How groups of one dimension are shrunk toward their book, and how that was found.

    `strength_trades` is k: a group of k trades is believed half. It is the variance of trades within groups over that of the true means
    between groups (`within_bps` and `between_bps` are their roots), kept in 5 to 1000.
    """

    dimension: str
    strength_trades: float
    how: str
    groups: int = Field(description="groups with at least 5 trades, which the two variances are from")
    within_bps: float | None
    between_bps: float | None


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """What a group is shrunk toward: the book's own shrunk mean per trade, its deviation, both in bps, and its size.

    `strength` is the number of trades at which a group's own evidence weighs as much as the book's; `groups` is how many it
    was found in, 0 where it is a setting. A group's variance is believed half at `variance_trades`.
    """

    mean_bps: float
    deviation_bps: float | None
    n: int
    strength: float
    mature_trades: int
    variance_trades: float
    groups: int = 0

    def toward(self, found: Shrinkage) -> "Book":
        """The same book, with the strength that a dimension's own groups ask for."""
        return msgspec.structs.replace(self, strength=found.strength_trades, groups=found.groups if found.between_bps is not None else 0)


def deviation_of(moments: Moments) -> float | None:
    """The sample standard deviation (n - 1); null below two values. Rounding noise of equal values counts as 0."""
    variance = moments.variance
    if variance is None:
        return None
    spread = math.sqrt(variance)
    return 0.0 if spread <= FLAT * abs(moments.mean) else spread


def book_of(bps: Moments, *, strength: float, mature_trades: int) -> Book:
    """The book as a prior: its mean is itself shrunk toward 0, so that a book of ten lucky trades has no edge either."""
    return Book(
        mean_bps=shrink(bps.mean, bps.n, prior=0.0, strength=strength),
        deviation_bps=deviation_of(bps),
        n=bps.n,
        strength=strength,
        mature_trades=mature_trades,
        variance_trades=strength,
    )


def shrinkage_of(dimension: str, groups: Iterable[Moments], *, usual_trades: float) -> Shrinkage:
    """The strength k for a dimension, by the method of moments (DerSimonian and Laird 1986, one variance within all groups).

    `tau^2 = (sum n (y - ybar)^2 - (G - 1) s^2) / (N - sum n^2 / N)` and `k = s^2 / tau^2`. Where groups differ no more than
    chance lets them tau^2 is not above 0, and k is at its upper bound, as it is where tau^2 is just above 0: a setting in its
    place would jump. `usual_trades` is k where too few groups speak.
    """
    counted = [group for group in groups if group.n >= LEAST_TRADES]
    if len(counted) < LEAST_GROUPS:
        how = f"telemetry.shrink_trades: groups with {LEAST_TRADES} trades or more are {len(counted)} of {LEAST_GROUPS} needed"
        return Shrinkage(dimension=dimension, strength_trades=usual_trades, how=how, groups=len(counted), within_bps=None, between_bps=None)
    try:
        within, between = _variances(counted)
    except OverflowError:
        how = "telemetry.shrink_trades: results are larger than can be squared"
        return Shrinkage(dimension=dimension, strength_trades=usual_trades, how=how, groups=len(counted), within_bps=None, between_bps=None)
    strength, how = _bounded(within, between)
    return Shrinkage(
        dimension=dimension,
        strength_trades=strength,
        how=how,
        groups=len(counted),
        within_bps=math.sqrt(within),
        between_bps=math.sqrt(max(0.0, between)),
    )


def _variances(groups: Sequence[Moments]) -> tuple[float, float]:
    """Within all groups, and of the true means between them. Raises OverflowError."""
    n = sum(group.n for group in groups)
    centre = math.fsum(group.n * group.mean for group in groups) / n
    within = math.fsum(group.m2 for group in groups) / (n - len(groups))
    spread = math.fsum(group.n * (group.mean - centre) ** 2 for group in groups)
    if not math.isfinite(within + spread):
        raise OverflowError
    return within, (spread - (len(groups) - 1) * within) / (n - sum(group.n**2 for group in groups) / n)


def _bounded(within: float, between: float) -> tuple[float, str]:
    if between <= 0:
        return STRONGEST_TRADES, "upper bound: groups differ no more than chance lets them"
    found = within / between
    if found > STRONGEST_TRADES:
        return STRONGEST_TRADES, f"upper bound: variance within over between groups is {found:.6g}"
    if found < WEAKEST_TRADES:
        return WEAKEST_TRADES, f"lower bound: variance within over between groups is {found:.6g}"
    return found, "variance within over between groups, by the method of moments"


def posterior(own: Moments, book: Book, *, is_book: bool) -> dict[str, Estimate]:
    """The shrunk mean, its 95 % interval, and how sure it is that the true mean is above 0.

    With `B = k / (n + k)` the mean is `(1 - B) y + B m`; its variance is `s^2 / (n + k)`, plus `B^2 s_book^2 / N` for the doubt
    about the book's mean m, plus, where k was found in G groups, `2 / (G - 3) B^2 (y - m)^2` for the doubt about k (Morris 1983).
    The book itself is shrunk toward an edge of exactly 0.
    """
    if book.n == 0:
        return {name: unknown("no closed trades", 0) for name in FIELDS}
    n, prior = own.n, 0.0 if is_book else book.mean_bps
    distrust = book.strength / (n + book.strength)
    centre = shrink(own.mean, n, prior=prior, strength=book.strength)
    if book.deviation_bps is None:
        reason = f"needs 2 trades in the book, has {book.n}"
        return {name: known(centre, n) if name == "shrunk_bps" else unknown(reason, n) for name in FIELDS}
    variance = _variance(own, book) / (n + book.strength)
    if not is_book:
        variance += square(distrust * book.deviation_bps) / book.n
    if n and book.groups and not is_book:
        variance += 2.0 / max(book.groups - 3, 1) * square(distrust * (own.mean - prior))
    error = math.sqrt(variance)
    weak = "no trades of its own: the book's" if n == 0 else None
    return {
        "shrunk_bps": known(centre, n, weak),
        "shrunk_bps_low": known(centre - NORMAL_POINT * error, n),
        "shrunk_bps_high": known(centre + NORMAL_POINT * error, n),
        "edge_prob_frac": known(normal_cdf(centre / error), n) if error > 0 else unknown("results do not vary", n),
    }


def _variance(own: Moments, book: Book) -> float:
    """The variance of one trade: the group's own and the book's, weighted n to `variance_trades`."""
    mine, whole = deviation_of(own), book.deviation_bps or 0.0
    return shrink(square(whole if mine is None else mine), own.n, prior=square(whole), strength=book.variance_trades)


def square(value: float) -> float:
    """Without the error that a power too large raises: infinity, which `known` refuses."""
    return value * value
