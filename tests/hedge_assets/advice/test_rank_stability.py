"""What moved a rank, and how far an order held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from hedge_assets.advice.rank_stability import mean_ranks, past_of, spearman, stability_of
from hedge_assets.advice.scored import ranks, scored
from hedge_assets.statistics.stats import known, unknown

DAY = 20_458


def row(symbol, **values):
    parts = {name: known(0.5, 1) for name in ("edge", "execution", "drag", "volatility", "liquidity")}
    parts |= {name: unknown("not seen", 0) if value is None else known(value, 1) for name, value in values.items()}
    return scored(symbol, parts, n=1, is_mature=False)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12))
def test_spearman_s_correlation_is_scipy_s(pairs):
    one, other = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    found = spearman(one, other)
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert (found.value, found.reason) == (None, "all scores of one side are equal")
    else:
        assert found.value == pytest.approx(spearmanr(one, other).statistic)


def test_below_three_symbols_there_is_no_order_to_compare():
    assert spearman([1.0, 2.0], [2.0, 1.0]).reason == "2 symbols have a score then and now, 3 are needed"


def test_only_symbols_with_a_score_in_both_are_compared():
    now = ranks([row("A", edge=0.9), row("B", edge=0.5), row("C", edge=0.1), row("D", edge=0.2)])
    then = ranks([row("A", edge=0.1), row("B", edge=0.5), row("C", edge=0.9), row("D", edge=None, execution=None)])
    found = stability_of(now, then, DAY, weakness="the first 2 days are gone")
    assert (found.n, found.rank_correlation, found.weakness) == (3, pytest.approx(-1.0), "the first 2 days are gone")


def test_the_part_that_moved_a_symbol_most_is_named_with_its_numbers():
    now, then = ranks([row("A", drag=0.9, edge=0.4)])[0], ranks([row("A", drag=0.1)])[0]
    past = past_of(now, then, DAY)
    assert (past.part, past.moved_by, past.day.isoformat()) == ("drag", pytest.approx(0.8 * 0.15), "2026-01-05")
    assert past.words == "rank 1 as then, score 0.520 from 0.440: most by drag (+0.120), which was 0.100 and is 0.900"


def test_nothing_that_moved_is_said():
    [one] = ranks([row("A")])
    assert past_of(one, one, DAY).words == "rank 1 as then, score 0.500 from 0.500: nothing moved it"


def test_no_score_now_is_said_with_its_reason():
    now, then = row("A", edge=None, execution=None), row("A")
    assert past_of(now, then, DAY).words == "no score now: 40% of the weight is known, at least 50% is needed"


def test_equals_share_their_mean_rank_also_among_ten_thousand():
    assert mean_ranks([3.0, 1.0, 3.0, 2.0]) == [3.5, 1.0, 3.5, 2.0]
    assert sum(mean_ranks([float(n % 7) for n in range(10_000)])) == 10_000 * 10_001 / 2
