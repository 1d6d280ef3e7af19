"""What caps bind: the same numbers as in the executor's own book."""

from decimal import Decimal

from hedge_assets.statistics.exposure import exposure_usd, gross_usd, held_usd
from tests.hedge_assets.builders import BTC, ETH, account, open_order, position


def test_orders_that_may_add_count_and_those_that_reduce_do_not():
    books = account(
        positions=(position(qty="-0.5", mark_price="50000"),),
        orders=(
            open_order(qty="0.2", filled_qty="0.1", price="40000"),
            open_order("c2", reduce_only=True),
            open_order("c3", symbol=ETH, price=None),
        ),
    )
    assert held_usd(books) == {BTC: Decimal(-25_000)}
    assert exposure_usd(books) == {BTC: Decimal(-21_000)}
    assert gross_usd(exposure_usd(books)) == 21_000
