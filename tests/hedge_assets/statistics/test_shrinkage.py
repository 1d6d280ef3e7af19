"""Shrinking: its strength against known variances, and what it promises over thousands of books drawn by seeded chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.moments import Moments
from hedge_assets.statistics.shrinkage import STRONGEST_TRADES, WEAKEST_TRADES, Book, Shrinkage, book_of, posterior, shrinkage_of

NOISE_BPS = 80.0
SIZES = (4, 8, 15, 30, 60, 120, 250, 500)


def moments_of(values) -> Moments:
    values = np.asarray(values, float)
    return Moments(len(values), float(values.mean()), float(((values - values.mean()) ** 2).sum())) if len(values) else Moments()


def drawn(chance, truths, sizes=SIZES) -> list[Moments]:
    return [moments_of(chance.normal(truth, NOISE_BPS, size)) for truth, size in zip(truths, sizes, strict=True)]


def together(groups) -> Moments:
    whole = Moments()
    for group in groups:
        whole.plus(group)
    return whole


def shrunk(groups) -> tuple[list[dict], Shrinkage]:
    found = shrinkage_of("symbols", groups, usual_trades=25.0)
    prior = book_of(together(groups), strength=25.0, mature_trades=30).toward(found)
    return [posterior(group, prior, is_book=False) for group in groups], found


def test_too_few_groups_leave_the_setting():
    chance = np.random.default_rng(1)
    found = shrinkage_of("sides", drawn(chance, (50, -50), (100, 100)), usual_trades=25.0)
    assert (found.strength_trades, found.between_bps) == (25.0, None)
    assert found.how == "telemetry.shrink_trades: groups with 5 trades or more are 2 of 3 needed"


def test_groups_alike_to_the_last_digit_are_shrunk_as_far_as_it_goes():
    found = shrinkage_of("symbols", [moments_of([1, 3, 5, 3, 3])] * 6, usual_trades=25.0)
    assert found.strength_trades == STRONGEST_TRADES
    assert found.how == "upper bound: groups differ no more than chance lets them"


def test_groups_that_are_worlds_apart_are_hardly_shrunk():
    found = shrinkage_of("symbols", [moments_of(np.array([1, 3, 5, 3, 3]) + 1000 * at) for at in range(6)], usual_trades=25.0)
    assert found.strength_trades == WEAKEST_TRADES
    assert found.how.startswith("lower bound: variance within over between groups is ")


def test_the_variance_between_groups_is_found_again():
    chance = np.random.default_rng(2)
    found = [shrinkage_of("symbols", drawn(chance, chance.normal(0, 20, 8)), usual_trades=25.0) for _ in range(600)]
    assert np.mean([each.within_bps for each in found]) == pytest.approx(NOISE_BPS, rel=0.02)
    assert np.mean([each.between_bps**2 for each in found]) == pytest.approx(20**2, rel=0.2)


def test_a_hand_calculated_strength():
    groups = [Moments(10, 10.0, 900.0), Moments(10, 20.0, 900.0), Moments(10, 30.0, 900.0)]
    found = shrinkage_of("symbols", groups, usual_trades=25.0)
    within = 2700 / 27
    between = (10 * 100 * 2 - 2 * within) / (30 - 300 / 30)
    assert found.strength_trades == pytest.approx(max(WEAKEST_TRADES, within / between))
    assert (found.within_bps, found.between_bps) == (pytest.approx(10.0), pytest.approx(between**0.5))


def test_without_an_edge_the_interval_of_the_book_holds_zero_at_least_95_times_in_100():
    chance = np.random.default_rng(3)
    for size in (10, 30, 300):
        inside = 0
        for _ in range(1000):
            own = moments_of(chance.normal(0, NOISE_BPS, size))
            told = posterior(own, book_of(own, strength=25.0, mature_trades=30), is_book=True)
            inside += told["shrunk_bps_low"].value <= 0 <= told["shrunk_bps_high"].value
        assert inside >= 935, size


@pytest.mark.parametrize("spread_bps", [0.0, 10.0, 40.0])
def test_the_interval_of_a_group_holds_its_true_mean_about_95_times_in_100(spread_bps):
    chance = np.random.default_rng(4)
    inside = total = 0
    for _ in range(400):
        truths = chance.normal(0, spread_bps, len(SIZES)) if spread_bps else np.zeros(len(SIZES))
        told, _ = shrunk(drawn(chance, truths))
        inside += sum(
            each["shrunk_bps_low"].value <= truth <= each["shrunk_bps_high"].value for each, truth in zip(told, truths, strict=True)
        )
        total += len(truths)
    assert 0.92 <= inside / total <= 1.0


@pytest.mark.parametrize("spread_bps", [0.0, 10.0, 40.0])
def test_shrunk_means_are_nearer_to_the_truth_than_raw_ones(spread_bps):
    chance = np.random.default_rng(5)
    raw = better = 0.0
    for _ in range(300):
        truths = chance.normal(5, spread_bps, len(SIZES)) if spread_bps else np.full(len(SIZES), 5.0)
        groups = drawn(chance, truths)
        told, _ = shrunk(groups)
        raw += sum((group.mean - truth) ** 2 for group, truth in zip(groups, truths, strict=True))
        better += sum((each["shrunk_bps"].value - truth) ** 2 for each, truth in zip(told, truths, strict=True))
    assert better < 0.9 * raw


def test_the_luckiest_of_fifty_symbols_without_an_edge_does_not_look_like_one():
    chance = np.random.default_rng(6)
    fooled = 0
    for _ in range(200):
        groups = drawn(chance, np.zeros(50), (10,) * 50)
        told, _ = shrunk(groups)
        luckiest = max(range(50), key=lambda at: groups[at].mean)
        fooled += told[luckiest]["shrunk_bps_low"].value > 0
    assert fooled <= 10


@given(st.integers(1, 500), st.integers(1, 500), st.floats(1, 1000), st.floats(-500, 500))
def test_more_trades_are_shrunk_less(few, more, strength, mean):
    prior = Book(mean_bps=0.0, deviation_bps=50.0, n=1000, strength=strength, mature_trades=30, variance_trades=25.0, groups=8)
    low, high = sorted((few, more))
    near, far = (posterior(Moments(n, mean, 50.0**2 * (n - 1)), prior, is_book=False)["shrunk_bps"].value for n in (high, low))
    assert abs(near - mean) <= abs(far - mean) + 1e-9


@given(st.lists(st.tuples(st.integers(0, 400), st.floats(-1e4, 1e4), st.floats(0, 1e6)), max_size=12))
def test_strength_is_always_between_its_bounds(rows):
    groups = [Moments(n, mean if n else 0.0, m2 if n > 1 else 0.0) for n, mean, m2 in rows]
    found = shrinkage_of("symbols", groups, usual_trades=25.0)
    assert WEAKEST_TRADES <= found.strength_trades <= STRONGEST_TRADES


def test_a_group_without_trades_says_the_book():
    prior = Book(mean_bps=3.0, deviation_bps=50.0, n=100, strength=25.0, mature_trades=30, variance_trades=25.0)
    told = posterior(Moments(), prior, is_book=False)
    assert (told["shrunk_bps"].value, told["shrunk_bps"].reason) == (3.0, "no trades of its own: the book's")


def test_results_that_never_vary_have_no_probability_of_an_edge():
    own = moments_of([5.0, 5.0, 5.0])
    told = posterior(own, book_of(own, strength=25.0, mature_trades=30), is_book=True)["edge_prob_frac"]
    assert (told.value, told.reason) == (None, "results do not vary")
