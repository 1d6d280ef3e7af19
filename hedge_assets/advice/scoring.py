"""How suggestions that were applied turned out: what they saved against what they promised, one by one and by kind."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from pydantic import Field

from hedge_assets.document import Shape
from hedge_assets.folds.moments import Moments
from hedge_assets.statistics.stats import Interval, student_quantile

Verdict = Literal["too early", "kept its promise", "worse than promised", "made it worse"]
FEWEST = 3
LISTED = 200


class Score(Shape):
    """One applied suggestion. Savings are means per intent in bps (routing) or per closed trade in USD (weights), positive is good.

    `n_before` and `n` count what was measured before and under it. `verdict` was decided by `measure`, which was `value` against
    `limit`. The realised saving and its 95 % interval are null, with `reason`, below 3 on either side.
    """

    symbol: str
    version: str
    kind: str
    since_ts: datetime
    until_ts: datetime | None = Field(description="when something else came into force; null while it is in force")
    unit: Literal["bps", "usd"]
    n_before: int
    n: int
    expected: float | None
    expected_low: float | None
    expected_high: float | None
    realised: float | None
    realised_low: float | None
    realised_high: float | None
    reason: str | None
    verdict: Verdict
    measure: str
    value: float | None
    limit: float


class KindScore(Shape):
    """All applied suggestions of one kind in the window: the mean saving of everything worked under them, with its 95 % interval.

    A kind is `not_recommended`, and proposes nothing, while the upper end of that interval is below 0 over enough of a sample.
    """

    kind: str
    unit: Literal["bps", "usd"]
    steps: int
    n: int
    enough: int
    realised: float | None
    realised_low: float | None
    realised_high: float | None
    not_recommended: bool
    words: str


class Judged(msgspec.Struct, frozen=True):
    """Scores by symbol and time, and kinds by name."""

    scores: tuple[Score, ...] = ()
    kinds: tuple[KindScore, ...] = ()

    def against(self, kind: str) -> str | None:
        """Why suggestions of a kind are not recommended, in words with numbers; null where nothing speaks against them."""
        return next((each.words for each in self.kinds if each.kind == kind and each.not_recommended), None)

    def newest(self, symbol: str) -> Score | None:
        """The score of what was applied last in a symbol."""
        return next((each for each in reversed(self.scores) if each.symbol == symbol), None)


def told(judged: Judged) -> dict[str, Any]:
    """Scores and kinds as fields of a document: the newest scores, how many there are, and all kinds."""
    return {"scores": listed(judged.scores), "scores_n": len(judged.scores), "kinds": judged.kinds}


def listed(scores: Sequence[Score]) -> tuple[Score, ...]:
    """The newest of them, in the order they are in: a file that the executor reads may not grow with the number of symbols times steps."""
    newest = sorted(scores, key=lambda score: score.since_ts)[-LISTED:]
    return tuple(scores) if len(newest) == len(scores) else tuple(sorted(newest, key=lambda score: (score.symbol, score.since_ts)))


class Saving(msgspec.Struct, frozen=True, kw_only=True):
    """A mean saving per item with the variance of that mean and its degrees of freedom (Welch and Satterthwaite)."""

    n: int
    mean: float
    variance: float
    freedom: float

    @property
    def interval(self) -> Interval:
        """Where the true saving lies, at 95 %."""
        half = student_quantile(max(1, math.floor(self.freedom))) * math.sqrt(self.variance)
        return Interval(low=self.mean - half, high=self.mean + half)


def saved(before: Moments, after: Moments) -> Saving | None:
    """Mean before less mean after (Welch 1947, degrees of freedom by Satterthwaite 1946); null below 3 on either side."""
    if min(before.n, after.n) < FEWEST:
        return None
    parts = ((before.variance or 0.0) / before.n, before.n), ((after.variance or 0.0) / after.n, after.n)
    return Saving(n=after.n, mean=before.mean - after.mean, variance=parts[0][0] + parts[1][0], freedom=freedom_of(parts))


def gained(gains: Moments) -> Saving | None:
    """The mean of gains that are differences already (Student); null below 3."""
    if gains.n < FEWEST:
        return None
    return Saving(n=gains.n, mean=gains.mean, variance=(gains.variance or 0.0) / gains.n, freedom=gains.n - 1)


def freedom_of(parts: Iterable[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of variances of means, each from so many items; of no variance at all as many as there are."""
    known = tuple(parts)
    total = math.fsum(variance for variance, _ in known)
    squares = math.fsum(variance**2 / (n - 1) for variance, n in known)
    return total**2 / squares if squares > 0 else math.fsum(n - 1 for _, n in known)


def pooled(savings: Sequence[Saving]) -> Saving | None:
    """The mean saving of every item worked under any of them: each counts by its `n`; null without any."""
    n = sum(each.n for each in savings)
    if n == 0:
        return None
    parts = [((each.n / n) ** 2 * each.variance, each.freedom + 1) for each in savings]
    mean = math.fsum(each.n / n * each.mean for each in savings)
    return Saving(n=n, mean=mean, variance=math.fsum(variance for variance, _ in parts), freedom=freedom_of(parts))


class Ruling(msgspec.Struct, frozen=True):
    """A verdict and what decided it."""

    verdict: Verdict
    measure: str
    value: float | None
    limit: float


def ruling(saving: Saving | None, *, counts: tuple[int | None, int], enough: int, expected: float | None) -> Ruling:
    """The first that holds: too few before or under it; surely below 0; surely below its promise; surely not below 0; not sure yet.

    A promise of nothing in numbers is a promise to do no harm. `counts` is (before, under it); before is null where gains are
    differences already.
    """
    for measure, n in zip(("n_before", "n"), counts, strict=True):
        if n is not None and n < enough:
            return Ruling("too early", measure, n, enough)
    if saving is None:
        return Ruling("too early", "n", counts[1], FEWEST)
    bounds, promise = saving.interval, max(expected or 0.0, 0.0)
    if bounds.high < 0:
        return Ruling("made it worse", "realised_high", bounds.high, 0.0)
    if bounds.high < promise:
        return Ruling("worse than promised", "realised_high", bounds.high, promise)
    if bounds.low >= 0:
        return Ruling("kept its promise", "realised_low", bounds.low, 0.0)
    return Ruling("too early", "realised_low", bounds.low, 0.0)


def kind_score(kind: str, savings: Sequence[Saving], *, unit: Literal["bps", "usd"], enough: int, window: str) -> KindScore:
    """What a kind's steps did together; it loses its recommendation when that was surely a loss over enough."""
    whole = pooled(savings)
    bounds = None if whole is None else whole.interval
    n = 0 if whole is None else whole.n
    of = "worked intents" if unit == "bps" else "closed trades"
    loses = bounds is not None and n >= enough and bounds.high < 0
    if whole is None or bounds is None:
        words = f"nothing to judge it by: every step has fewer than {FEWEST} {of} before or under it"
    elif loses:
        words = (
            f"`{kind}` lost {-whole.mean:.2f} {unit} a piece over {n} {of} of {len(savings)} steps within {window} "
            f"(at best {bounds.high:.2f}, the line is 0): not recommended until that recovers or falls out of the window"
        )
    elif n < enough:
        words = f"saved {whole.mean:.2f} {unit} a piece over {n} {of} of {enough} needed to judge a kind"
    else:
        words = f"saved {whole.mean:.2f} {unit} a piece ({bounds.low:.2f} to {bounds.high:.2f}) over {n} {of}"
    return KindScore(
        kind=kind,
        unit=unit,
        steps=len(savings),
        n=n,
        enough=enough,
        realised=None if whole is None else whole.mean,
        realised_low=None if bounds is None else bounds.low,
        realised_high=None if bounds is None else bounds.high,
        not_recommended=loses,
        words=words,
    )
