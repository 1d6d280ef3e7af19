"""Conditional orders at the simulated venue: they wait for the price they name, by the price they name, and then trade as any other."""

from decimal import Decimal

import msgspec
import pytest

from executor.exchanges.paper import PaperExchange
from executor.records.base import Side
from executor.records.market import Gap, Quote
from executor.records.orders import Ack, Cancel, Expire, Fill, Reject, Submit, Trigger, Triggered
from executor.venue.stops import is_due, last_of
from tests.executor.exchanges.market import T0_US, mark, order, quote, trade, venue

D = Decimal


def stop(at_ms: int, side: Side, qty: str, price: str, *, by: str = "mark", name: str = "stop") -> Submit:
    plain = order(at_ms, side, qty, name=name, reduce_only=True)
    return msgspec.structs.replace(plain, step="stop", trigger=Trigger(price=D(price), by=by))  # type: ignore[arg-type]


def protected(by: str = "mark", **paper: float) -> PaperExchange:
    """A venue where we are long 0.5 from 64,000.1, with a stop at 63,900."""
    exchange = venue(**paper)
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "buy", "0.5"))
    exchange.observe(quote(5, 64000.0, 64000.1))
    exchange.submit(stop(5, "sell", "0.5", "63900", by=by))
    exchange.observe(quote(10, 64000.0, 64000.1))
    assert [type(one).__name__ for one in exchange.reports()] == ["Ack", "Fill", "Ack"]
    return exchange


def test_a_stop_waits_is_shown_and_ties_nothing_up():
    exchange = protected()
    books = exchange.account(T0_US)
    (shown,) = books.orders
    assert (shown.client_id, shown.trigger_price, shown.price, shown.reduce_only) == ("stop", D(63900), None, True)
    assert books.margin == D("0.5") * D("64000.05") / 5


def test_when_its_price_comes_it_is_a_market_order_and_closes_the_position():
    exchange = protected()
    exchange.observe(quote(20, 63899.9, 63900.0))
    came, fill = exchange.reports()
    assert isinstance(came, Triggered)
    assert (came.client_id, came.exchange_ts_us) == ("stop", T0_US + 20_000)
    assert isinstance(fill, Fill)
    assert (fill.client_id, fill.price, fill.qty, fill.position_qty, fill.liquidity) == ("stop", D("63899.9"), D("0.5"), 0, "taker")
    assert exchange.account(0).orders == ()


def test_it_is_set_off_by_the_price_it_names_only():
    by_mark, by_last = protected("mark"), protected("last")
    for exchange in (by_mark, by_last):
        exchange.observe(mark(20, 63890.0))
        exchange.observe(quote(21, 63950.0, 63950.1))
    assert [type(one).__name__ for one in by_mark.reports()] == ["Triggered", "Fill"]
    assert by_last.reports() == ()
    by_last.observe(trade(22, 63900.1, 1.0, "sell"))
    assert by_last.reports() == ()
    by_last.observe(trade(23, 63900.0, 1.0, "sell"))
    assert [type(one).__name__ for one in by_last.reports()] == ["Triggered", "Fill"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (stop(12, "sell", "0.5", "64000", name="s2"), "would_trigger"),
        (stop(12, "buy", "0.5", "64000", name="s2"), "would_trigger"),
        (stop(12, "sell", "0.5", "63900.05", name="s2"), "price_off_tick"),
        (stop(12, "sell", "0.5", "NaN", name="s2"), "price_off_tick"),
        (stop(12, "sell", "0.5005", "63900", name="s2"), "qty_off_step"),
        (stop(12, "sell", "0.5", "63900"), "duplicate_client_id"),
    ],
)
def test_what_a_venue_would_not_take_is_refused(asked: Submit, code: str):
    exchange = protected()
    exchange.observe(mark(11, 64000.0))
    exchange.submit(asked)
    exchange.observe(quote(20, 64000.0, 64000.1))
    (refused,) = exchange.reports()
    assert isinstance(refused, Reject)
    assert refused.code == code


def test_it_is_taken_back_when_asked_and_then_not_there():
    exchange = protected()
    for at_ms in (20, 30):
        exchange.cancel("stop", "BTCUSDT", T0_US + at_ms * 1_000)
        exchange.observe(quote(at_ms + 5, 64000.0, 64000.1))
    done, refused = exchange.reports()
    assert isinstance(done, Cancel)
    assert (done.outcome, done.unfilled_qty) == ("done", D("0.5"))
    assert isinstance(refused, Cancel)
    assert (refused.outcome, refused.reason) == ("refused", "canceled")


def test_a_stop_whose_position_is_gone_ends_when_its_price_comes():
    exchange = protected()
    exchange.submit(order(12, "sell", "0.5", name="out", reduce_only=True))
    exchange.observe(quote(20, 64000.0, 64000.1))
    exchange.reports()
    assert [one.client_id for one in exchange.account(0).orders] == ["stop"]
    exchange.observe(quote(30, 63800.0, 63800.1))
    (ended,) = exchange.reports()
    assert isinstance(ended, Expire)
    assert ended.reason == "refused when its price came: reduce-only sell with position 0"


def test_it_closes_no_more_than_is_held():
    exchange = protected()
    exchange.submit(order(12, "sell", "0.3", name="part", reduce_only=True))
    exchange.observe(quote(20, 64000.0, 64000.1))
    exchange.observe(quote(30, 63890.0, 63890.1))
    fill = next(one for one in exchange.reports() if isinstance(one, Fill) and one.client_id == "stop")
    assert (fill.qty, fill.position_qty) == (D("0.2"), 0)


def test_a_gap_lets_nothing_off_and_the_first_quote_after_it_does():
    exchange = protected()
    exchange.observe(Gap(T0_US + 20_000, "", T0_US + 11_000, "silence"))
    assert exchange.reports() == ()
    exchange.observe(quote(30, 63000.0, 63000.1))
    assert [type(one).__name__ for one in exchange.reports()] == ["Triggered", "Fill"]


def test_a_liquidation_takes_every_order_away_stops_as_well():
    exchange = protected(balance_usd=8_000.0, leverage=20)
    exchange.submit(stop(12, "sell", "0.5", "10000", name="far"))
    exchange.cancel("stop", "BTCUSDT", T0_US + 12_000)
    exchange.observe(quote(20, 64000.0, 64000.1))
    exchange.reports()
    exchange.observe(quote(30, 40000.0, 40000.1))
    canceled, closed = exchange.reports()
    assert isinstance(canceled, Cancel)
    assert (canceled.client_id, canceled.reason) == ("far", "liquidation")
    assert isinstance(closed, Fill)
    assert exchange.account(0).orders == ()


def test_a_venue_goes_on_with_its_stops_after_a_round_through_json():
    exchange = protected()
    other = venue()
    other.restore(msgspec.json.decode(msgspec.json.encode(exchange.state())))
    assert other.account(0) == exchange.account(0)
    for each in (exchange, other):
        each.observe(quote(20, 63890.0, 63890.1))
    assert other.reports() == exchange.reports() != ()


def test_an_acknowledgement_comes_before_it_is_set_off():
    exchange = venue()
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "sell", "0.5"))
    exchange.submit(stop(0, "buy", "0.5", "64100", by="last"))
    exchange.observe(quote(5, 64200.0, 64200.1))
    kinds = [type(one) for one in exchange.reports() if one.client_id == "stop"]  # type: ignore[union-attr]
    assert kinds == [Ack, Triggered, Fill]


def test_the_last_price_of_a_quote_lies_within_its_touch():
    plain = quote(0, 100.0, 102.0)
    told = [Quote(1, 1, "BTCUSDT", 100.0, 102.0, 1.0, 1.0, last, "replay") for last in (99.0, 101.5, 103.0)]
    assert [last_of(one) for one in (plain, *told)] == [101.0, 100.0, 101.5, 102.0]


def test_standing_at_the_trigger_sets_it_off():
    at = Trigger(price=D(100))
    assert [is_due("sell", at, price, slack=0.05) for price in (100.1, 100.0, 99.0)] == [False, True, True]
    assert [is_due("buy", at, price, slack=0.05) for price in (99.9, 100.0, 101.0)] == [False, True, True]
