"""Brackets that have holes or numbers that are none are not taken; sound ones come in order."""

from decimal import Decimal

import pytest

from executor.dialects._brackets import bracketed, sound
from executor.records.market import Bracket, Instrument
from executor.wire.reply import Unanswered

D = Decimal


def row(floor, cap, leverage=10, rate="0.01") -> Bracket:
    return Bracket(floor_usd=D(floor), cap_usd=None if cap is None else D(cap), max_leverage=leverage, maint_margin_frac=D(rate))


def test_sound_ones_come_smallest_first_and_the_last_may_be_without_end():
    assert sound("A", [row(50, None), row(0, 50)]) == (row(0, 50), row(50, None))
    assert sound("A", []) == ()


@pytest.mark.parametrize(
    "rows",
    [
        [row(5, 50)],
        [row(0, 50), row(51, 60)],
        [row(0, 50), row(49, 60)],
        [row(0, None), row(50, 60)],
        [row(0, 0)],
        [row(0, 50, leverage=0)],
        [row(0, 50, rate="1")],
        [row(0, 50, rate="-0.1")],
        [row(0, 50, rate="NaN")],
        [row("NaN", 50), row(0, 50)],
        [row(0, "Infinity")],
    ],
)
def test_others_are_no_answer(rows):
    with pytest.raises(Unanswered, match="brackets of A"):
        sound("A", rows)


def test_an_instrument_says_of_small_positions_what_the_first_bracket_says():
    plain = Instrument(symbol="A", tick_size=D(1), step_size=D(1), min_qty=D(1), min_notional=D(1))
    found = bracketed(plain, (row(0, 50, 25, "0.02"), row(50, None, 5)))
    assert (found.max_leverage, found.maint_margin_frac, len(found.brackets)) == (25, 0.02, 2)
    assert bracketed(plain, ()) is plain
