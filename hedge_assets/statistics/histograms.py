"""Distributions as bins of equal width around 0, few enough to draw: from sketches, so right to 1 % of a value at each edge."""

import math
from collections.abc import Mapping

from hedge_assets.document import Shape
from hedge_assets.folds.sided import Sided
from hedge_assets.folds.sketch import Sketch, middle

SIDE_BINS = 20
TAIL_FRAC = 0.01
WIDTHS_BPS = tuple(factor * 10.0**power for power in range(-1, 4) for factor in (1, 2, 5))


class Bars(Shape):
    """How many values fell into each bin, the lowest first, and beyond them on either side; `n` of them in all."""

    n: int
    under: int
    counts: tuple[int, ...]
    over: int


class Histogram(Shape):
    """Values in bps: bin i begins at `from_bps` + i `width_bps`; at most 20 bins lie on either side of 0, and none at the ends is empty.

    The width is the least of 0.1, 0.2, 0.5, 1, 2, 5 … bps with which no more than one value in a hundred lies beyond on either
    side; null without a value. `n` counts all values, those of fills that were neither maker nor taker as well.
    """

    n: int
    width_bps: float | None
    from_bps: float | None
    maker: Bars
    taker: Bars


def histogram(values: Sided) -> Histogram:
    """Both sides in the same bins."""
    every = values.every
    low, high = every.quantile(TAIL_FRAC), every.quantile(1 - TAIL_FRAC)
    if low is None or high is None:
        nothing = Bars(n=0, under=0, counts=(), over=0)
        return Histogram(n=0, width_bps=None, from_bps=None, maker=nothing, taker=nothing)
    width_bps = width_for(max(-low, high))
    inside = [place for place in binned(every, width_bps) if -SIDE_BINS <= place < SIDE_BINS]
    first, last = (min(inside), max(inside)) if inside else (0, -1)
    return Histogram(
        n=every.n,
        width_bps=width_bps,
        from_bps=round(first * width_bps, 6),
        maker=bars(values.maker, width_bps, (first, last)),
        taker=bars(values.taker, width_bps, (first, last)),
    )


def width_for(reach_bps: float) -> float:
    """The least width of the ladder whose bins reach so far; the greatest where none does."""
    return next((width for width in WIDTHS_BPS if width * SIDE_BINS >= reach_bps), WIDTHS_BPS[-1])


def bars(sketch: Sketch, width_bps: float, ends: tuple[int, int]) -> Bars:
    """One side's counts between two bins."""
    first, last = ends
    found = binned(sketch, width_bps)
    return Bars(
        n=sketch.n,
        under=sum(count for place, count in found.items() if place < first),
        counts=tuple(found.get(place, 0) for place in range(first, last + 1)),
        over=sum(count for place, count in found.items() if place > last),
    )


def binned(sketch: Sketch, width_bps: float) -> Mapping[int, int]:
    """Counts by bin; bin 0 begins at 0."""
    found: dict[int, int] = {0: sketch.zeros} if sketch.zeros else {}
    for sign, bins in ((1.0, sketch.over), (-1.0, sketch.under)):
        for key, count in bins.items():
            place = math.floor(sign * middle(key) / width_bps)
            found[place] = found.get(place, 0) + count
    return found
