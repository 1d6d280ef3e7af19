"""Leverage, the largest position and maintenance margin by what a position is worth."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.records.market import Bracket, Instrument
from executor.risk.brackets import leverage_at, lines_of, most_usd

D = Decimal
ROWS = ((0, 50_000, 50, "0.01"), (50_000, 250_000, 20, "0.025"), (250_000, 1_000_000, 2, "0.1"))


def instrument(*rows, **more) -> Instrument:
    brackets = tuple(Bracket(floor_usd=D(a), cap_usd=D(b), max_leverage=c, maint_margin_frac=D(d)) for a, b, c, d in rows)
    rules = {"tick_size": D("0.1"), "step_size": D("0.001"), "min_qty": D("0.001"), "min_notional": D(5)}
    return Instrument(symbol="BTCUSDT", brackets=brackets, **rules, **more)


def maintained(one: Instrument, value: Decimal) -> Decimal:
    """Each bracket's rate on the part of the value that lies in it."""
    return sum((max(D(0), min(value, D(b)) - D(a)) * D(d) for a, b, _, d in ROWS), D(0)) if one.brackets else value * D("0.01")


def test_leverage_falls_with_the_value_of_the_position():
    tiered = instrument(*ROWS)
    assert [leverage_at(tiered, value) for value in (0, 49_999, 50_000, -60_000, 250_000, 9e9)] == [50, 50, 20, 20, 2, 2]


def test_the_largest_position_is_where_the_leverage_in_force_ends():
    tiered = instrument(*ROWS)
    assert [most_usd(tiered, leverage) for leverage in (1, 2, 3, 20, 21, 50, 51)] == [1e6, 1e6, 250_000, 250_000, 50_000, 50_000, 0]


def test_without_brackets_one_line_holds_without_end():
    plain = instrument(max_leverage=20)
    assert (leverage_at(plain, 1e12), most_usd(plain, 20), most_usd(plain, 21)) == (20, None, 0)
    assert lines_of(plain) == ((D("0.01"), D(0)),)


@given(value=st.integers(0, 1_000_000))
def test_the_largest_line_is_every_rate_on_its_own_part(value: int):
    for one in (instrument(*ROWS), instrument()):
        assert max(value * rate - less for rate, less in lines_of(one)) == maintained(one, D(value))
