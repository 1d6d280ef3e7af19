"""Exact amounts on their way into JSON."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.statistics.figures import moment_or_null, number, number_or_null, outside, part_of


@given(st.decimals(-(10**6), 10**6, places=8))
def test_a_number_reads_back_as_the_same_amount_to_a_hundred_millionth(value: Decimal):
    assert round(Decimal(repr(number(value))), 8) == value


def test_an_amount_of_any_size_can_be_shown():
    assert number(Decimal("1234567890123456789012345678.5")) == 1.2345678901234568e27
    assert number(Decimal("1e-30")) == 0.0


def test_unknown_stays_unknown():
    assert number_or_null(None) is None
    assert moment_or_null(None) is None
    assert part_of(Decimal(1), Decimal(0)) is None
    assert outside("share", None) is None


def test_what_lies_outside_is_said_with_its_limits():
    assert outside("share_frac", 0.5) is None
    assert outside("share_frac", 1.5) == "share_frac was 1.5, must be in [0, 1]"
