"""Rounding never invents a step, never loses one to a float, and never reaches into the market."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.sizing.steps import exact, passive_price, steps_down

ticks = st.sampled_from([Decimal(text) for text in ("0.01", "0.1", "0.5", "1", "0.00001")])


@pytest.mark.parametrize(
    ("qty", "step", "kept"),
    [(0.3, "0.1", "0.3"), (0.29999, "0.1", "0.2"), (0.0009, "0.001", "0"), (1e-5, "0.00001", "0.00001"), (7.0, "5", "5")],
)
def test_a_quantity_goes_down_to_its_step(qty, step, kept):
    assert steps_down(qty, Decimal(step)) == Decimal(kept)


@given(st.integers(0, 10**9), ticks)
def test_a_whole_number_of_steps_stays_itself_through_a_float(count, step):
    assert steps_down(float(count * step), step) == count * step


@given(st.floats(0, 1e7), ticks)
def test_what_is_kept_is_within_one_step_below(qty, step):
    kept = steps_down(qty, step)
    assert kept % step == 0
    assert float(kept) <= qty * (1 + 1e-12) + 1e-8
    assert qty < float(kept + step) * (1 + 1e-9)


@given(st.floats(1, 1e5), st.floats(0, 100), st.floats(0, 50), ticks)
def test_a_passive_price_is_on_the_tick_and_behind_its_touch(bid, spread, offset_bps, tick):
    ask = bid + spread
    buy, sell = (passive_price(side, (bid, ask), offset_bps, tick) for side in ("buy", "sell"))
    assert buy % tick == 0
    assert sell % tick == 0
    assert float(buy) <= max(bid * (1 + 1e-9), float(tick))
    assert float(sell) >= ask * (1 - 1e-9)


@pytest.mark.parametrize(
    ("side", "offset_bps", "price"),
    [
        ("buy", 0.0, "100.0"),
        ("sell", 0.0, "100.2"),
        ("buy", 10.0, "99.9"),
        ("sell", 10.0, "100.4"),
        ("buy", -50.0, "100.0"),
        ("buy", 1e5, "0.1"),
    ],
)
def test_an_offset_moves_away_from_the_market_only(side, offset_bps, price):
    assert passive_price(side, (100.0, 100.2), offset_bps, Decimal("0.1")) == Decimal(price)


def test_a_float_means_what_a_person_would_write():
    assert exact(0.1) == Decimal("0.1")
    assert exact(1e-05) == Decimal("0.00001")
