"""What is held after a fill or an adjustment: whose it is, what it cost, and never anything that nobody told of."""

from decimal import Decimal

import pytest

from executor.holdings import filled, hold, set_to
from executor.records.orders import Adjust
from executor.strategies.base import Holding
from tests.executor.test_book import fill, intent

D = Decimal


def long(qty: float = 2.0, entry: float = 100.0) -> Holding:
    return Holding(
        symbol="BTCUSDT", strategy="momentum", qty=qty, entry_price=entry, opened_us=1, stop_bps=50.0, take_bps=None, timeout_s=None
    )


def adjust(qty: str, entry: str | None = None) -> Adjust:
    price = None if entry is None else D(entry)
    return Adjust(9, symbol="BTCUSDT", venue_qty=D(qty), our_qty=D(0), reason="found", entry_price=price)


def test_a_fill_opens_grows_shrinks_turns_and_closes():
    opened = filled(None, fill(), intent())
    assert opened is not None
    assert (opened.strategy, opened.qty, opened.entry_price, opened.stop_bps) == ("momentum", 1.0, 100.0, 50.0)
    grown = filled(opened, fill(qty="1", price="110", after="2"), intent())
    shrunk = filled(grown, fill(side="sell", qty="1", price="120", after="1"), None)
    turned = filled(shrunk, fill(side="sell", qty="3", price="90", after="-2"), None)
    assert [(one.qty, one.entry_price) for one in (grown, shrunk, turned) if one] == [(2.0, 105.0), (1.0, 105.0), (-2.0, 90.0)]
    assert turned is not None
    assert turned.strategy == ""
    assert filled(turned, fill(qty="2", price="80", after="0"), None) is None


@pytest.mark.parametrize(
    ("held", "told", "after"),
    [
        (long(), adjust("0"), None),
        (long(), adjust("3"), ("momentum", 3.0, 100.0)),
        (long(), adjust("3", "90"), ("momentum", 3.0, 100.0)),
        (long(), adjust("-1", "90"), ("", -1.0, 90.0)),
        (long(), adjust("-1"), ("momentum", -1.0, 100.0)),
        (None, adjust("1", "90"), ("", 1.0, 90.0)),
        (None, adjust("1"), None),
    ],
)
def test_an_adjustment_sets_the_quantity_and_keeps_what_is_known(held, told, after):
    found = set_to(held, told)
    assert (None if found is None else (found.strategy, found.qty, found.entry_price)) == after


def test_what_is_flat_is_not_held():
    holdings: dict[str, Holding] = {}
    hold(holdings, "BTCUSDT", long())
    assert list(holdings) == ["BTCUSDT"]
    hold(holdings, "BTCUSDT", None)
    hold(holdings, "BTCUSDT", None)
    assert holdings == {}
