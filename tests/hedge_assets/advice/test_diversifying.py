"""Shares of risk over what moves alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.advice.diversifying import alike, slots_of


@st.composite
def problems(draw):
    """Correlations of a few symbols that one market moves, and tilts."""
    loads = draw(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
    tilts = draw(st.lists(st.floats(0, 2), min_size=len(loads), max_size=len(loads)))
    return [[1.0 if i == j else a * b for j, b in enumerate(loads)] for i, a in enumerate(loads)], tilts


@given(problems())
def test_no_share_is_above_its_tilt_or_below_what_an_even_crowd_leaves(problem):
    correlations, tilts = problem
    for share, tilt in zip(slots_of(alike(correlations), tilts), tilts, strict=True):
        assert tilt / len(tilts) - 1e-12 <= share <= tilt + 1e-12


def test_symbols_unlike_each_other_keep_their_tilt():
    assert slots_of([[1.0, 0.0], [0.0, 1.0]], [0.7, 1.4]) == [0.7, 1.4]


@given(st.integers(1, 30), st.floats(0, 2))
def test_however_many_are_one_they_share_one_slot(n, tilt):
    together = slots_of([[1.0] * n for _ in range(n)], [tilt] * n)
    assert sum(together) == pytest.approx(tilt)


@given(problems(), st.data())
def test_the_more_others_are_like_a_symbol_the_less_it_gets(problem, data):
    correlations, tilts = problem
    at = data.draw(st.integers(0, len(tilts) - 1))
    closer = [
        [
            1.0 if row == column else (value + (1 - value) / 2 if at in {row, column} and value > 0 else value)
            for column, value in enumerate(values)
        ]
        for row, values in enumerate(correlations)
    ]
    assert slots_of(alike(closer), tilts)[at] <= slots_of(alike(correlations), tilts)[at] + 1e-12


def test_moving_against_each_other_is_as_alike_as_moving_together():
    assert alike([[1.0, -0.8], [-0.8, 1.0]]) == alike([[1.0, 0.8], [0.8, 1.0]])
