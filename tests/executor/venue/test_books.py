"""What fills do to a position and to the wallet, exactly."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.venue.books import fee_usd, filled, funding_usd, reducible
from executor.venue.state import Held

D = Decimal
FILLS = st.lists(st.tuples(st.integers(-400, 400).filter(bool), st.integers(1, 10**6)), min_size=1, max_size=30)


def run(*fills: tuple[str, str]) -> tuple[Held | None, Decimal]:
    held, total = None, D(0)
    for number, (qty, price) in enumerate(fills):
        held, realized = filled(held, D(qty), D(price), ts_us=number)
        total += realized
    return held, total


def test_adding_averages_the_entry_price():
    held, realized = run(("1", "100"), ("3", "104"))
    assert held is not None
    assert (held.qty, held.entry_price, held.opened_us, realized) == (D(4), D(103), 0, D(0))


def test_closing_a_part_takes_its_share_of_the_profit():
    held, realized = run(("4", "103"), ("-1", "110"))
    assert held is not None
    assert (held.qty, held.entry_price, realized) == (D(3), D(103), D(7))


def test_a_short_gains_when_the_price_falls():
    assert run(("-2", "100"), ("2", "90")) == (None, D(20))


def test_a_flip_closes_all_and_opens_the_rest_at_the_new_price():
    held, realized = run(("1", "100"), ("-3", "110"))
    assert held is not None
    assert (held.qty, held.entry_price, held.opened_us, realized) == (D(-2), D(110), 1, D(10))


@given(FILLS)
def test_profit_plus_cost_in_the_position_is_exactly_the_cash_that_moved(fills: list[tuple[int, int]]):
    held, total, cash, position = None, D(0), D(0), D(0)
    for number, (lots, ticks) in enumerate(fills):
        qty, price = lots * D("0.001"), ticks * D("0.1")
        held, realized = filled(held, qty, price, ts_us=number)
        total, cash, position = total + realized, cash - qty * price, position + qty
    assert (held.qty if held else 0) == position
    assert total - (held.cost if held else 0) == cash


def test_only_the_other_side_reduces():
    held = Held(qty=D(-2), cost=D(-200), entry_price=D(100), opened_us=0)
    assert reducible(held, "buy") == 2
    assert reducible(held, "sell") == 0
    assert reducible(None, "sell") == 0


def test_a_fee_is_bps_of_notional_and_a_rebate_is_negative():
    assert fee_usd(D(2), D(100), fee_bps=5.0) == D("0.1")
    assert fee_usd(D(2), D(100), fee_bps=-1.0) == D("-0.02")


def test_longs_pay_a_positive_funding_rate_and_shorts_receive_it():
    long = Held(qty=D(2), cost=D(200), entry_price=D(100), opened_us=0)
    short = Held(qty=D(-2), cost=D(-200), entry_price=D(100), opened_us=0)
    assert funding_usd(long, mark=D(100), rate=0.0001) == D("-0.02")
    assert funding_usd(short, mark=D(100), rate=0.0001) == D("0.02")
    assert funding_usd(long, mark=D(100), rate=-0.0001) == D("0.02")
