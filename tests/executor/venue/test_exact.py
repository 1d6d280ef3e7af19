"""Floats become exact values on the grid, rounded against the trader."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.venue.exact import exact, lots, money, price_for

TICK = Decimal("0.1")


def test_a_price_off_the_grid_is_rounded_against_the_taker():
    assert price_for("buy", 100.04, TICK) == Decimal("100.1")
    assert price_for("sell", 100.04, TICK) == Decimal("100.0")


def test_float_noise_is_not_taken_for_another_tick():
    assert price_for("buy", 64010.100000000006, TICK) == Decimal("64010.1")
    assert price_for("sell", 64010.09999999999, TICK) == Decimal("64010.1")


def test_a_price_never_falls_below_one_tick():
    assert price_for("sell", 0.04, TICK) == TICK


def test_a_part_of_a_step_is_not_there():
    assert lots(1.2999, Decimal("0.1")) == Decimal("1.2")
    assert lots(0.1 + 0.2, Decimal("0.1")) == Decimal("0.3")
    assert lots(-1.0, Decimal("0.1")) == 0


def test_money_is_rounded_half_to_even_and_zero_is_plain():
    assert money(Decimal("0.000000015")) == Decimal("0.00000002")
    assert money(Decimal("0.000000025")) == Decimal("0.00000002")
    assert str(money(Decimal("0.000000001"))) == "0"


@given(st.integers(min_value=1, max_value=10**9), st.sampled_from(["0.1", "0.01", "0.0001", "0.5", "1", "0.00000001"]))
def test_a_price_on_the_grid_stays_what_it_is(ticks: int, tick: str):
    price = ticks * Decimal(tick)
    assert price_for("buy", float(price), Decimal(tick)) == price_for("sell", float(price), Decimal(tick)) == price


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_and_its_decimal_read_back_as_each_other(value: float):
    assert float(exact(value)) == value
