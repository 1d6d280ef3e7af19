"""Bins hold every value once, where it belongs to 1 % of itself, and are few enough to draw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.sided import Sided
from hedge_assets.statistics.histograms import SIDE_BINS, WIDTHS_BPS, Bars, histogram, width_for

VALUES = st.lists(
    st.tuples(st.floats(-50, 50) | st.floats(-3e4, 3e4) | st.sampled_from((0.0, 1.0, -2.5)), st.sampled_from(("maker", "taker", ""))),
    max_size=60,
)


def sided(values):
    found = Sided()
    for value, liquidity in values:
        found.add(value, liquidity)
    return found


def below(values, edge, off):
    return sum((0.0 if abs(value) < 1e-6 else value) < edge + off for value in values)


@given(VALUES)
def test_up_to_every_edge_as_many_are_counted_as_are_below_it_to_1_percent(values):
    found = histogram(sided(values))
    assert found.n == len(values)
    for bars, side in ((found.maker, "maker"), (found.taker, "taker")):
        own = [value for value, liquidity in values if liquidity == side]
        assert (bars.n, bars.under + sum(bars.counts) + bars.over) == (len(own), len(own))
        for place in range(len(bars.counts) + 1) if found.width_bps else ():
            edge = found.from_bps + place * found.width_bps
            off = 0.0101 * abs(edge) + 1e-9
            assert below(own, edge, -off) <= bars.under + sum(bars.counts[:place]) <= below(own, edge, off)


@given(VALUES)
def test_bins_are_few_reach_over_all_but_a_hundredth_and_none_at_the_ends_is_empty(values):
    found = histogram(sided(values))
    pairs = list(zip(found.maker.counts, found.taker.counts, strict=True))
    assert len(pairs) <= 2 * SIDE_BINS
    if values and all(side for _, side in values):
        assert sum(pairs[0]) > 0 < sum(pairs[-1])
        beyond = sum(bars.under + bars.over for bars in (found.maker, found.taker))
        assert beyond <= max(2, 0.02 * len(values))


def test_without_a_value_there_are_no_bins():
    nothing = Bars(n=0, under=0, counts=(), over=0)
    found = histogram(Sided())
    assert (found.n, found.width_bps, found.from_bps, found.maker, found.taker) == (0, None, None, nothing, nothing)


@pytest.mark.parametrize(("reach", "width"), [(0.0, 0.1), (2.0, 0.1), (2.01, 0.2), (40.0, 2.0), (999.0, 50.0), (1e9, WIDTHS_BPS[-1])])
def test_the_width_is_the_least_that_reaches(reach, width):
    assert width_for(reach) == pytest.approx(width)


def test_makers_and_takers_share_their_bins():
    found = histogram(sided([(-1.03, "maker"), (-0.97, "maker"), (2.03, "taker"), (0.0, "")]))
    assert (found.n, found.width_bps, found.from_bps) == (4, 0.2, -1.2)
    assert (found.maker.counts[:2], found.taker.counts[-1], len(found.taker.counts)) == ((1, 1), 1, 17)
