"""Shares of risk over what moves alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.advice.diversifying import alike, is_best, most_diversified


@st.composite
def problems(draw):
    """A positive definite likeness of a few symbols, and tilts."""
    n = draw(st.integers(1, 8))
    loads = draw(st.lists(st.floats(-3, 3), min_size=n, max_size=n))
    tilts = draw(st.lists(st.floats(0, 2), min_size=n, max_size=n))
    covariance = [[a * b + (0.05 if i == j else 0.0) + (0.2 if i == j else 0.0) for j, b in enumerate(loads)] for i, a in enumerate(loads)]
    sizes = [covariance[at][at] ** 0.5 for at in range(n)]
    return alike([[covariance[i][j] / sizes[i] / sizes[j] for j in range(n)] for i in range(n)]), tilts


@given(problems())
def test_the_shares_are_the_best_there_are(problem):
    likeness, tilts = problem
    shares = most_diversified(likeness, tilts)
    assert shares is not None
    assert is_best(likeness, tilts, shares)
    matrix, best, tilt = np.array(likeness), np.array(shares), np.array(tilts)
    worth = tilt @ best - best @ matrix @ best / 2
    for other in np.random.default_rng(1).uniform(0, 2, (50, len(tilts))):
        assert tilt @ other - other @ matrix @ other / 2 <= worth + 1e-6


def test_symbols_unlike_each_other_keep_their_tilt():
    assert most_diversified([[1.0, 0.0], [0.0, 1.0]], [0.7, 1.4]) == [pytest.approx(0.7), pytest.approx(1.4)]


@given(problems(), st.data())
def test_a_symbol_listed_twice_shares_one_slot_and_changes_nothing_else(problem, data):
    likeness, tilts = problem
    twin = data.draw(st.integers(0, len(tilts) - 1))
    once = most_diversified(likeness, tilts)
    almost = 0.99**2
    doubled = [[*row, row[twin] * (almost if at == twin else 1.0)] for at, row in enumerate(likeness)]
    doubled.append([*doubled[twin][:-1], 1.0])
    doubled[-1][twin] = almost
    twice = most_diversified(doubled, [*tilts, tilts[twin]])
    assert once is not None
    assert twice is not None
    assert twice[twin] + twice[-1] == pytest.approx(once[twin], abs=0.08)
    assert [share for at, share in enumerate(twice[:-1]) if at != twin] == pytest.approx(
        [share for at, share in enumerate(once) if at != twin], abs=0.08
    )


def test_thirty_of_a_kind_share_one_slot():
    one = [[1.0 if row == column else 0.99**2 for column in range(30)] for row in range(30)]
    assert sum(most_diversified(one, [1.0] * 30)) == pytest.approx(1.0, abs=0.03)


def test_a_wrong_answer_is_not_taken_for_the_best():
    assert not is_best([[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0], [1.0, 0.5])
    assert not is_best([[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0], [1.0, 1.5])
    assert not is_best([[1.0]], [-1.0], [-1.0])
    assert not is_best([[1.0]], [1.0], [float("nan")])


def test_what_cannot_be_proved_is_null():
    assert most_diversified([[1.0, 2.0], [2.0, 1.0]], [1.0, float("nan")]) is None
