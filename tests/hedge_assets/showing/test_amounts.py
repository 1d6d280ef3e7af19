"""Numbers as people read them: with a unit, a true minus, and a dash that says why where nobody knows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.showing import amounts
from hedge_assets.showing.amounts import DASH, bps, count, earned, lasting, millis, price, share, spelled, usd


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (usd(1234.5), "1,234.50 USD"),
        (usd(123456.7), "123,457 USD"),
        (earned(-0.004), "0.00 USD"),
        (earned(12.3), "+12.30 USD"),
        (earned(-12.3), "−12.30 USD"),
        (share(0.1234), "12.3 %"),
        (share(-0.00001, 2, sign=True), "0.00 %"),
        (bps(1.234, sign=True), "+1.23 bps"),
        (bps(-250.4), "−250 bps"),
        (count(43198), "43,198"),
        (millis(0.25), "0.25 ms"),
        (millis(20136.3), "20.1 s"),
        (lasting(3600.0), "60 min"),
        (price(0.00001234), "1.234e-05"),
        (price(61234.5), "61,234.5"),
    ],
)
def test_a_number_is_written_as_a_desk_writes_it(cell, text):
    assert cell.text == text
    assert cell.is_number


@pytest.mark.parametrize("write", [usd, earned, bps, count, share, millis, lasting, price])
def test_what_nobody_knows_is_a_dash_and_tells_why(write):
    cell = write(None, why="no fill yet") if write not in (earned, count, millis, lasting, price) else write(None, "no fill yet")
    assert (cell.text, cell.title, cell.tone) == (DASH, "no fill yet", "dim")


@given(st.floats(allow_nan=False), st.integers(0, 6))
def test_no_number_breaks_the_line_or_shows_a_minus_zero(value, digits):
    written = spelled(value, digits, sign=True)
    assert written.isprintable()
    assert "-" not in written
    if math.isfinite(value) and abs(value) < amounts.MANY:
        read = float(written.replace(",", "").replace("−", "-"))
        assert read == pytest.approx(value, abs=0.5000001 * 10**-digits, rel=1e-9)
        assert (read == 0) is (not written.startswith(("+", "−")))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_profit_is_good_and_loss_is_bad_and_both_are_signed(value):
    cell = earned(value)
    assert cell.tone == ("good" if value > 0 else "bad" if value < 0 else "plain")
