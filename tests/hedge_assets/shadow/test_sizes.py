"""Swapping the two sides mirrors every figure of sizes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.sketch import Sketch
from hedge_assets.shadow.sizes import SizeTally, mirrored

SIZES = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1, max_size=30)


def tallied(rows):
    tally = SizeTally()
    for live, shadow in rows:
        tally.add(float(live), float(shadow))
    return tally


@given(SIZES)
def test_swapped_sides_are_mirrored(rows):
    there, back = tallied(rows), tallied([(shadow, live) for live, shadow in rows])
    assert (there.larger, there.smaller) == (back.smaller, back.larger)
    assert (there.logs.mean, there.diff.mean) == (-back.logs.mean, -back.diff.mean)
    for q in (0.05, 0.5, 0.95):
        assert mirrored(there.diffs, q) == -mirrored(back.diffs, 1 - q)
        assert there.ratio(q) == pytest.approx(1 / back.ratio(1 - q))


def test_quantiles_are_right_to_a_hundredth():
    tally = tallied([(1_000, 500), (1_000, 1_000), (1_000, 4_000)])
    assert tally.ratio(0.5) == 1.0
    assert tally.ratio(0.95) == pytest.approx(4.0, rel=0.02)
    assert math.exp(tally.logs.mean) == pytest.approx(2 ** (1 / 3))


def test_nothing_has_no_quantile():
    assert mirrored(Sketch(), 0.5) is None
    assert SizeTally().ratio(0.5) is None


@pytest.mark.parametrize("n", [20, 40, 60, 80, 100, 120])
def test_the_tails_of_round_numbers_of_entries_are_mirrored_too(n):
    there, back = SizeTally(), SizeTally()
    for number in range(n):
        there.add(100.0, 100.0 + 10 * number)
        back.add(100.0 + 10 * number, 100.0)
    assert [mirrored(there.diffs, q) for q in (0.05, 0.95)] == [-mirrored(back.diffs, 1 - q) for q in (0.05, 0.95)]
