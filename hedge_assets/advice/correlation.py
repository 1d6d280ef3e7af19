"""How alike symbols move: correlations of 5-minute returns, drawn toward their mean as far as chance made them differ.

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


class Shrunk(msgspec.Struct, frozen=True):
    """Correlations drawn toward their mean, the part taken from it (1 is all), and the mean."""

    matrix: Matrix
    part_frac: float
    mean: float


class Correlations(msgspec.Struct, frozen=True, kw_only=True):
    """Shrunk correlations of `symbols` (in order), over `n` 5-minute intervals in which all of `measured` were quoted.

    The others count as being as alike to all as the measured are on average (on their own where none are); `reasons` says why
    they are not measured. `shrunk` is of the measured, null below two; their part of the matrix is positive definite.
    """

    symbols: tuple[str, ...]
    measured: tuple[str, ...]
    n: int
    shrunk: Shrunk | None
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
    """Of the newest 24 hours that half of the symbols have. One with fewer than 48 returns in common with the rest is not measured."""
    series, reasons = measurable(markets, symbols)
    measured = sorted(series)
    columns = standardised([series[name] for name in measured])
    found = shrunk(columns) if len(columns) > 1 else None
    usual = 0.0 if found is None else found.mean * (1.0 - LEAST_SHRINKAGE)
    matrix: Matrix = [[1.0 if row == column else usual for column in symbols] for row in symbols]
    places = {name: place for place, name in enumerate(symbols)}
    for name, row in zip(measured, found.matrix if found is not None else (), strict=False):
        for other, value in zip(measured, row, strict=True):
            matrix[places[name]][places[other]] = value
    return Correlations(
        symbols=tuple(symbols), measured=tuple(measured), n=len(columns[0]) if columns else 0, shrunk=found, matrix=matrix, reasons=reasons
    )


def measurable(markets: Mapping[str, SymbolMarket], symbols: Sequence[str]) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Returns in the intervals that all share; while those are too few, the symbol with the fewest returns is left out.

    The day ends where at least half of the symbols have come to: one that is far ahead or behind takes no other with it.
    """
    rings = {name: ring(markets[name]) if name in markets else {} for name in symbols}
    reached = sorted(max(each, default=0) for each in rings.values())
    newest = reached[len(reached) // 2] if reached else 0
    rings = {name: {at: value for at, value in each.items() if newest - RETURNS_KEPT < at <= newest} for name, each in rings.items()}
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


def shrunk(columns: Sequence[Sequence[float]]) -> Shrunk:
    """Correlations of standardised columns, drawn toward their mean by as much as chance is in their differences.

    `d m + (1 - d) r` for each pair, with m the mean of all and `d = sum (Var r - Cov(m, r)) / sum (r - m)^2`, variances and
    covariances over time, in 0..1 (Ledoit and Wolf 2003, Honey, I Shrunk the Sample Covariance Matrix, for unit variances).
    Symbols that differ by chance are then alike, and two that are one stay so. Last, all are made 0.99 of themselves,
    so that the matrix has an inverse whatever the columns.
    """
    length, pairs = len(columns[0]), len(columns) * (len(columns) - 1) / 2
    sample = [[math.fsum(map(mul, one, other)) / length for other in columns] for one in columns]
    above = [value for row, values in enumerate(sample) for value in values[row + 1 :]]
    centre = math.fsum(above) / pairs
    products, squares = products_of(columns)
    own = (math.fsum(squares) - length * math.fsum(value * value for value in above)) / length**2
    shared = pairs * math.fsum((value / pairs - centre) ** 2 for value in products) / length**2
    apart = math.fsum((value - centre) ** 2 for value in above)
    part = min(1.0, max(0.0, (own - shared) / apart)) if apart > 0 else 1.0
    matrix = [
        [1.0 if row == column else (1.0 - LEAST_SHRINKAGE) * (part * centre + (1.0 - part) * value) for column, value in enumerate(values)]
        for row, values in enumerate(sample)
    ]
    return Shrunk(matrix, part, centre)


def products_of(columns: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    """At each moment, the sum over pairs of their product and of its square."""
    products, squares = [], []
    for values in zip(*columns, strict=True):
        second = math.fsum(value * value for value in values)
        products.append((math.fsum(values) ** 2 - second) / 2)
        squares.append((second**2 - math.fsum(value**4 for value in values)) / 2)
    return products, squares
