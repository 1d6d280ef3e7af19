"""New rules of the venue hold for what is worked already: further orders are made by them, and nothing new is begun where none is taken."""

from decimal import Decimal

import msgspec
import pytest

from tests.executor.routing.builders import BTC, Desk, canceled, entry, fill, way_out


@pytest.fixture
def desk():
    return Desk()


def test_further_orders_of_what_is_worked_are_made_by_new_rules(desk):
    [order] = desk.begin(entry())
    coarse = msgspec.structs.replace(BTC, tick_size=Decimal(1), step_size=Decimal("0.03"))
    assert desk.router.revise({"BTCUSDT": coarse, "ETHUSDT": coarse}, desk.now_us) == []
    desk.wait(10)
    [second] = desk.hear(canceled(order, "0.1"))
    assert (second.qty, second.price) == (Decimal("0.09"), Decimal(50_000))
    desk.hear(fill(second, "0.09"))
    assert desk.ending() == ["0.010 left, the venue takes 0.03 or more"]


def test_an_entry_is_asked_back_where_the_venue_takes_nothing_new_and_an_exit_is_not(desk):
    [order] = desk.begin(entry())
    closed = {"BTCUSDT": msgspec.structs.replace(BTC, is_trading=False)}
    [cancel] = desk.router.revise(closed, desk.now_us)
    assert cancel.client_id == order.client_id
    assert desk.router.revise(closed, desk.now_us) == []
    assert desk.hear(canceled(order, "0.1")) == []
    desk.begin(way_out(style="maker"))
    assert desk.router.revise(closed, desk.now_us) == []
