"""The account, its days and weeks, when nobody vouched for it, and what deposits do not do to it."""

import pytest

from executor.records.base import Record
from hedge_assets.folds.account import GAPS_KEPT, Account
from tests.hedge_assets.builders import DAY, HOUR, MINUTE, SECOND, T0, account, boot, fill, funding, heartbeat, transfer


def folded(*records: Record) -> Account:
    fold = Account()
    for record in records:
        fold.take(record)
    return fold


def test_nav_is_wallet_and_unrealised_and_the_peak_is_its_highest():
    fold = folded(account(wallet="100"), account(T0 + 1, wallet="100", unrealised="20"), account(T0 + 2, wallet="90"))
    curve = fold.curve
    assert (curve.first.nav, curve.peak.nav, fold.known.nav) == (100, 120, 90)
    assert curve.drawdown_frac == pytest.approx(0.25)
    assert (curve.trough_frac, curve.trough_us, curve.trough_peak_us) == (0.25, T0 + 2, T0 + 1)


def test_the_starting_nav_counts_as_a_peak():
    assert folded(account(wallet="100"), account(T0 + 1, wallet="50")).curve.trough_frac == 0.5


def test_a_deposit_is_no_new_high_and_a_withdrawal_no_loss():
    fold = folded(account(wallet="100"), account(T0 + 1, wallet="80"), transfer(T0 + 2, amount="80"), account(T0 + 3, wallet="160"))
    assert fold.curve.peak.nav == 200
    assert fold.curve.drawdown_frac == pytest.approx(0.2)
    fold.take(transfer(T0 + 4, amount="-120"))
    fold.take(account(T0 + 5, wallet="40"))
    assert fold.curve.drawdown_frac == pytest.approx(0.2)
    assert fold.curve.trough_frac == pytest.approx(0.2)


def test_a_day_opens_where_the_one_before_closed():
    fold = folded(account(wallet="100"), account(T0 + 1, wallet="110"), transfer(T0 + 2, amount="5"), account(T0 + DAY, wallet="120"))
    assert [(day.open, day.close, day.flow) for day in fold.days] == [(100, 110, 0), (110, 120, 5)]


def test_a_week_opens_on_monday():
    fold = folded(account(T0 - 1, wallet="100"), account(T0, wallet="110"))
    assert (fold.week_open, fold.week_flow) == (100, 0)
    assert folded(account(T0, wallet="110"), account(T0 + 7 * DAY - 1, wallet="120")).week_open == 110


def test_what_is_booked_explains_the_wallet():
    fold = folded(
        account(wallet="100"),
        fill(realized="7.5", fee="0.5"),
        funding(amount="-0.25"),
        transfer(amount="10"),
        account(T0 + 1, wallet="116.75"),
    )
    assert fold.first_wallet + fold.booked == fold.latest.wallet


def test_before_the_first_account_nothing_is_booked():
    fold = folded(transfer(amount="100"), fill(fee="1"), account(wallet="99"))
    assert (fold.first_wallet, fold.booked, fold.curve.flows) == (99, 0, 0)


def test_books_that_a_source_did_not_give_move_no_number():
    fold = folded(account(wallet="100"), account(T0 + 1, wallet="0", sources={"account": "timed out"}))
    assert (fold.known.nav, fold.curve.trough_frac, fold.latest.wallet) == (100, 0.0, 0)


def test_the_newest_loop_is_known():
    assert folded(account(), heartbeat(T0 + 1, 7)).heartbeat.loop == 7


def test_a_desk_that_was_off_and_a_silent_source_leave_gaps_and_a_short_stop_does_not():
    silent = [account(T0 + HOUR + minute * MINUTE, sources={"account": "timed out"}) for minute in range(1, 10)]
    fold = folded(account(), account(T0 + 2 * MINUTE), account(T0 + HOUR), *silent, account(T0 + HOUR + 10 * MINUTE))
    assert [(gap.from_us, gap.until_us) for gap in fold.gaps] == [(T0 + 2 * MINUTE, T0 + HOUR), (T0 + HOUR, T0 + HOUR + 10 * MINUTE)]


def test_where_news_come_every_five_minutes_five_minutes_are_no_gap():
    fold = folded(boot(bar_s=300.0), *(account(T0 + minute * MINUTE) for minute in (0, 5, 10, 21)))
    assert [(gap.from_us, gap.until_us) for gap in fold.gaps] == [(T0 + 10 * MINUTE, T0 + 21 * MINUTE)]


def test_gaps_are_bounded():
    fold = folded(*(account(T0 + number * (2 * MINUTE + SECOND)) for number in range(GAPS_KEPT + 10)))
    assert len(fold.gaps) == GAPS_KEPT
    assert fold.gaps[-1].until_us == fold.known.ts_us
