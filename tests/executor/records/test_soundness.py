"""What cannot be counted with is no fact, wherever in a record it stands."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.orders import Transfer, Trigger
from executor.records.soundness import is_sound

D = Decimal
NONE = (
    "NaN",
    "-NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "1E+999999",
    "-1E+31",
    "1E-31",
    "0E-999999",
    "0E+31",
    f"1.{'0' * 5_000}",
    "9" * 5_000,
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number_or_an_absurd_one_is_found_wherever_it_stands(text):
    number = D(text)
    record = Transfer(1, asset="USDT", amount=number, reason="")
    for place in (number, [1, number], (number,), {"USDT": number}, record, {"a": [Trigger(price=number)]}):
        assert not is_sound(place)


@given(st.decimals(min_value=-(10**18), max_value=10**18, places=12))
def test_money_prices_and_quantities_of_any_venue_are_sound(number):
    assert is_sound(Transfer(1, asset="USDT", amount=number, reason="NaN"))
    assert is_sound([D("0E-18"), D("1E-18"), number, None, "1E+999999", True, 1.5])


@given(st.decimals())
def test_what_is_sound_can_be_multiplied_and_told_as_a_float(number):
    if is_sound(number):
        assert is_sound(float(number * number * number) * 0 == 0)


def test_a_count_beyond_64_bits_is_none_since_no_journal_keeps_it():
    assert is_sound([2**63 - 1, -(2**63)])
    assert not is_sound([2**63])
    assert not is_sound({"a": -(2**63) - 1})
