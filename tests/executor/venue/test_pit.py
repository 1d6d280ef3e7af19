"""Orders meeting the market: taking, waiting, being passed, and every way to end."""

from decimal import Decimal

import pytest

from executor.exchanges.paper import PaperExchange
from executor.records.orders import Ack, Cancel, Expire, Fill, Reject, Report
from tests.executor.exchanges.market import order, quote, trade, venue

D = Decimal


def play(exchange: PaperExchange, *moves: object) -> list[Report]:
    """Orders are sent, events observed; what was reported."""
    found: list[Report] = []
    for move in moves:
        if hasattr(move, "client_id"):
            exchange.submit(move)
        else:
            exchange.observe(move)
        found.extend(exchange.reports())
    return found


def fills(reports: list[Report]) -> list[tuple[str, str, str]]:
    return [(str(one.price), str(one.qty.normalize()), one.liquidity) for one in reports if isinstance(one, Fill)]


def last(reports: list[Report]) -> Report:
    return reports[-1]


def maker(side: str, qty: str, price: str, *, at_ms: int = 0, **flags: bool) -> object:
    return order(at_ms, side, qty, price, post_only=True, **flags)


def test_a_market_order_pays_the_spread_and_walks_the_visible_size():
    found = play(venue(), quote(0, 64000.0, 64000.1, ask_qty=0.5), order(0, "buy", "0.7"), quote(9, 64500.0, 64500.1))
    assert isinstance(found[0], Ack)
    assert fills(found) == [("64000.1", "0.5", "taker"), ("64006.6", "0.2", "taker")]


def test_the_rest_of_a_market_order_beyond_the_last_level_expires():
    found = play(venue(max_levels=2), quote(0, 64000.0, 64000.1, ask_qty=0.1), order(0, "buy", "0.5"), quote(9, 64000.0, 64000.1))
    assert fills(found) == [("64000.1", "0.1", "taker"), ("64006.6", "0.1", "taker")]
    end = last(found)
    assert isinstance(end, Expire)
    assert end.unfilled_qty == D("0.3")


def test_a_second_taker_before_the_next_quote_finds_the_touch_gone():
    first, second = order(0, "buy", "1", name="a"), order(1, "buy", "0.5", name="b")
    found = play(venue(), quote(0, 64000.0, 64000.1), first, second, quote(9, 64000.0, 64000.1))
    assert fills(found) == [("64000.1", "1", "taker"), ("64006.6", "0.5", "taker")]


def test_the_next_quote_brings_the_visible_size_back():
    found = play(
        venue(),
        quote(0, 64000.0, 64000.1),
        order(0, "buy", "1", name="a"),
        quote(5, 64000.0, 64000.1),
        order(5, "buy", "1", name="b"),
        quote(9, 64000.0, 64000.1),
    )
    assert fills(found) == [("64000.1", "1", "taker")] * 2


def test_a_limit_order_takes_up_to_its_price_and_goes_on_taking_only_what_becomes_visible():
    exchange = venue()
    found = play(
        exchange,
        quote(0, 64000.0, 64000.1, ask_qty=0.2),
        order(0, "buy", "1", "64003"),
        quote(5, 64000.0, 64000.1, ask_qty=0.3),
        trade(6, 63000.0, 50.0, "sell"),
    )
    assert fills(found) == [("64000.1", "0.2", "taker"), ("64000.1", "0.3", "taker")]
    assert exchange.account(0).orders[0].filled_qty == D("0.5")
    after = play(exchange, quote(7, 64003.1, 64003.2), quote(8, 64002.0, 64002.9))
    assert fills(after) == [("64003", "0.5", "maker")]


def test_a_post_only_order_that_would_cross_is_refused():
    found = play(venue(), quote(0, 64000.0, 64000.1), maker("buy", "0.1", "64000.1"), quote(9, 64000.0, 64000.1))
    assert len(found) == 1
    assert isinstance(found[0], Reject)
    assert (found[0].code, found[0].post_only) == ("post_only_would_cross", True)


def test_a_resting_order_waits_for_the_size_ahead():
    found = play(
        venue(),
        quote(0, 64000.0, 64000.1, bid_qty=2.0),
        maker("buy", "0.5", "64000"),
        trade(5, 64000.0, 1.5, "sell"),
        trade(6, 64000.0, 0.7, "sell"),
        trade(7, 64000.0, 9.0, "sell"),
    )
    assert fills(found) == [("64000", "0.2", "maker"), ("64000", "0.3", "maker")]
    assert [one.model for one in found if isinstance(one, Fill)] == [
        "queue 2.0 ahead traded, then 0.200 of 0.7",
        "queue 2.0 ahead traded, then 9.000 of 9.0",
    ]


def test_a_buyer_taking_at_our_bid_price_does_not_serve_the_bids():
    assert fills(play(venue(), quote(0, 64000.0, 64000.1), maker("buy", "0.5", "64000"), trade(5, 64000.0, 9.0, "buy"))) == []


def test_an_order_that_improves_the_price_is_first():
    found = play(venue(), quote(0, 64000.0, 64000.5), maker("sell", "0.5", "64000.4"), trade(5, 64000.4, 0.2, "buy"))
    assert fills(found) == [("64000.4", "0.2", "maker")]


@pytest.mark.parametrize("event", [trade(5, 63999.9, 0.001, "sell"), quote(5, 63999.8, 63999.9)])
def test_a_market_that_trades_through_fills_all(event: object):
    found = play(venue(), quote(0, 64000.0, 64000.1, bid_qty=50.0), maker("buy", "0.5", "64000"), event)
    assert fills(found) == [("64000", "0.5", "maker")]
    fill = last(found)
    assert isinstance(fill, Fill)
    assert fill.model.startswith("traded through")


def test_the_other_touch_at_our_price_does_not_fill():
    assert fills(play(venue(), quote(0, 64000.0, 64000.1), maker("buy", "0.5", "64000"), quote(5, 63999.9, 64000.0))) == []


def test_one_trade_is_never_given_to_two_of_our_orders():
    first = order(0, "buy", "0.5", "64000", post_only=True, name="a")
    second = order(1, "buy", "0.5", "64000", post_only=True, name="b")
    found = play(venue(), quote(0, 64000.0, 64000.1, bid_qty=1.0), first, second, trade(5, 64000.0, 1.8, "sell"))
    assert fills(found) == [("64000", "0.5", "maker"), ("64000", "0.3", "maker")]


def test_cancels_thin_the_queue_out():
    found = play(
        venue(),
        quote(0, 64000.0, 64000.1, bid_qty=5.0),
        maker("buy", "0.5", "64000"),
        quote(5, 64000.0, 64000.1, bid_qty=0.1),
        quote(6, 64000.0, 64000.1, bid_qty=9.0),
        trade(7, 64000.0, 0.4, "sell"),
    )
    assert fills(found) == [("64000", "0.3", "maker")]


def test_a_reduce_only_order_closes_no_more_than_the_position():
    exchange = venue()
    play(exchange, quote(0, 64000.0, 64000.1), order(0, "buy", "0.4"), quote(5, 64000.0, 64000.1))
    found = play(exchange, order(5, "sell", "1", reduce_only=True), quote(9, 64000.0, 64000.1))
    assert fills(found) == [("64000.0", "0.4", "taker")]
    end = last(found)
    assert isinstance(end, Expire)
    assert (end.unfilled_qty, end.reason) == (D("0.6"), "reduce_only: nothing left to reduce")
    assert exchange.account(0).positions == ()


def test_a_resting_reduce_only_order_that_is_passed_closes_no_more_than_the_position():
    exchange = venue()
    play(exchange, quote(0, 64000.0, 64000.1), order(0, "buy", "0.4"), quote(5, 64000.0, 64000.1))
    target = order(5, "sell", "1", "64100", post_only=True, reduce_only=True)
    found = play(exchange, target, quote(8, 64000.0, 64000.1), quote(9, 64200.0, 64200.1))
    assert fills(found) == [("64100", "0.4", "maker")]
    end = last(found)
    assert isinstance(end, Expire)
    assert end.unfilled_qty == D("0.6")
    assert exchange.account(0).positions == ()


def test_a_resting_reduce_only_order_ends_when_the_position_is_closed_by_another():
    exchange = venue()
    play(exchange, quote(0, 64000.0, 64000.1), order(0, "buy", "0.4"), quote(5, 64000.0, 64000.1))
    resting = order(5, "sell", "0.4", "64100", post_only=True, reduce_only=True, name="target")
    found = play(exchange, resting, quote(8, 64000.0, 64000.1), order(8, "sell", "0.4"), quote(12, 64000.0, 64000.1))
    end = last(found)
    assert isinstance(end, Expire)
    assert (end.client_id, end.unfilled_qty) == ("target", D("0.4"))
    assert exchange.account(0).orders == ()


def test_a_flip_is_one_fill_with_the_profit_of_the_closed_part():
    exchange = venue()
    play(exchange, quote(0, 64000.0, 64000.1), order(0, "buy", "0.4"), quote(5, 64100.1, 64100.2))
    found = play(exchange, order(5, "sell", "1"), quote(9, 64100.1, 64100.2))
    fill = last(found)
    assert isinstance(fill, Fill)
    assert (fill.realized, fill.position_qty) == (D(40), D("-0.6"))


def test_an_id_already_open_is_refused_and_the_first_order_stays():
    exchange = venue()
    again = order(5, "buy", "0.1", "63000", name="same")
    found = play(
        exchange,
        quote(0, 64000.0, 64000.1),
        order(0, "buy", "0.1", "63000", name="same"),
        quote(5, 64000.0, 64000.1),
        again,
        quote(9, 64000.0, 64000.1),
    )
    end = last(found)
    assert isinstance(end, Reject)
    assert end.code == "duplicate_client_id"
    assert [one.client_id for one in exchange.account(0).orders] == ["same"]


def test_a_cancel_of_what_ended_says_how_it_ended():
    exchange = venue()
    play(exchange, quote(0, 64000.0, 64000.1), order(0, "buy", "0.1", name="done"), quote(5, 64000.0, 64000.1))
    for name in ("done", "never"):
        exchange.cancel(name, "BTCUSDT", quote(5, 1.0, 2.0).ts_us)
    found = play(exchange, quote(9, 64000.0, 64000.1))
    assert [(one.outcome, one.reason) for one in found if isinstance(one, Cancel)] == [("refused", "filled"), ("refused", "unknown_order")]
