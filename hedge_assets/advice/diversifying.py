"""Which share of risk each symbol gets when some move alike: what two of a kind add to a book is little more than what one adds."""

from collections.abc import Sequence

from hedge_assets.advice.correlation import Matrix


def alike(correlations: Matrix) -> Matrix:
    """How alike the profits of two symbols are, 0..1: their correlation squared.

    Weights do not say which side is taken. Sides taken by the same rules agree about as often as the markets do, so that
    profits correlate by market times side, both of one sign.
    """
    return [[value * value for value in row] for row in correlations]


def slots_of(likeness: Matrix, tilts: Sequence[float]) -> list[float]:
    """Shares of risk in slots: a symbol's tilt over its crowd, the sum of how alike all are to it, itself with 1.

    It is the condition `t = L z` for the best of `t'z - z'Lz / 2` (Markowitz 1952, in units of volatility) with those alike
    sharing evenly. The unconstrained best gives to whatever is least like the rest and nothing to the middle of the market, by
    differences that a day of returns does not know; here no share falls to 0, n that are one share one slot (1 / n each), and a
    symbol unlike all others keeps its whole tilt.
    """
    return [tilt / sum(row) for tilt, row in zip(tilts, likeness, strict=True)]
