"""What became of an intent: fills, costs against the mid, markouts, the trade's net, and when all of it is over."""

from decimal import Decimal

import pytest

from executor.records.orders import Adjust
from hedge_assets.shadow.courses import SETTLED_US, Courses
from tests.hedge_assets.builders import BTC, MINUTE, SECOND, T0, decision, ended, fill, funding, intent, quote, submit

FIVE = SETTLED_US + SECOND


def begun(*, purpose="entry", intent_id="i1", side="buy"):
    courses = Courses()
    started(courses, intent_id, purpose=purpose, side=side)
    return courses


def started(courses, intent_id, *, purpose="entry", side="buy", client_id="c1"):
    courses.decision(intent(T0, intent_id, purpose=purpose, side=side), decision(T0, intent_id))
    courses.submit(submit(T0, client_id, intent_id, side=side))


def bought(courses, *, price="50010", fee="2.5", at=T0 + SECOND, position="0.1", client_id="c1", trade_id="t1", **given):
    courses.fill(fill(at, client_id, price=price, qty="0.1", fee=fee, position_qty=position, trade_id=trade_id, **given))


def test_slippage_is_against_the_mid_at_the_decision_and_positive_is_cost():
    courses = begun()
    bought(courses)
    course = courses.courses["i1"]
    assert course.slippage_bps == pytest.approx(10 / 50_010 * 1e4)
    assert course.fee_bps == pytest.approx(2.5 / 5_001 * 1e4)
    sold = begun(side="sell")
    bought(sold, side="sell", position="-0.1")
    assert sold.courses["i1"].slippage_bps == pytest.approx(-10 / 50_010 * 1e4)


def test_a_fill_that_is_seen_twice_counts_once():
    courses = begun()
    bought(courses)
    bought(courses)
    assert (courses.totals.fills, courses.courses["i1"].filled_qty) == (1, Decimal("0.1"))


def test_a_trade_is_worth_what_was_realized_less_fees_with_funding():
    courses = begun()
    bought(courses)
    courses.funding(funding(T0 + MINUTE, amount="-0.5"))
    started(courses, "i2", purpose="exit", side="sell", client_id="c2")
    bought(courses, client_id="c2", trade_id="t2", side="sell", position="0", fee="2.6", realized="30", at=T0 + 2 * MINUTE)
    assert courses.courses["i1"].net == Decimal("24.4")
    assert courses.courses["i2"].net is None
    assert (courses.totals.trades, courses.totals.wins, courses.totals.net_usd) == (1, 1, Decimal("24.4"))
    assert (courses.recent[0].intent_id, courses.recent[0].side) == ("i1", "long")


def test_an_entry_is_over_when_its_work_its_trade_and_its_last_markout_are():
    courses = begun()
    bought(courses)
    courses.ended(ended(T0 + SECOND, "i1", filled_qty="0.1"))
    courses.mature({BTC: quote(T0 + FIVE)}, T0 + SECOND + FIVE)
    assert courses.is_open("i1")
    started(courses, "i2", purpose="exit", side="sell", client_id="c2")
    bought(courses, client_id="c2", trade_id="t2", side="sell", position="0", at=T0 + 2 * FIVE)
    assert not courses.is_open("i1")
    assert courses.over == ["i1"]


def test_an_exit_is_over_after_its_last_markout():
    courses = begun(purpose="exit")
    bought(courses, position="0")
    courses.ended(ended(T0 + SECOND, "i1", filled_qty="0.1"))
    assert courses.is_open("i1")
    courses.mature({}, T0 + SECOND + FIVE)
    assert courses.over == ["i1"]


def test_what_was_never_filled_is_over_at_once():
    courses = begun()
    courses.ended(ended(T0 + SECOND, "i1", filled_qty="0", unfilled_qty="0.1"))
    assert courses.over == ["i1"]
    assert courses.courses["i1"].slippage_bps is None


def test_an_end_that_speaks_of_fills_to_come_waits_for_them():
    courses = begun(purpose="exit")
    courses.ended(ended(T0, "i1", filled_qty="0.1"))
    assert courses.is_open("i1")


def test_markouts_are_by_the_mid_in_force_and_unknown_where_that_is_old():
    courses = begun()
    bought(courses, price="50000")
    courses.mature({BTC: quote(T0 + SECOND, mid=50_050.0)}, T0 + 3 * SECOND)
    course = courses.courses["i1"]
    assert course.markout_bps(0) == pytest.approx(10.0)
    courses.mature({BTC: quote(T0 + SECOND, mid=50_050.0)}, T0 + FIVE + SECOND)
    assert [course.markout_bps(horizon) for horizon in (1, 2)] == [None, None]
    assert courses.totals.markout_bps(0) == pytest.approx(10.0)


def test_a_fill_through_zero_ends_one_trade_and_begins_another():
    courses = begun()
    bought(courses)
    started(courses, "i2", side="sell", client_id="c2")
    courses.fill(fill(T0 + MINUTE, "c2", side="sell", price="50100", qty="0.3", fee="1", realized="9", position_qty="-0.2", trade_id="t2"))
    assert courses.courses["i1"].net == Decimal("5.5")
    assert (courses.trips[BTC].intent_id, courses.trips[BTC].side, courses.trips[BTC].net) == ("i2", "short", 0)


def test_a_position_that_was_set_to_flat_ends_its_trade_with_what_was_booked():
    courses = begun()
    bought(courses)
    courses.adjust(Adjust(T0 + MINUTE, symbol=BTC, venue_qty=Decimal(0), our_qty=Decimal("0.1"), reason="gone"))
    assert (courses.courses["i1"].net, courses.trips) == (Decimal("-2.5"), {})


def test_a_veto_sets_nothing_going_and_a_dropped_course_is_forgotten():
    courses = begun()
    courses.drop("i1")
    assert not courses.is_open("i1")
    bought(courses)
    assert courses.totals.fills == 1
