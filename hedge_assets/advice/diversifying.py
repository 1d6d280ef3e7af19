"""Which share of risk each symbol gets when some move alike: what two of a kind add to a book is little more than what one adds."""

from collections.abc import Sequence
from operator import mul

from hedge_assets.advice.correlation import Matrix

MOST_SWEEPS = 4_000
SETTLED = 1e-9
PROVED = 1e-7


def alike(correlations: Matrix) -> Matrix:
    """How alike the profits of two symbols are, 0..1: their correlation squared.

    Weights do not say which side is taken. Sides taken by the same rules agree about as often as the markets do, so that
    profits correlate by market times side, both of one sign. Positive definite because the correlations are (Schur's product theorem).
    """
    return [[value * value for value in row] for row in correlations]


def most_diversified(likeness: Matrix, tilts: Sequence[float]) -> list[float] | None:
    """Risk shares `z >= 0` that maximise `t'z - z'Lz / 2`: one slot times its tilt for a symbol unlike all others.

    With even tilts this is the most diversified portfolio in units of volatility (Choueifaty and Coignard 2008), long only. It
    has their invariance: of a symbol listed twice each gets half, and nothing else changes (Choueifaty, Froidure and Reynier 2013).
    Solved one share at a time (Hildreth 1957) and proved by the conditions of Karush, Kuhn and Tucker; null where they do not hold.
    """
    shares = [max(0.0, tilt) / sum(row) for tilt, row in zip(tilts, likeness, strict=True)]
    slopes = slopes_at(likeness, tilts, shares)
    for _ in range(MOST_SWEEPS):
        furthest = 0.0
        for at, row in enumerate(likeness):
            move = max(0.0, shares[at] + slopes[at] / row[at]) - shares[at]
            if move:
                shares[at] += move
                slopes = [slope - move * value for slope, value in zip(slopes, row, strict=True)]
                furthest = max(furthest, abs(move))
        if furthest < SETTLED:
            break
    return shares if is_best(likeness, tilts, shares) else None


def slopes_at(likeness: Matrix, tilts: Sequence[float], shares: Sequence[float]) -> list[float]:
    """How much better the whole would be for a little more of each."""
    return [tilt - sum(map(mul, row, shares)) for row, tilt in zip(likeness, tilts, strict=True)]


def is_best(likeness: Matrix, tilts: Sequence[float], shares: Sequence[float]) -> bool:
    """No share is negative, none would be better larger, and none that is above 0 would be better smaller."""
    slopes = slopes_at(likeness, tilts, shares)
    return all(share >= 0 and slope <= PROVED and (share == 0 or slope >= -PROVED) for share, slope in zip(shares, slopes, strict=True))
