"""Quantiles from counts: within 1 % of the true one, and merging loses nothing."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.sketch import LEAST, MOST, ZERO_BIN, Sketch, bin_of, middle

VALUES = st.lists(st.floats(-1e9, 1e9) | st.floats(-1e-3, 1e-3) | st.just(0.0), max_size=80)


def of(values: list[float]) -> Sketch:
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return sketch


@given(VALUES.filter(len), st.floats(0, 1))
def test_a_quantile_is_within_one_percent_of_the_value_of_that_rank(values: list[float], q: float):
    true = sorted(values)[max(0, math.ceil(q * len(values)) - 1)]
    found = of(values).quantile(q)
    assert found is not None
    assert abs(found - true) <= 0.01 * abs(true) * (1 + 1e-9) + LEAST


def test_the_tail_of_a_few_values_is_the_worst_of_them():
    assert of([1.0, 100.0]).quantile(0.95) == pytest.approx(100.0, rel=0.01)
    assert of([1.0, 100.0]).quantile(0.5) == pytest.approx(1.0, rel=0.01)


@given(VALUES, VALUES, VALUES)
def test_sums_of_parts_are_the_whole_in_any_order(one: list[float], two: list[float], three: list[float]):
    left, right = of(one), of(three)
    left.plus(of(two))
    left.plus(of(three))
    right.plus(of(one))
    right.plus(of(two))
    assert left == right == of([*one, *two, *three])


@given(VALUES)
def test_it_can_be_stored_and_counts_everything(values: list[float]):
    sketch = of(values)
    assert sketch.n == len(values)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(sketch), type=Sketch) == sketch


@given(st.floats(0, 1e9))
def test_a_value_put_in_by_its_bin_is_the_value_added(value: float):
    added, put = of([value]), Sketch()
    put.put(bin_of(value))
    assert added == put


def test_there_is_no_quantile_of_nothing():
    assert Sketch().quantile(0.5) is None


def test_what_is_beyond_the_ends_counts_as_the_end():
    assert of([1e15]) == of([MOST])
    assert bin_of(LEAST / 2) == ZERO_BIN
    assert abs(middle(bin_of(MOST)) / MOST - 1) < 0.0101


@pytest.mark.parametrize("n", [20, 40, 100])
def test_a_rank_is_not_pushed_up_by_how_a_share_is_reckoned(n):
    sketch = Sketch()
    for value in range(1, n + 1):
        sketch.add(float(value))
    assert sketch.quantile(1 - 0.95) == sketch.quantile(0.05)
    assert sketch.quantile(0.05) == pytest.approx(n / 20, rel=0.01)
