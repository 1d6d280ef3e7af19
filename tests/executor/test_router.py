"""The router works orders: quotes, waits, quotes again, takes; and lets every exit through."""

from decimal import Decimal

import msgspec
import pytest

from executor.records.orders import Cancel, Submit
from executor.router import EXIT_WAIT_US, Router, RouterState
from executor.routing.work import ANSWER_US
from tests.executor.pipeline.builders import make_entry
from tests.executor.routing.builders import (
    BTC,
    QUOTES,
    SECOND_US,
    Desk,
    ack,
    approved,
    canceled,
    entry,
    expired,
    fill,
    make_quote,
    reject,
    resolved,
    unknown,
    way_out,
)


@pytest.fixture
def desk():
    return Desk()


def test_a_quote_goes_out_and_fills(desk):
    [order] = desk.begin(entry())
    assert (order.step, order.post_only, order.price, order.qty, order.client_id) == (
        "maker",
        True,
        Decimal("50000.0"),
        Decimal("0.100"),
        "h-in-1-1",
    )
    assert desk.router.busy == {"BTCUSDT"}
    assert desk.hear(ack(order)) == desk.hear(fill(order, "0.04")) == desk.hear(fill(order, "0.06")) == []
    assert desk.router.busy == frozenset()
    assert desk.ending() == ["filled"]


def test_an_impatient_quote_is_asked_back_quoted_again_and_at_last_taken(desk):
    [order] = desk.begin(entry(reprices=1))
    assert desk.wait(9.9) == []
    [cancel] = desk.wait(0.1)
    assert isinstance(cancel, Cancel)
    assert (cancel.client_id, cancel.outcome) == (order.client_id, "asked")
    desk.hear(fill(order, "0.03"))
    desk.quotes["BTCUSDT"] = make_quote(50_010.0, 50_010.5)
    [again] = desk.hear(canceled(order, "0.07"))
    assert (again.step, again.price, again.qty, again.post_only) == ("reprice", Decimal("50010.0"), Decimal("0.070"), True)
    [cancel] = desk.wait(10)
    [taken] = desk.hear(canceled(again, "0.07"))
    assert (taken.step, taken.price, taken.qty, taken.post_only, taken.client_id) == ("fallback", None, Decimal("0.070"), False, "h-in-1-3")
    desk.hear(fill(taken, "0.07"))
    assert desk.ending() == ["filled"]


def test_without_a_fallback_patience_simply_ends(desk):
    [order] = desk.begin(entry(reprices=0, fallback=False))
    desk.wait(10)
    assert desk.hear(canceled(order, "0.1")) == []
    assert desk.ending() == ["patience ran out after 1 quotes, 0.100 left"]


def test_a_taker_goes_at_once_and_its_unfilled_rest_is_left(desk):
    [order] = desk.begin(entry(style="taker"))
    assert (order.step, order.price) == ("taker", None)
    desk.hear(fill(order, "0.09"))
    assert desk.hear(expired(order, "0.01")) == []
    assert desk.ending() == ["expired: no liquidity"]


def test_a_refused_post_only_order_counts_as_a_try(desk):
    [order] = desk.begin(entry(reprices=1))
    desk.quotes["BTCUSDT"] = make_quote(49_990.0, 49_990.5)
    [again] = desk.hear(reject(order, post_only=True))
    assert (again.step, again.price) == ("reprice", Decimal("49990.0"))
    [taken] = desk.hear(reject(again, post_only=True))
    assert taken.step == "fallback"


def test_any_other_refusal_ends_the_work(desk):
    [order] = desk.begin(entry())
    assert desk.hear(reject(order)) == []
    assert desk.ending() == ["refused: insufficient_margin"]


def test_a_rest_too_small_to_send_is_dropped_with_its_reason(desk):
    [order] = desk.begin(entry())
    desk.wait(10)
    desk.hear(fill(order, "0.0995"))
    assert desk.hear(canceled(order, "0.0005")) == []
    assert desk.ending() == ["0.0005 left, the venue takes 0.001 or more"]


def test_a_cancel_that_lost_the_race_waits_for_the_fills(desk):
    [order] = desk.begin(entry())
    desk.wait(10)
    assert desk.hear(canceled(order, outcome="refused")) == []
    assert desk.router.busy == {"BTCUSDT"}
    desk.hear(fill(order, "0.1"))
    assert desk.ending() == ["filled"]


def test_an_unanswered_cancel_is_asked_again(desk):
    [order] = desk.begin(entry())
    desk.wait(10)
    assert desk.wait(ANSWER_US / SECOND_US - 0.1) == []
    [cancel] = desk.wait(0.1)
    assert (cancel.client_id, cancel.reason) == (order.client_id, "no answer to the cancel within 5 s")


def test_a_fill_told_after_its_cancel_is_not_bought_again(desk):
    [order] = desk.begin(entry())
    desk.wait(10)
    [again] = desk.hear(canceled(order, "0.06"))
    assert again.qty == Decimal("0.060")
    assert desk.hear(fill(order, "0.04")) == []
    desk.hear(fill(again, "0.06"))
    assert [(ended.filled_qty, ended.reason) for ended in desk.router.endings()] == [(Decimal("0.100"), "filled")]


def test_a_report_told_twice_does_not_end_the_next_order(desk):
    [order] = desk.begin(entry())
    desk.wait(10)
    [again] = desk.hear(canceled(order, "0.1"))
    assert desk.hear(canceled(order, "0.1")) == desk.hear(reject(order)) == desk.hear(expired(order, "0.1")) == []
    assert desk.router.state().works[0].attempts[-1].client_id == again.client_id


def test_a_fill_nobody_announced_calls_the_order_out_back(desk):
    [order] = desk.begin(entry())
    desk.wait(10)
    [again] = desk.hear(canceled(order))
    [cancel] = desk.hear(fill(order, "0.04"))
    assert (cancel.client_id, cancel.reason) == (again.client_id, "a late fill leaves 0.060 to do")
    [third] = desk.hear(canceled(again))
    assert third.qty == Decimal("0.060")


def test_an_unknown_order_blocks_until_it_is_resolved(desk):
    [order] = desk.begin(entry())
    desk.hear(unknown(order))
    assert desk.wait(600) == []
    assert desk.router.busy == {"BTCUSDT"}
    desk.hear(resolved(order, "open"))
    [cancel] = desk.wait(0)
    assert cancel.client_id == order.client_id


@pytest.mark.parametrize(("fate", "step"), [("dead", "reprice"), ("canceled", "reprice")])
def test_an_unknown_quote_proved_gone_is_quoted_again_under_a_new_name(desk, fate, step):
    [order] = desk.begin(entry())
    desk.hear(unknown(order))
    [again] = desk.hear(resolved(order, fate))
    assert (again.step, again.client_id) == (step, "h-in-1-2")


def test_an_unknown_order_proved_filled_needs_no_more_orders_even_before_its_fills_are_told(desk):
    [order] = desk.begin(entry())
    desk.hear(unknown(order))
    assert desk.hear(resolved(order, "filled")) == []
    assert desk.ending() == ["filled"]
    assert desk.hear(fill(order, "0.1")) == []


def test_a_dead_market_order_is_not_sent_again(desk):
    [order] = desk.begin(entry(style="taker"))
    desk.hear(unknown(order))
    assert desk.hear(resolved(order, "dead")) == []
    assert desk.ending() == ["the venue never had the order"]


def test_an_acknowledgement_resolves_an_unknown_order(desk):
    [order] = desk.begin(entry())
    desk.hear(unknown(order))
    desk.hear(ack(order))
    assert desk.wait(9.9) == []
    assert isinstance(desk.wait(0.1)[0], Cancel)


def test_an_exit_is_reduce_only_on_every_step(desk):
    [order] = desk.begin(way_out(style="maker", limit_price=50_000.2, reprices=1))
    assert (order.side, order.price, order.reduce_only) == ("sell", Decimal("50000.2"), True)
    desk.wait(10)
    [again] = desk.hear(canceled(order, "0.1"))
    desk.wait(10)
    [taken] = desk.hear(canceled(again, "0.1"))
    assert (again.reduce_only, taken.reduce_only, taken.step) == (True, True, "fallback")


def test_an_exit_calls_a_working_entry_back_and_leaves_when_that_is_over(desk):
    [order] = desk.begin(entry())
    [cancel] = desk.begin(way_out())
    assert (cancel.client_id, cancel.reason) == (order.client_id, "an exit takes over")
    [taken] = desk.hear(canceled(order, "0.1"))
    assert (taken.intent_id, taken.step, taken.reduce_only) == ("out-1", "taker", True)
    assert desk.ending() == ["an exit takes over"]


def test_an_exit_does_not_wait_for_ever(desk):
    desk.begin(entry())
    desk.begin(way_out())
    assert desk.wait(EXIT_WAIT_US / SECOND_US - 0.1) == []
    [taken] = desk.wait(0.1)
    assert (taken.intent_id, taken.step) == ("out-1", "taker")


def test_an_exit_does_not_wait_for_an_order_of_unknown_fate(desk):
    [order] = desk.begin(entry())
    desk.hear(unknown(order))
    [taken] = desk.begin(way_out())
    assert taken.intent_id == "out-1"
    desk.hear(resolved(order, "open"))
    [cancel] = desk.wait(0)
    assert cancel.client_id == order.client_id
    assert desk.hear(canceled(order, "0.1")) == []


def test_a_stop_takes_over_from_a_patient_exit_but_not_from_one_that_takes(desk):
    [order] = desk.begin(way_out(style="maker"))
    assert desk.router.exiting == frozenset()
    [cancel] = desk.begin(way_out(intent_id="stop-1"))
    assert cancel.client_id == order.client_id
    assert desk.router.exiting == {"BTCUSDT"}
    assert desk.begin(way_out(intent_id="stop-2")) == []
    [taken] = desk.hear(canceled(order, "0.1"))
    assert taken.intent_id == "stop-1"
    assert desk.begin(way_out(intent_id="stop-3")) == []
    assert desk.ending() == ["an exit is already under way", "an exit takes over", "an exit is already under way"]


def test_a_halt_calls_entries_back_sends_nothing_more_for_them_and_leaves_exits_alone(desk):
    [order] = desk.begin(entry())
    [cancel] = desk.router.recall_entries("halted by drawdown", desk.now_us)
    assert (cancel.client_id, cancel.reason) == (order.client_id, "halted by drawdown")
    assert desk.router.recall_entries("halted by drawdown", desk.now_us) == []
    assert desk.hear(canceled(order, "0.1")) == []
    assert desk.ending() == ["halted by drawdown"]
    [leaving] = desk.begin(way_out(style="maker"))
    assert desk.router.recall_entries("halted by drawdown", desk.now_us) == []
    assert leaving.reduce_only


def test_an_entry_does_not_begin_where_something_is_worked(desk):
    desk.begin(way_out())
    assert desk.begin(entry()) == []
    assert desk.ending() == ["another order is worked in the symbol"]


def test_a_veto_and_an_intent_already_worked_send_nothing(desk):
    intent = make_entry()
    assert desk.router.begin(intent, approved(intent, None), quote=QUOTES["BTCUSDT"], instrument=BTC, now_us=0) == []
    assert desk.router.busy == frozenset()
    desk.begin(entry())
    assert desk.begin(entry()) == []
    assert desk.ending() == []


@pytest.mark.parametrize(("fallback", "steps", "endings"), [(True, ["fallback"], []), (False, [], ["no usable quote to price by"])])
def test_without_a_quote_an_order_that_would_wait_takes_if_it_may(desk, fallback, steps, endings):
    [order] = desk.begin(entry(fallback=fallback))
    desk.wait(10)
    desk.quotes = {}
    assert [taken.step for taken in desk.hear(canceled(order, "0.1"))] == steps
    assert desk.ending() == endings


def test_a_strangers_report_leads_to_nothing(desk):
    stranger = msgspec.structs.replace(desk.begin(entry())[0], client_id="web_1")
    assert desk.hear(fill(stranger, "0.1")) == []
    assert desk.router.busy == {"BTCUSDT"}


def test_a_router_goes_on_where_it_was_after_a_round_through_json(desk):
    [order] = desk.begin(entry())
    desk.hear(fill(order, "0.03"))
    desk.begin(way_out())
    text = msgspec.json.encode(desk.router.state())
    other = Router()
    other.restore(msgspec.json.decode(text))
    assert other.state() == desk.router.state() == msgspec.json.decode(text, type=RouterState)
    assert other.busy == desk.router.busy
    report = canceled(order, "0.07")
    sent = other.on_report(report, quotes=QUOTES, now_us=5)
    assert sent == desk.router.on_report(report, quotes=QUOTES, now_us=5)
    assert isinstance(sent[0], Submit)
    assert other.on_time(10**12, QUOTES) == desk.router.on_time(10**12, QUOTES)
