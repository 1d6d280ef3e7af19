"""What positions tie up, and where they end."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.venue.margin import liquidation_price, order_margin, stake
from executor.venue.state import Held
from tests.executor.venue.test_matching import resting

D = Decimal


def held(qty: str, price: str) -> Held:
    return Held(qty=D(qty), cost=D(qty) * D(price), entry_price=D(price), opened_us=0)


def test_a_position_is_worth_its_mark_and_ties_up_its_share():
    one = stake("BTCUSDT", held("-2", "100"), D(90), maint_frac=D("0.01"), leverage=5)
    assert (one.unrealised, one.initial, one.maintenance) == (D(20), D(36), D("1.8"))


def test_resting_orders_tie_up_margin_unless_they_only_reduce():
    opening, closing = resting("buy", "100"), resting("sell", "110")
    closing.reduce_only = True
    assert order_margin([opening, closing], 5) == 20


def test_a_position_covered_by_the_wallet_is_never_liquidated():
    one = stake("BTCUSDT", held("1", "100"), D(100), maint_frac=D("0.01"), leverage=5)
    assert liquidation_price(one, buffer=D(1000)) is None


@given(
    qty=st.integers(-500, 500).filter(bool),
    entry=st.integers(1000, 9000),
    mark=st.integers(1000, 9000),
    wallet=st.integers(100, 10**6),
)
def test_at_its_liquidation_price_equity_is_the_maintenance_margin(qty: int, entry: int, mark: int, wallet: int):
    position = held(str(qty), str(entry))
    one = stake("BTCUSDT", position, D(mark), maint_frac=D("0.01"), leverage=5)
    price = liquidation_price(one, buffer=wallet + one.unrealised - one.maintenance)
    if price is not None:
        there = stake("BTCUSDT", position, price, maint_frac=D("0.01"), leverage=5)
        assert abs(wallet + there.unrealised - there.maintenance) <= abs(qty) * D("1e-7")
