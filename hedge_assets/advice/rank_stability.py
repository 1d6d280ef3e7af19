"""Why a symbol's rank is not what it was, and how far the order of all of them is what it was."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date

from hedge_assets.advice.score_history import DAY_US
from hedge_assets.advice.scored import Scored
from hedge_assets.document import Shape, moment
from hedge_assets.statistics.stats import Estimate, known, unknown

LEAST_SYMBOLS = 3
NOTHING = 1e-9


class Past(Shape):
    """A symbol at the end of an earlier UTC day, and what has moved it since.

    `moved_by` is how much more `part` adds to the score now than then, of all parts the most; null where a score is missing.
    """

    day: date
    score: float | None
    rank: int | None
    reason: str | None
    part: str | None
    moved_by: float | None
    words: str


class Stability(Shape):
    """How far the order of now is that of the end of an earlier UTC day, over the `n` symbols that have a score in both.

    `rank_correlation` is Spearman's, -1..1 (1904; equal scores share their mean rank), null with a reason below 3 symbols.
    `weakness` says where the day's window reached back beyond the days that sums are kept of, null where it did not.
    """

    day: date
    n: int
    rank_correlation: float | None
    reason: str | None
    weakness: str | None


def date_of(day: int) -> date:
    """A day since 1970 by its date, UTC."""
    return moment(day * DAY_US).date()


def past_of(now: Scored, then: Scored, day: int) -> Past:
    """One symbol now against the end of a day."""
    score, rank = then.score, then.rank
    if now.score is None or score is None:
        words = f"no score then: {then.reason}" if score is None else f"no score now: {now.reason}"
        return Past(day=date_of(day), score=score, rank=rank, reason=then.reason, part=None, moved_by=None, words=words)
    parts = {each.name: each for each in then.parts}
    moves = {each.name: (each.contribution or 0.0) - (parts[each.name].contribution or 0.0) for each in now.parts}
    most = max(moves, key=lambda name: abs(moves[name]))
    ranked = f"rank {now.rank} as then" if now.rank == rank else f"rank {now.rank} from {rank}"
    head = f"{ranked}, score {now.score:.3f} from {score:.3f}"
    words = f"{head}: nothing moved it"
    if abs(moves[most]) > NOTHING:
        was, is_now = figure(parts[most].value), figure(next(each.value for each in now.parts if each.name == most))
        words = f"{head}: most by {most} ({moves[most]:+.3f}), which was {was} and is {is_now}"
    return Past(day=date_of(day), score=score, rank=rank, reason=None, part=most, moved_by=moves[most], words=words)


def figure(value: float | None) -> str:
    """A part's value in words."""
    return "unknown" if value is None else f"{value:.3f}"


def stability_of(now: Sequence[Scored], then: Sequence[Scored], day: int, *, weakness: str | None) -> Stability:
    """The rank correlation of now with the end of a day."""
    before = {row.symbol: row.score for row in then}
    pairs = [(row.score, score) for row in now if row.score is not None and (score := before.get(row.symbol)) is not None]
    found = spearman([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return Stability(day=date_of(day), n=found.n, rank_correlation=found.value, reason=found.reason, weakness=weakness)


def spearman(one: Sequence[float], other: Sequence[float]) -> Estimate:
    """The correlation of ranks, equals sharing their mean rank (Spearman 1904); null below 3 or where all of one side are equal."""
    n = len(one)
    if n < LEAST_SYMBOLS:
        return unknown(f"{n} symbols have a score then and now, {LEAST_SYMBOLS} are needed", n)
    middle = (n + 1) / 2
    left, right = ([rank - middle for rank in mean_ranks(side)] for side in (one, other))
    spread = math.sqrt(math.fsum(value * value for value in left) * math.fsum(value * value for value in right))
    if spread == 0:
        return unknown("all scores of one side are equal", n)
    return known(math.fsum(a * b for a, b in zip(left, right, strict=True)) / spread, n)


def mean_ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, the smallest first; equals share the mean of theirs."""
    ordered = sorted(values)
    return [(bisect_left(ordered, value) + bisect_right(ordered, value) + 1) / 2 for value in values]
