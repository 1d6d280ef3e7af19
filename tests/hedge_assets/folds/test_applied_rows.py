"""What is kept of an applied suggestion: which part of a fill closes, who waits, what a weight added."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.base import sign
from executor.records.trading import RouterPolicy
from hedge_assets.folds.applied_rows import LATEST_KEPT, Held, Stretch, can_wait, parts_of
from tests.hedge_assets.builders import T0, fill, intent


@given(st.integers(-50, 50), st.integers(1, 60), st.sampled_from(["buy", "sell"]))
def test_a_fill_closes_what_was_held_the_other_way_and_opens_the_rest(before, qty, side):
    record = fill(T0, "c1", side=side, qty=qty)
    closed, opened = parts_of(record, Decimal(before))
    assert closed + opened == record.qty
    assert closed == (min(abs(before), qty) if before * sign(side) < 0 else 0)


def test_only_entries_and_taken_profits_wait():
    assert can_wait(intent(T0, "i1", purpose="entry"))
    assert can_wait(intent(T0, "i2", purpose="exit", reason="take_profit: 30 bps"))
    assert not can_wait(intent(T0, "i3", purpose="exit", reason="stop: 20 bps"))


@pytest.mark.parametrize(("scale", "gain"), [(2.0, 5.0), (1.0, 0.0), (0.1, -90.0)])
def test_a_weight_added_what_the_trade_earned_beyond_an_even_ones(scale, gain):
    assert Held(version="w1", weight_frac=0.1, cost_usd=1000.0, even_usd=1000.0 / scale, net_usd=10.0).gain_usd == pytest.approx(gain)


def test_a_stretch_keeps_the_newest_costs_and_counts_all():
    stretch = Stretch(number=1, symbol="BTCUSDT", routing=RouterPolicy(), since_us=T0)
    for cost in range(100):
        stretch.add(float(cost))
    assert (stretch.cost_bps.n, stretch.latest_bps) == (100, [float(cost) for cost in range(100 - LATEST_KEPT, 100)])
