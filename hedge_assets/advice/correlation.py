"""How alike symbols move: correlations of 5-minute returns, drawn toward none as far as chance could have made them.

In plain Python on purpose: the same bytes on every machine, and for a desk's few dozen symbols quicker than loading numpy.
"""

import math
from collections.abc import Mapping, Sequence
from operator import mul

import msgspec

from hedge_assets.folds.symbol_market import RETURNS_KEPT, SymbolMarket

LEAST_RETURNS = 48
LEAST_SHRINKAGE = 0.01

Matrix = list[list[float]]


class Correlations(msgspec.Struct, frozen=True, kw_only=True):
    """Shrunk correlations of `symbols` (in order), over `n` 5-minute intervals in which all of `measured` were quoted.

    The others count as moving on their own; `reasons` says why. `shrinkage_frac` is the part taken from none (1 is all),
    null where nothing was measured. The matrix is positive definite.
    """

    symbols: tuple[str, ...]
    measured: tuple[str, ...]
    n: int
    shrinkage_frac: float | None
    matrix: Matrix
    reasons: Mapping[str, str]

    def nearest(self, symbol: str) -> tuple[str, float] | None:
        """What a symbol moves with most, up or against, and its correlation; null where that is not known."""
        if symbol not in self.measured or len(self.measured) < 2:
            return None
        row = self.matrix[self.symbols.index(symbol)]
        others = ((other, value) for other, value in zip(self.symbols, row, strict=True) if other != symbol and other in self.measured)
        return max(others, key=lambda each: (abs(each[1]), each[0]))


def correlations_of(markets: Mapping[str, SymbolMarket], symbols: Sequence[str]) -> Correlations:
    """Of the newest 24 hours. A symbol with fewer than 48 returns in common with the rest is not measured."""
    series, reasons = measurable(markets, symbols)
    measured = sorted(series)
    columns = standardised([series[name] for name in measured])
    matrix: Matrix = [[float(row == column) for column in symbols] for row in symbols]
    shrunk, shrinkage = ledoit_wolf(columns) if len(columns) > 1 else ([], None)
    places = {name: place for place, name in enumerate(symbols)}
    for name, row in zip(measured, shrunk, strict=False):
        for other, value in zip(measured, row, strict=True):
            matrix[places[name]][places[other]] = value
    return Correlations(
        symbols=tuple(symbols),
        measured=tuple(measured),
        n=len(columns[0]) if columns else 0,
        shrinkage_frac=shrinkage,
        matrix=matrix,
        reasons=reasons,
    )


def measurable(markets: Mapping[str, SymbolMarket], symbols: Sequence[str]) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Returns in the intervals that all share; while those are too few, the symbol with the fewest returns is left out."""
    rings = {name: ring(markets[name]) if name in markets else {} for name in symbols}
    newest = max((max(each) for each in rings.values() if each), default=0)
    rings = {name: {at: value for at, value in each.items() if at > newest - RETURNS_KEPT} for name, each in rings.items()}
    reasons: dict[str, str] = {}
    while rings:
        common = sorted(set.intersection(*(set(each) for each in rings.values())))
        still = [name for name, each in rings.items() if len({each[at] for at in common}) < 2]
        if len(common) >= LEAST_RETURNS and not still:
            return {name: [each[at] for at in common] for name, each in rings.items()}, reasons
        if len(common) >= LEAST_RETURNS:
            out, reason = min(still), f"its price stood still in all {len(common)} intervals"
        else:
            out = min(rings, key=lambda name: (len(rings[name]), name))
            reason = f"{len(rings[out])} 5-minute returns, {len(common)} of them in common, of {LEAST_RETURNS} needed"
        reasons[out] = reason
        del rings[out]
    return {}, reasons


def ring(market: SymbolMarket) -> dict[int, float]:
    """A symbol's returns by number of their interval."""
    first = market.interval - len(market.returns_bps) + 1
    return {first + at: value for at, value in enumerate(market.returns_bps) if value is not None}


def standardised(columns: Sequence[Sequence[float]]) -> Matrix:
    """Every column with mean 0 and mean square 1."""
    found = []
    for column in columns:
        centre = math.fsum(column) / len(column)
        size = math.sqrt(math.fsum((value - centre) ** 2 for value in column) / len(column))
        found.append([(value - centre) / size for value in column])
    return found


def ledoit_wolf(columns: Sequence[Sequence[float]]) -> tuple[Matrix, float]:
    """Correlations of standardised columns, shrunk toward the identity, and by how much.

    `d I + (1 - d) S` with `d = min(b2, d2) / d2`, `d2 = |S - I|^2`, `b2 = sum |x_t x_t' - S|^2 / T^2` (Frobenius norms; Ledoit and
    Wolf 2004, A well-conditioned estimator, their target for unit variances). At least 0.01, so that two columns that are the
    same are 0.99 correlated and the matrix has an inverse.
    """
    length = len(columns[0])
    sample = [[math.fsum(map(mul, one, other)) / length for other in columns] for one in columns]
    square = math.fsum(value * value for row in sample for value in row)
    away = square - 2 * math.fsum(row[at] for at, row in enumerate(sample)) + len(columns)
    sizes = [math.fsum(value * value for value in moment) for moment in zip(*columns, strict=True)]
    noise = (math.fsum(size * size for size in sizes) - length * square) / length**2
    shrinkage = 1.0 if away <= 0 else min(1.0, max(LEAST_SHRINKAGE, noise / away))
    keep = 1.0 - shrinkage
    shrunk = [[1.0 if row == column else keep * value for column, value in enumerate(values)] for row, values in enumerate(sample)]
    return shrunk, shrinkage
