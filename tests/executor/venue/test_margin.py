"""What positions tie up, and where they end."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.risk.brackets import Line
from executor.venue.margin import liquidation_price, order_margin, stake
from executor.venue.state import Held
from tests.executor.venue.test_matching import resting

D = Decimal
ONE: tuple[Line, ...] = ((D("0.01"), D(0)),)
THREE: tuple[Line, ...] = ((D("0.01"), D(0)), (D("0.02"), D(5_000)), (D("0.05"), D(65_000)))


def held(qty: str, price: str) -> Held:
    return Held(qty=D(qty), cost=D(qty) * D(price), entry_price=D(price), opened_us=0)


def test_a_position_is_worth_its_mark_and_ties_up_its_share():
    one = stake("BTCUSDT", held("-2", "100"), D(90), lines=ONE, leverage=5)
    assert (one.unrealised, one.initial, one.maintenance) == (D(20), D(36), D("1.8"))


def test_resting_orders_tie_up_margin_unless_they_only_reduce():
    opening, closing = resting("buy", "100"), resting("sell", "110")
    closing.reduce_only = True
    assert order_margin([opening, closing], 5) == 20


def test_a_position_covered_by_the_wallet_is_never_liquidated():
    one = stake("BTCUSDT", held("1", "100"), D(100), lines=ONE, leverage=5)
    assert liquidation_price(one, buffer=D(1000)) is None


@given(
    qty=st.integers(-500, 500).filter(bool),
    prices=st.tuples(st.integers(1000, 9000), st.integers(1000, 9000)),
    wallet=st.integers(100, 10**6),
    lines=st.sampled_from((ONE, THREE)),
)
def test_at_its_liquidation_price_equity_is_the_maintenance_margin(qty: int, prices: tuple[int, int], wallet: int, lines: tuple[Line, ...]):
    entry, mark = prices
    position = held(str(qty), str(entry))
    one = stake("BTCUSDT", position, D(mark), lines=lines, leverage=5)
    price = liquidation_price(one, buffer=wallet + one.unrealised - one.maintenance)
    if price is not None:
        there = stake("BTCUSDT", position, price, lines=lines, leverage=5)
        assert abs(wallet + there.unrealised - there.maintenance) <= abs(qty) * D("1e-7")


def test_a_large_position_needs_more_and_ends_sooner():
    small, large = (stake("BTCUSDT", held("1000", "1000"), D(1000), lines=lines, leverage=5) for lines in (ONE, THREE))
    assert (small.maintenance, large.maintenance) == (D(10_000), D(15_000))
    near, far = (liquidation_price(one, buffer=D(100_000) - one.maintenance) for one in (large, small))
    assert near is not None
    assert far is not None
    assert near > far
