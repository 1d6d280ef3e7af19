"""What became of an intent: fills, costs against the mid, markouts, the trade's net, and when all of it is over."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.orders import Adjust
from hedge_assets.folds.roundtrips import EXACT
from hedge_assets.shadow.courses import MARKOUTS, SETTLED_US, Courses
from tests.hedge_assets.builders import BTC, MINUTE, SECOND, T0, decision, ended, fill, funding, intent, quote, slice_of, submit, vetoed

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


def test_markouts_are_positive_when_the_mid_moved_our_way():
    for side, position, expected in (("buy", "0.1", 10.0), ("sell", "-0.1", -10.0)):
        courses = begun(side=side)
        bought(courses, price="50000", side=side, position=position)
        courses.mature({BTC: quote(T0 + 2 * SECOND, mid=50_050.0)}, T0 + 3 * SECOND)
        assert courses.courses["i1"].markout_bps(0) == pytest.approx(expected)


def test_a_markout_is_judged_only_after_it_is_due():
    courses = begun()
    bought(courses)
    courses.mature({BTC: quote(T0 + SECOND)}, T0 + 2 * SECOND)
    assert courses.courses["i1"].markout_bps(0) is None
    assert len(courses.due[BTC]) == MARKOUTS
    courses.mature({BTC: quote(T0 + SECOND)}, T0 + 2 * SECOND + 1)
    assert courses.courses["i1"].markout_bps(0) is not None


@pytest.mark.parametrize("given", [{"bid": 50_002.0, "ask": 50_001.0}, {"bid": 0.0}])
def test_a_quote_without_two_sides_judges_nothing(given):
    courses = begun()
    bought(courses)
    courses.mature({BTC: quote(T0 + 2 * SECOND, **given)}, T0 + 3 * SECOND)
    assert (courses.courses["i1"].markout_bps(0), courses.totals.markout_bps(0)) == (None, None)


def test_without_a_mid_at_the_decision_slippage_is_unknown():
    courses = Courses()
    courses.decision(intent(), decision(slice=slice_of(bid=50_001.0, ask=50_000.0)))
    courses.submit(submit())
    bought(courses)
    assert (courses.courses["i1"].slippage_bps, courses.totals.slippage_bps) == (None, None)
    assert courses.courses["i1"].fee_bps is not None


def test_a_second_decision_on_an_intent_sets_nothing_out_anew():
    courses = begun()
    bought(courses)
    courses.decision(intent(), decision())
    assert (courses.totals.approved, courses.courses["i1"].filled_qty) == (1, Decimal("0.1"))
    courses.decision(intent(T0, "i2"), decision(T0, "i2", verdict=vetoed()))
    assert (courses.totals.approved, courses.is_open("i2")) == (1, False)


def test_totals_of_nothing_are_null_and_not_zero():
    totals = Courses().totals
    assert (totals.slippage_bps, totals.fee_bps, totals.maker_frac, totals.markout_bps(0)) == (None, None, None, None)


def test_totals_are_weighted_by_what_was_traded():
    courses = begun()
    bought(courses, price="50000", fee="5", trade_id="t1")
    bought(courses, price="50000", fee="0", trade_id="t2", position="0.2", liquidity="taker")
    courses.fill(fill(T0 + SECOND, "c1", price="50100", qty="0.2", fee="1", position_qty="0.4", trade_id="t3", liquidity="taker"))
    totals = courses.totals
    assert (totals.fills, totals.orders, totals.traded_usd) == (3, 1, Decimal(20_020))
    assert totals.maker_frac == pytest.approx(5_000 / 20_020)
    assert totals.fee_bps == pytest.approx(6 / 20_020 * 1e4)
    assert totals.slippage_bps == pytest.approx(20 / 20_020 * 1e4)
    assert courses.trips[BTC].entry_usd == Decimal(20_020)


def test_a_fee_in_another_coin_is_no_money():
    courses = begun()
    bought(courses, fee="3", fee_asset="BNB")
    assert (courses.totals.fees_usd, courses.courses["i1"].fees_usd, courses.trips[BTC].fees) == (0, 0, 0)


def test_funding_while_flat_is_no_trades():
    courses = begun()
    courses.funding(funding(T0, amount="-0.5"))
    bought(courses)
    assert (courses.totals.funding_usd, courses.trips[BTC].funding) == (Decimal("-0.5"), 0)


def test_a_fill_of_an_order_that_nobody_here_sent_is_a_trade_of_nobodys():
    courses = Courses()
    bought(courses, client_id="theirs")
    assert (courses.totals.fills, courses.trips[BTC].intent_id, courses.due) == (1, "", {})


@given(st.lists(st.tuples(st.integers(-3, 3).filter(bool), st.integers(-500, 500), st.integers(0, 50), st.integers(-20, 20)), max_size=25))
def test_nets_of_closed_trades_and_what_the_open_one_booked_are_all_that_came_in(steps):
    courses, held, came_in = Courses(), 0, Decimal(0)
    for number, (step, gained, fee, funded) in enumerate(steps):
        is_closing = held * step < 0
        held, at = held + step, T0 + number * SECOND
        realized = Decimal(gained) / 100 if is_closing else Decimal(0)
        side = "buy" if step > 0 else "sell"
        courses.fill(fill(at, f"c{number}", side=side, qty=abs(step), fee=Decimal(fee) / 7, realized=realized, position_qty=held))
        came_in = EXACT.subtract(EXACT.add(came_in, realized), Decimal(fee) / 7)
        if held:
            courses.funding(funding(at, amount=funded))
            came_in += funded
    booked = sum((trip.net for trip in courses.trips.values()), Decimal(0))
    assert float(courses.totals.net_usd + booked - came_in) == pytest.approx(0.0, abs=1e-20)
    assert bool(courses.trips) == (held != 0)
    assert courses.totals.wins <= courses.totals.trades == courses.totals.bps.n


@pytest.mark.parametrize(("realized", "wins"), [("5.01", 1), ("5", 0), ("-3", 0)])
def test_a_trade_that_only_earned_its_fees_is_no_win(realized, wins):
    courses = begun()
    bought(courses, fee="2.5")
    bought(courses, client_id="c2", trade_id="t2", side="sell", position="0", fee="2.5", realized=realized)
    assert (courses.totals.trades, courses.totals.wins) == (1, wins)
    assert courses.totals.bps.mean == pytest.approx((float(realized) - 5) / 5_001 * 1e4)


def test_an_entry_that_filled_again_after_its_exit_earned_both_trades():
    courses = Courses()
    courses.decision(intent(T0, "i1"), decision(T0, "i1", qty=0.2))
    courses.submit(submit(T0, "c1", "i1", qty="0.2"))
    courses.submit(submit(T0, "c2", "i2", side="sell"))
    courses.fill(fill(T0 + 1, "c1", qty="0.1", fee="0", position_qty="0.1", trade_id="a"))
    courses.fill(fill(T0 + 2, "c2", side="sell", qty="0.1", fee="0", realized="-10", position_qty="0", trade_id="b"))
    courses.fill(fill(T0 + 3, "c1", qty="0.1", fee="0", position_qty="0.1", trade_id="c"))
    courses.fill(fill(T0 + 4, "c2", side="sell", qty="0.1", fee="0", realized="3", position_qty="0", trade_id="d"))
    assert courses.courses["i1"].net == courses.totals.net_usd == -7
