"""Correlations that can be inverted, and that chance does not make."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.advice.correlation import LEAST_RETURNS, LEAST_SHRINKAGE, correlations_of, shrunk, standardised
from hedge_assets.folds.symbol_market import SymbolMarket


def noise(seed: int, n: int = 200, *, common: float = 0.0) -> list[float]:
    """Returns of which a part is the same for every seed."""
    own, shared = random.Random(seed), random.Random(0)
    return [own.gauss(0, 1) + common * shared.gauss(0, 1) for _ in range(n)]


def market(name: str, returns: list[float | None], interval: int = 1000) -> SymbolMarket:
    return SymbolMarket(symbol=name, returns_bps=returns, interval=interval)


def found(**returns: list[float | None]):
    return correlations_of({name: market(name, values) for name, values in returns.items()}, sorted(returns))


@given(st.integers(3, 6), st.integers(50, 120), st.floats(0, 5), st.integers(0, 99))
def test_the_shrunk_matrix_is_that_of_ledoit_and_wolf_written_out_in_numpy(symbols, n, common, seed):
    columns = standardised([noise(seed * 10 + at, n, common=common) for at in range(1, symbols + 1)])
    result = shrunk(columns)
    rows, above = np.array(columns).T, np.triu_indices(symbols, 1)
    products = np.array([np.outer(row, row)[above] for row in rows])
    sample, mean = products.mean(0), products.mean()
    errors = products - sample
    covariances = (errors * (products.mean(1) - mean)[:, None]).sum(0) / n**2
    part = np.clip(((errors**2).sum(0) / n**2 - covariances).sum() / ((sample - mean) ** 2).sum(), 0, 1)
    assert (result.part_frac, result.mean) == (pytest.approx(part, abs=1e-9), pytest.approx(mean, abs=1e-12))
    assert np.array(result.matrix)[above] == pytest.approx(0.99 * (part * mean + (1 - part) * sample), abs=1e-9)
    assert np.linalg.eigvalsh(np.array(result.matrix)).min() >= LEAST_SHRINKAGE * 0.99


def test_what_is_alone_stays_alone_and_what_moves_together_stays_so():
    alone, together = found(A=noise(1), B=noise(2)), found(A=noise(1, common=5.0), B=noise(2, common=5.0))
    assert abs(alone.matrix[0][1]) < 0.15
    assert together.matrix[0][1] > 0.9
    assert together.nearest("A") == ("B", together.matrix[0][1])
    assert (together.n, together.measured, together.reasons) == (200, ("A", "B"), {})


def test_differences_that_chance_made_are_taken_out():
    """Twenty symbols that all move with one market, each with its own noise, are all as alike as they are on average."""
    result = shrunk(standardised([noise(at, 288, common=1.0) for at in range(1, 21)]))
    assert result.part_frac > 0.85
    assert all(abs(value - 0.99 * result.mean) < 0.03 for at, row in enumerate(result.matrix) for value in row[at + 1 :])


def test_two_that_are_one_stay_so_among_others():
    columns = [noise(at, 288) for at in range(1, 6)]
    result = shrunk(standardised([*columns, columns[0]]))
    assert result.matrix[0][5] > 0.9
    assert abs(result.matrix[0][1]) < 0.15


def test_the_same_returns_are_99_percent_correlated_and_no_more():
    beat = [1.0, -1.0] * 60
    assert found(A=beat, B=beat).matrix[0][1] == pytest.approx(0.99)
    assert found(A=beat, B=beat, C=beat).matrix[0][2] == pytest.approx(0.99)


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


def test_a_symbol_with_too_few_returns_is_as_alike_as_the_others_are_and_says_so():
    result = found(A=noise(1, common=3.0), B=noise(2, common=3.0), C=noise(3, LEAST_RETURNS - 1, common=3.0))
    assert result.measured == ("A", "B")
    assert result.matrix[2] == [pytest.approx(result.matrix[0][1]), pytest.approx(result.matrix[0][1]), 1.0]
    assert result.reasons["C"] == "47 5-minute returns, 47 of them in common, of 48 needed"
    assert result.nearest("C") is None


def test_a_price_that_stood_still_is_not_measured():
    result = found(A=noise(1), B=[0.0] * 200)
    assert (result.measured, result.reasons) == (("A",), {"B": "its price stood still in all 200 intervals"})


def test_nothing_known_is_everyone_on_their_own():
    result = found(A=[], B=[])
    assert (result.matrix, result.n, result.shrunk) == ([[1.0, 0.0], [0.0, 1.0]], 0, None)


@pytest.mark.parametrize("away", [-4000, 4000])
def test_one_that_is_days_ahead_or_behind_takes_no_other_with_it(away):
    places = {"A": 5000, "B": 5000, "C": 5000 + away}
    markets = {name: market(name, list(noise(at)), place) for at, (name, place) in enumerate(places.items())}
    assert correlations_of(markets, ["A", "B", "C"]).measured == ("A", "B")
