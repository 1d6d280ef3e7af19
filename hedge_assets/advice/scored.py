"""Parts of a score put together: the weighted mean of what is known, and who is better than whom."""

import math
from collections.abc import Iterable, Mapping

from pydantic import Field

from hedge_assets.advice.score_parts import WEIGHTS
from hedge_assets.document import Shape
from hedge_assets.statistics.stats import Estimate

LEAST_WEIGHT = 0.5


class Part(Shape):
    """One part: its value 0..1 (null with a reason), its weight, and what it adds to the score. `n` is what it rests on."""

    name: str
    value: float | None
    weight_frac: float
    contribution: float | None = Field(description="value times weight over the weight that is known; contributions add up to the score")
    n: int
    reason: str | None


class Scored(Shape):
    """One symbol. `score` is null while less than half of the weight is known; `rank` 1 is the best of those that have one."""

    symbol: str
    score: float | None
    rank: int | None
    known_weight_frac: float
    n: int = Field(description="closed trades in the window")
    is_mature: bool
    reason: str | None
    parts: tuple[Part, ...]


def scored(symbol: str, parts: Mapping[str, Estimate], *, n: int, is_mature: bool) -> Scored:
    """The weighted mean of what is known, if that is half of the weight or more."""
    weight = math.fsum(WEIGHTS[name] for name, part in parts.items() if part.value is not None)
    enough = weight >= LEAST_WEIGHT
    rows = tuple(part_of(name, parts[name], weight if enough else None) for name in WEIGHTS)
    score = math.fsum(row.contribution for row in rows if row.contribution is not None)
    return Scored(
        symbol=symbol,
        score=min(1.0, max(0.0, score)) if enough else None,
        rank=None,
        known_weight_frac=weight,
        n=n,
        is_mature=is_mature,
        reason=None if enough else f"{weight:.0%} of the weight is known, at least {LEAST_WEIGHT:.0%} is needed",
        parts=rows,
    )


def part_of(name: str, part: Estimate, known_weight: float | None) -> Part:
    """One part with its weight; its contribution is null where it is unknown or there is no score."""
    has = part.value is not None and known_weight is not None and known_weight > 0
    contribution = (part.value or 0.0) * WEIGHTS[name] / (known_weight or 1.0) if has else None
    return Part(name=name, value=part.value, weight_frac=WEIGHTS[name], contribution=contribution, n=part.n, reason=part.reason)


def ranks(rows: Iterable[Scored]) -> tuple[Scored, ...]:
    """Best first, equals by name; those without a score last and without a rank."""
    ordered = sorted(rows, key=lambda row: (row.score is None, -(row.score or 0.0), row.symbol))
    return tuple(row if row.score is None else row.model_copy(update={"rank": at}) for at, row in enumerate(ordered, 1))
