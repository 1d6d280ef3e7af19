"""Orders are named once, priced on the tick, and only as large as a venue takes."""

import math
from decimal import Decimal

import pytest

from executor.errors import HedgeError
from executor.routing.orders import Attempt, Job, client_id, order, too_small, usable
from tests.executor.routing.builders import BTC, make_plan, make_quote


def make_job(**plan):
    made = make_plan(**plan)
    return Job(intent_id="in-1", symbol="BTCUSDT", side=made.side, qty=Decimal("0.1"), plan=made, instrument=BTC)


def test_a_client_id_is_the_intent_and_the_number_of_the_order():
    assert client_id("a3f", 2) == "h-a3f-2"


@pytest.mark.parametrize("intent_id", ["x" * 33, "with space", "ü"])
def test_a_name_no_venue_takes_is_refused(intent_id):
    with pytest.raises(HedgeError, match="client id was"):
        client_id(intent_id, 1)


@pytest.mark.parametrize(
    ("side", "offset_bps", "price"), [("buy", 0.0, "50000.0"), ("sell", 0.0, "50000.2"), ("buy", 1.0, "49995.0"), ("sell", 1.0, "50005.3")]
)
def test_a_quote_stands_behind_its_touch_on_the_tick(side, offset_bps, price):
    submit = order(make_job(side=side, offset_bps=offset_bps), Decimal("0.1"), number=1, step="maker", quote=make_quote(), now_us=7)
    assert (submit.price, submit.post_only, submit.ts_us) == (Decimal(price), True, 7)
    assert submit.mid == pytest.approx(50_000.1)


def test_a_market_order_has_no_price():
    submit = order(make_job(reduce_only=True), Decimal("0.1"), number=3, step="fallback", quote=None, now_us=7)
    assert (submit.client_id, submit.price, submit.post_only, submit.reduce_only, submit.mid) == ("h-in-1-3", None, False, True, None)


@pytest.mark.parametrize("quote", [None, make_quote(0.0), make_quote(2.0, 1.0), make_quote(math.nan), make_quote(1.0, math.inf)])
def test_a_quote_that_prices_nothing_is_no_quote(quote):
    assert usable(quote) is None


def test_the_venues_minimum_holds_but_for_the_notional_of_an_exit():
    assert too_small(make_job(), Decimal("0.0009"), None) == "0.0009 left, the venue takes 0.001 or more"
    cheap = make_quote(100.0, 100.0)
    assert "5 or more" in too_small(make_job(), Decimal("0.001"), cheap)
    assert too_small(make_job(reduce_only=True), Decimal("0.001"), cheap) is None
    assert too_small(make_job(), Decimal("0.05"), cheap) is None


def test_fills_seen_and_fills_proved_are_not_counted_twice():
    attempt = Attempt(client_id="h-a-1", qty=Decimal(3), post_only=True, placed_us=0, seen_qty=Decimal(1), proved_qty=Decimal(2))
    assert (attempt.filled_qty, attempt.out_qty) == (Decimal(2), Decimal(1))
