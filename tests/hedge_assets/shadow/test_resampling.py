"""A paired bootstrap of sums: exact, the same in any order, mirrored, and as wide as a plain one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.shadow.resampling import LEAST, REPLICATES, Replicates, numbers, weights_of

AMOUNTS = st.lists(st.integers(-(10**12), 10**12), min_size=LEAST, max_size=60)


def drawn(amounts):
    found = Replicates()
    for number, amount in amounts:
        found.add(f"i{number}", amount)
    return found


@given(AMOUNTS, st.randoms(use_true_random=False))
def test_the_order_changes_nothing(amounts, chance):
    named = list(enumerate(amounts))
    mixed = list(named)
    chance.shuffle(mixed)
    one, two = drawn(named), drawn(mixed)
    assert (one.n, one.total, one.sums, one.weights) == (two.n, two.total, two.sums, two.weights)
    assert one.bounds() == two.bounds()


@given(AMOUNTS)
def test_turning_every_sign_mirrors_the_bounds_exactly(amounts):
    there, back = drawn(enumerate(amounts)).bounds(), drawn(enumerate([-amount for amount in amounts])).bounds()
    assert (there.low, there.high) == (-back.high, -back.low)


def test_no_difference_has_no_width():
    bounds = drawn((number, 0) for number in range(50)).bounds()
    assert (bounds.low, bounds.high) == (0.0, 0.0)


def test_the_bounds_are_those_of_a_plain_bootstrap():
    chance = np.random.default_rng(3)
    amounts = chance.normal(5e8, 3e9, 400).astype(np.int64)
    bounds = drawn(enumerate(int(amount) for amount in amounts)).bounds()
    plain = [amounts[chance.integers(0, 400, 400)].sum() for _ in range(4_000)]
    low, high = np.percentile(plain, [2.5, 97.5])
    assert bounds.low == pytest.approx(low, abs=0.15 * (high - low))
    assert bounds.high == pytest.approx(high, abs=0.15 * (high - low))
    assert bounds.low < amounts.sum() < bounds.high


def test_few_names_say_nothing_however_often_they_come():
    found = Replicates()
    for number in range(100):
        found.add(f"hour {number % (LEAST - 1)}", number)
    assert found.bounds() is None
    found.add("another", 1)
    assert found.bounds() is not None


def test_a_name_is_drawn_once_and_for_all():
    assert list(weights_of("i1")[:8]) == list(weights_of("i1")[:8])
    assert not np.array_equal(weights_of("i1"), weights_of("i2"))
    means = np.mean([weights_of(f"name {number}") for number in range(500)])
    assert means == pytest.approx(1.0, abs=0.01)
    assert len(numbers(Replicates().sums)) == REPLICATES
