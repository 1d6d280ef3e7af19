"""Correlations that can be inverted, and that chance does not make."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.advice.correlation import LEAST_RETURNS, LEAST_SHRINKAGE, correlations_of, ledoit_wolf, standardised
from hedge_assets.folds.symbol_market import SymbolMarket


def noise(seed: int, n: int = 200, *, common: float = 0.0) -> list[float]:
    """Returns of which a part is the same for every seed."""
    own, shared = random.Random(seed), random.Random(0)
    return [own.gauss(0, 1) + common * shared.gauss(0, 1) for _ in range(n)]


def market(name: str, returns: list[float | None], interval: int = 1000) -> SymbolMarket:
    return SymbolMarket(symbol=name, returns_bps=returns, interval=interval)


def found(**returns: list[float | None]):
    return correlations_of({name: market(name, values) for name, values in returns.items()}, sorted(returns))


@given(st.integers(2, 6), st.integers(50, 120), st.floats(0, 5), st.integers(0, 99))
def test_the_shrunk_matrix_is_that_of_ledoit_and_wolf_in_numpy(symbols, n, common, seed):
    columns = standardised([noise(seed * 10 + at, n, common=common) for at in range(1, symbols + 1)])
    matrix, shrinkage = ledoit_wolf(columns)
    rows = np.array(columns).T
    sample = rows.T @ rows / n
    away = ((sample - np.eye(symbols)) ** 2).sum()
    scatter = sum(((np.outer(row, row) - sample) ** 2).sum() for row in rows) / n**2
    assert shrinkage == pytest.approx(max(LEAST_SHRINKAGE, min(1.0, scatter / away)), rel=1e-6)
    assert np.array(matrix) == pytest.approx(shrinkage * np.eye(symbols) + (1 - shrinkage) * sample, abs=1e-9)
    assert np.linalg.eigvalsh(np.array(matrix)).min() >= LEAST_SHRINKAGE * 0.99


def test_what_is_alone_is_drawn_to_none_and_what_moves_together_stays():
    alone, together = found(A=noise(1), B=noise(2)), found(A=noise(1, common=5.0), B=noise(2, common=5.0))
    assert abs(alone.matrix[0][1]) < 0.15
    assert together.matrix[0][1] > 0.9
    assert together.nearest("A") == ("B", together.matrix[0][1])
    assert (together.n, together.measured, together.reasons) == (200, ("A", "B"), {})


def test_the_same_returns_are_99_percent_correlated_and_no_more():
    beat = [1.0, -1.0] * 60
    assert found(A=beat, B=beat).matrix[0][1] == pytest.approx(0.99)


def test_intervals_are_aligned_by_their_number():
    whole = [value * 10 for value in ([1.0, -1.0] * 75)]
    late = {"A": market("A", whole, 1000), "B": market("B", whole[:140], 990)}
    found = correlations_of(late, ["A", "B"])
    assert (found.matrix[0][1], found.n) == (pytest.approx(0.99), 140)
    late["B"].interval = 991
    assert correlations_of(late, ["A", "B"]).matrix[0][1] == pytest.approx(-0.99)


def test_a_gap_in_one_is_left_out_of_all():
    gappy = [None if at % 10 == 0 else value for at, value in enumerate(noise(1))]
    assert found(A=gappy, B=noise(2)).n == 180


def test_a_symbol_with_too_few_returns_moves_on_its_own_and_says_so():
    result = found(A=noise(1, common=3.0), B=noise(2, common=3.0), C=noise(3, LEAST_RETURNS - 1, common=3.0))
    assert result.measured == ("A", "B")
    assert result.matrix[2] == [0.0, 0.0, 1.0]
    assert result.reasons["C"] == "47 5-minute returns, 47 of them in common, of 48 needed"
    assert result.nearest("C") is None


def test_a_price_that_stood_still_is_not_measured():
    result = found(A=noise(1), B=[0.0] * 200)
    assert (result.measured, result.reasons) == (("A",), {"B": "its price stood still in all 200 intervals"})


def test_nothing_known_is_everyone_on_their_own():
    result = found(A=[], B=[])
    assert (result.matrix, result.n, result.shrinkage_frac) == ([[1.0, 0.0], [0.0, 1.0]], 0, None)


def test_returns_older_than_a_day_before_the_newest_do_not_count():
    old = {"A": market("A", list(noise(1)), 5000), "B": market("B", list(noise(2)), 5000), "C": market("C", list(noise(3)), 1000)}
    assert correlations_of(old, ["A", "B", "C"]).measured == ("A", "B")
