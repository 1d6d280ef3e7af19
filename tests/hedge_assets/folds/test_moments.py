"""Count, mean and spread: added one by one, in parts, or worked out from all of them."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.moments import Moments

NUMBERS = st.lists(st.floats(-1e6, 1e6), max_size=60)


def of(values: list[float]) -> Moments:
    moments = Moments()
    for value in values:
        moments.add(value)
    return moments


@given(NUMBERS)
def test_they_are_what_the_textbook_says(values: list[float]):
    moments = of(values)
    assert moments.n == len(values)
    if values:
        assert moments.mean == pytest.approx(math.fsum(values) / len(values), rel=1e-9, abs=1e-6)
    if len(values) > 1:
        assert moments.variance == pytest.approx(statistics.variance(values), rel=1e-9, abs=1e-3)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_parts_add_up_to_the_whole_however_they_are_put_together(one: list[float], two: list[float], three: list[float]):
    left, right, tail = of(one), of(one), of(two)
    left.plus(of(two))
    left.plus(of(three))
    tail.plus(of(three))
    right.plus(tail)
    whole = of([*one, *two, *three])
    for moments in (left, right):
        assert moments.n == whole.n
        assert moments.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
        assert moments.m2 == pytest.approx(whole.m2, rel=1e-9, abs=1e-3)


def test_one_number_has_no_spread_and_none_no_variance_either():
    assert (of([3.0]).variance, of([]).variance) == (None, None)


def test_nothing_added_changes_nothing_and_added_to_nothing_is_itself():
    moments, nothing = of([1.0, 2.0]), Moments()
    moments.plus(Moments())
    nothing.plus(moments)
    assert moments == nothing == of([1.0, 2.0])
