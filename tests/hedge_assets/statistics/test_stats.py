"""What a sample says, against known values and laws."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.statistics.stats import (
    calmar,
    deviation,
    drawdown,
    known,
    quantile,
    sharpe,
    shrink,
    sortino,
    student_quantile,
    wilson,
)

NUMBERS = st.floats(-1e6, 1e6)
RETURNS = st.lists(st.floats(-0.2, 0.2), max_size=60)


def test_wilson_agrees_with_the_textbook():
    interval = wilson(8, 10)
    assert (interval.low, interval.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(0, 0) is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_a_share(pair):
    wins, n = pair
    interval = wilson(wins, n)
    assert 0 <= interval.low <= wins / n + 1e-12
    assert wins / n - 1e-12 <= interval.high <= 1


@pytest.mark.parametrize(("freedom", "exact"), [(5, 2.5706), (10, 2.2281), (30, 2.0423), (1000, 1.9623)])
def test_students_point_agrees_with_the_table(freedom, exact):
    assert student_quantile(freedom) == pytest.approx(exact, abs=2e-3)


def test_quantiles_are_linear_between_values():
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert quantile([1.0, 2.0], 0.95) == pytest.approx(1.95)
    assert quantile([], 0.5) is None


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.floats(0, 1))
def test_a_quantile_lies_inside_its_sample(values, q):
    assert min(values) <= quantile(values, q) <= max(values)


@given(NUMBERS, st.integers(0, 1000), NUMBERS, st.floats(0.1, 100))
def test_shrinking_stays_between_what_was_seen_and_what_was_expected(own, n, prior, strength):
    value = shrink(own, n, prior=prior, strength=strength)
    assert min(own, prior) - 1e-6 <= value <= max(own, prior) + 1e-6


def test_no_observations_shrink_to_what_is_expected():
    assert shrink(7.0, 0, prior=3.0, strength=25.0) == 3.0


def test_drawdown_counts_the_start_and_takes_the_first_of_equals():
    assert drawdown([-50.0, -40.0], 0.0).depth == 50
    fall = drawdown([100.0, 120.0, 90.0, 120.0, 90.0], 100.0)
    assert (fall.depth, fall.frac, fall.peak, fall.trough) == (30, 0.25, 1, 2)
    assert drawdown([1.0, 2.0], 1.0).trough == -1


@given(st.lists(NUMBERS, max_size=40))
def test_no_pair_of_points_falls_further_than_the_drawdown(values):
    points = [0.0, *values]
    deepest = max((a - b for i, a in enumerate(points) for b in points[i:]), default=0.0)
    assert drawdown(values, 0.0).depth == pytest.approx(deepest)


def test_ratios_of_a_hand_calculated_week():
    returns = [0.01, -0.02, 0.03, 0.0, 0.01]
    assert sharpe(returns).value == pytest.approx(0.006 / deviation(returns) * math.sqrt(365))
    assert sortino(returns).value == pytest.approx(0.006 / math.sqrt(0.0004 / 5) * math.sqrt(365))
    assert sharpe(returns).reason == "only 5 days of 30"
    assert calmar(returns).reason == "needs 30 days, has 5"


def test_returns_that_never_vary_or_never_fall_have_no_ratio():
    assert sharpe([0.01] * 40).reason == "returns do not vary"
    assert sortino([0.01] * 40).reason == "no day below the target"
    assert calmar([0.01] * 40).reason == "no drawdown"


@given(RETURNS)
def test_every_ratio_is_finite_or_null_with_a_reason(returns):
    for ratio in (sharpe, sortino, calmar):
        estimate = ratio(returns)
        assert estimate.n == len(returns)
        assert math.isfinite(estimate.value) if estimate.value is not None else estimate.reason


def test_a_number_that_overflowed_is_not_a_number():
    assert known(math.inf, 3).value is None
