"""What is on the grid goes through as it is; what is not is cut down or refused, never rounded up."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._exact import cut_down, off_grid, plain

STEPS = st.sampled_from([Decimal("0.001"), Decimal("0.10"), Decimal(1), Decimal("0.05"), Decimal("1E+1")])
VALUES = st.decimals(min_value=0, max_value=10**9, places=8)


@given(VALUES, STEPS)
def test_a_cut_is_on_the_grid_below_and_by_less_than_a_step(value, step):
    found = cut_down(value, step)
    assert found <= value < found + step
    assert found == 0 or not off_grid(found, step)


@given(VALUES, STEPS)
def test_what_is_off_the_grid_is_what_a_cut_would_change(value, step):
    assert off_grid(value, step) == (value <= 0 or cut_down(value, step) != value)


@given(st.decimals(allow_nan=False, allow_infinity=False, max_value=10**12, min_value=-(10**12), places=10))
def test_a_plain_text_reads_back_as_the_same_number_without_exponent(value):
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text.upper()


@given(VALUES, STEPS)
def test_the_caller_s_decimal_context_changes_nothing(value, step):
    with localcontext() as context:
        context.prec = 3
        narrow = cut_down(value, step), off_grid(value, step)
    assert narrow == (cut_down(value, step), off_grid(value, step))


def test_numbers_that_are_none_are_off_every_grid():
    for word in ("NaN", "sNaN", "Infinity", "-Infinity", "0", "-0.001", "1e-999", "1e999"):
        assert off_grid(Decimal(word), Decimal("0.001"))
