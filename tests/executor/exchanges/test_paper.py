"""The simulated venue in time: travel, races, gaps, restarts."""

from decimal import Decimal

import msgspec

from executor.exchanges.base import Wiring
from executor.exchanges.paper import EXCHANGE
from executor.records.market import Gap
from executor.records.orders import Ack, Cancel, Fill, Reject
from executor.settings import Paper, Settings
from tests.executor.exchanges.market import BTC, T0_US, order, quote, trade, venue

D = Decimal


def test_an_order_is_judged_by_the_book_it_found_on_arrival():
    exchange = venue(latency_floor_ms=10.0)
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "buy", "0.1"))
    exchange.observe(quote(9, 64050.0, 64050.1))
    assert exchange.reports() == ()
    exchange.observe(quote(15, 64090.0, 64090.1))
    ack, fill = exchange.reports()
    assert isinstance(ack, Ack)
    assert isinstance(fill, Fill)
    assert (ack.exchange_ts_us, ack.ts_us) == (T0_US + 10_000, T0_US + 15_000)
    assert (fill.price, fill.exchange_ts_us, fill.ts_us) == (D("64050.1"), T0_US + 10_000, T0_US + 15_000)


def test_reports_are_given_once_and_then_there_is_nothing():
    exchange = venue()
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "buy", "0.1"))
    exchange.observe(quote(5, 64000.0, 64000.1))
    assert len(exchange.reports()) == 2
    assert exchange.reports() is exchange.reports()


def test_a_fill_can_win_the_race_against_a_cancel():
    exchange = venue(latency_floor_ms=10.0)
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "buy", "0.1", "64000", post_only=True, name="a"))
    exchange.observe(quote(20, 64000.0, 64000.1))
    exchange.cancel("a", "BTCUSDT", T0_US + 20_000)
    exchange.observe(trade(25, 63990.0, 1.0, "sell"))
    exchange.observe(quote(40, 63990.0, 63990.1))
    _, fill, cancel = exchange.reports()
    assert isinstance(fill, Fill)
    assert isinstance(cancel, Cancel)
    assert (cancel.outcome, cancel.reason, cancel.unfilled_qty) == ("refused", "filled", None)


def test_a_cancel_that_arrives_first_keeps_the_order_from_a_later_trade():
    exchange = venue(latency_floor_ms=10.0)
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "buy", "0.1", "64000", post_only=True, name="a"))
    exchange.observe(quote(20, 64000.0, 64000.1))
    exchange.cancel("a", "BTCUSDT", T0_US + 20_000)
    exchange.observe(trade(35, 63990.0, 1.0, "sell"))
    _, cancel = exchange.reports()
    assert isinstance(cancel, Cancel)
    assert (cancel.outcome, cancel.unfilled_qty) == ("done", D("0.1"))


def test_a_cancel_never_overtakes_its_order():
    exchange = venue(latency_floor_ms=0.0, latency_ms=200.0)
    exchange.observe(quote(0, 64000.0, 64000.1))
    for number in range(40):
        name = f"o{number}"
        exchange.submit(order(0, "buy", "0.01", "60000", name=name))
        exchange.cancel(name, "BTCUSDT", T0_US)
    exchange.observe(quote(60_000, 64000.0, 64000.1))
    found = exchange.reports()
    assert sum(isinstance(one, Ack) for one in found) == 40
    assert [one.outcome for one in found if isinstance(one, Cancel)] == ["done"] * 40


def test_an_order_in_a_gap_waits_for_the_next_quote():
    exchange = venue()
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(1, "buy", "0.1", name="before"))
    exchange.submit(order(50, "buy", "0.1", name="within"))
    exchange.observe(Gap(T0_US + 100_000, "", T0_US + 10_000, "outage"))
    assert [one.client_id for one in exchange.reports()] == ["before", "before"]
    exchange.observe(quote(101, 65000.0, 65000.1))
    ack, fill = exchange.reports()
    assert isinstance(ack, Ack)
    assert isinstance(fill, Fill)
    assert (fill.client_id, fill.price) == ("within", D("65000.1"))


def test_an_order_waiting_for_a_quote_can_be_canceled():
    exchange = venue()
    exchange.submit(order(0, "buy", "0.1", name="a"))
    exchange.cancel("a", "BTCUSDT", T0_US)
    exchange.observe(quote(5, 3000.0, 3000.1, symbol="ETHUSDT"))
    (cancel,) = exchange.reports()
    assert isinstance(cancel, Cancel)
    assert (cancel.outcome, cancel.unfilled_qty) == ("done", D("0.1"))
    exchange.observe(quote(9, 64000.0, 64000.1))
    assert exchange.reports() == ()


def test_an_unlisted_symbol_is_refused():
    exchange = venue()
    exchange.submit(order(0, "buy", "1", symbol="NOPEUSDT"))
    exchange.observe(quote(5, 64000.0, 64000.1))
    (reject,) = exchange.reports()
    assert isinstance(reject, Reject)
    assert reject.code == "unknown_symbol"


def test_travel_time_depends_on_the_order_and_the_seed_only():
    def known(seed: int, names: list[str]) -> dict[str, int]:
        exchange = EXCHANGE(Wiring(settings=Settings(seed=seed, paper=Paper()), instruments={"BTCUSDT": BTC}))
        exchange.observe(quote(0, 64000.0, 64000.1))
        for name in names:
            exchange.submit(order(0, "buy", "0.01", "60000", name=name))
        exchange.observe(quote(60_000, 64000.0, 64000.1))
        return {one.client_id: one.exchange_ts_us for one in exchange.reports() if isinstance(one, Ack)}

    names = [f"n{number}" for number in range(8)]
    assert known(1, names) == known(1, names[::-1])
    assert known(1, names) != known(2, names)


def test_a_restart_forgets_nothing():
    exchange = venue(latency_floor_ms=10.0)
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "buy", "0.1", name="a"))
    exchange.submit(order(0, "buy", "0.1", "63000", name="b"))
    exchange.observe(quote(20, 64000.0, 64000.1))
    exchange.submit(order(20, "sell", "0.1", name="c"))
    saved = msgspec.json.decode(msgspec.json.encode(exchange.state()))
    other = venue(latency_floor_ms=10.0)
    other.restore(saved)
    assert other.account(T0_US) == exchange.account(T0_US)
    for one in (exchange, other):
        one.observe(quote(40, 64000.0, 64000.1))
    assert other.reports() == exchange.reports()
    assert other.state() == exchange.state()
