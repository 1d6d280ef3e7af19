"""Savings with intervals that are right, and verdicts that follow from them."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as reference

from hedge_assets.advice.scoring import gained, kind_score, pooled, ruling, saved
from tests.hedge_assets.steered import moments

VALUES = st.lists(st.floats(-50, 50), min_size=3, max_size=30)


@given(VALUES, VALUES)
def test_a_saving_is_welchs_difference_of_means(before, after):
    found = saved(moments(before), moments(after))
    assert found.mean == pytest.approx(statistics.fmean(before) - statistics.fmean(after), abs=1e-9)
    variance = statistics.variance(before) / len(before) + statistics.variance(after) / len(after)
    assert found.variance == pytest.approx(variance, abs=1e-9)


def test_degrees_of_freedom_and_interval_are_those_of_the_reference():
    before, after = [1.0, 4.0, 2.5, 8.0, 3.0, 6.5, 2.0], [0.5, 1.0, 2.0, 1.5, 0.0]
    ours = saved(moments(before), moments(after))
    theirs = reference.ttest_ind(before, after, equal_var=False)
    assert ours.freedom == pytest.approx(theirs.df)
    bounds = theirs.confidence_interval(0.95)
    assert ours.interval.low == pytest.approx(bounds.low, abs=0.1)
    assert ours.interval.high == pytest.approx(bounds.high, abs=0.1)


def test_below_three_on_either_side_there_is_no_saving():
    assert saved(moments([1.0, 2.0]), moments([1.0] * 9)) is None
    assert saved(moments([1.0] * 9), moments([1.0, 2.0])) is None
    assert gained(moments([1.0, 2.0])) is None


def test_equal_costs_leave_no_doubt():
    found = saved(moments([5.0] * 10), moments([3.0] * 10))
    assert (found.mean, found.interval.low, found.interval.high) == (2.0, 2.0, 2.0)


def test_the_interval_holds_the_truth_nineteen_times_in_twenty():
    source = random.Random(11)
    inside = 0
    for _ in range(400):
        before, after = [source.gauss(5, 4) for _ in range(25)], [source.gauss(3, 1) for _ in range(40)]
        bounds = saved(moments(before), moments(after)).interval
        inside += bounds.low <= 2.0 <= bounds.high
    assert inside / 400 == pytest.approx(0.95, abs=0.035)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=5))
def test_pooled_savings_count_every_item_once(pairs):
    savings = [saved(moments(before), moments(after)) for before, after in pairs]
    whole = pooled(savings)
    total = sum(len(after) for _, after in pairs)
    by_hand = math.fsum(len(after) * (statistics.fmean(before) - statistics.fmean(after)) for before, after in pairs) / total
    assert whole.n == total
    assert whole.mean == pytest.approx(by_hand, abs=1e-9)
    if len(savings) == 1:
        assert whole.variance == pytest.approx(savings[0].variance)
        assert whole.freedom == pytest.approx(savings[0].freedom, rel=1e-6)


def near(mean, *, n=40, spread=1.0):
    """A sample of this mean."""
    return moments([mean + spread * (-1) ** number for number in range(n)])


@pytest.mark.parametrize(
    ("after", "expected", "verdict", "decided"),
    [
        (near(2.0), 3.0, "kept its promise", ("realised_low", 0.0)),
        (near(4.0), 3.0, "worse than promised", ("realised_high", 3.0)),
        (near(6.0), 3.0, "made it worse", ("realised_high", 0.0)),
        (near(6.0), None, "made it worse", ("realised_high", 0.0)),
        (near(4.0), None, "kept its promise", ("realised_low", 0.0)),
        (near(4.0, spread=9.0), 3.0, "too early", ("realised_low", 0.0)),
        (near(2.0, n=19), 3.0, "too early", ("n", 20)),
    ],
)
def test_a_verdict_names_the_number_and_the_limit_that_decided_it(after, expected, verdict, decided):
    found = ruling(saved(near(5.0), after), counts=(40, after.n), enough=20, expected=expected)
    assert (found.verdict, found.measure, found.limit) == (verdict, *decided)
    bounds = saved(near(5.0), after).interval
    assert found.value == {"n": after.n, "realised_low": bounds.low, "realised_high": bounds.high}[found.measure]


def test_too_few_before_is_too_early_however_many_follow():
    found = ruling(saved(near(5.0, n=10), near(9.0)), counts=(10, 40), enough=20, expected=None)
    assert (found.verdict, found.measure, found.value) == ("too early", "n_before", 10)


def test_a_kind_that_surely_loses_over_enough_is_not_recommended():
    losing = [saved(near(5.0), near(6.5)), saved(near(5.0), near(6.0))]
    kind = kind_score("dodge", losing, unit="bps", enough=60, window="30d")
    assert (kind.steps, kind.n, kind.not_recommended) == (2, 80, True)
    assert kind.words.startswith("`dodge` lost 1.25 bps a piece over 80 worked intents of 2 steps within 30d (at best -")


def test_a_kind_that_loses_over_too_few_or_not_surely_keeps_its_recommendation():
    few = kind_score("dodge", [saved(near(5.0), near(6.5))], unit="bps", enough=60, window="30d")
    unsure = kind_score("dodge", [saved(near(5.0, spread=20.0), near(6.5, n=80))], unit="bps", enough=60, window="30d")
    nothing = kind_score("dodge", [], unit="bps", enough=60, window="30d")
    assert [each.not_recommended for each in (few, unsure, nothing)] == [False, False, False]
    assert few.words == "saved -1.50 bps a piece over 40 worked intents of 60 needed to judge a kind"
    assert nothing.realised is None
