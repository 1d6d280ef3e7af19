"""A paired bootstrap of sums: exact, the same in any order, mirrored, and as wide as a plain one."""

import math

import msgspec
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
    assert weights_of("i1")[:12].tolist() == [0, 1, 0, 1, 1, 1, 1, 1, 2, 1, 3, 5]
    assert weights_of("hour 491000")[:12].tolist() == [1, 2, 0, 0, 1, 1, 0, 1, 0, 1, 0, 0]
    assert weights_of("i13")[231] == 1  # drawn exactly on the line between never and once
    assert not np.array_equal(weights_of("i1"), weights_of("i2"))
    means = np.mean([weights_of(f"name {number}") for number in range(500)])
    assert means == pytest.approx(1.0, abs=0.01)
    assert len(numbers(Replicates().sums)) == REPLICATES


@given(AMOUNTS, st.integers(0, 60))
def test_draws_that_were_stored_half_way_go_on_as_if_they_had_not(amounts, cut):
    named = list(enumerate(amounts))
    resumed = msgspec.msgpack.decode(msgspec.msgpack.encode(drawn(named[:cut])), type=Replicates)
    for number, amount in named[cut:]:
        resumed.add(f"i{number}", amount)
    assert resumed == drawn(named)


def test_counts_are_those_of_a_poisson_with_mean_one():
    counts = np.concatenate([weights_of(f"name {number}") for number in range(500)])
    shares = [np.mean(counts == times) for times in range(4)]
    assert shares == pytest.approx([math.exp(-1) / math.factorial(times) for times in range(4)], abs=0.005)
    assert np.var(counts) == pytest.approx(1.0, abs=0.02)


def test_the_truth_is_within_the_bounds_about_as_often_as_is_said():
    chance, within = np.random.default_rng(11), 0
    for sample in range(200):
        found = Replicates()
        for number, amount in enumerate(chance.normal(2e8, 1e9, 60).astype(np.int64)):
            found.add(f"{sample}/{number}", int(amount))
        within += found.bounds().low <= 60 * 2e8 <= found.bounds().high
    assert 0.88 <= within / 200 <= 0.99
