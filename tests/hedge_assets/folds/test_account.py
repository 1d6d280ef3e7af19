"""NAV over time, and what deposits do not do to it."""

from decimal import Decimal

import pytest

from executor.records.base import Record
from hedge_assets.folds.account import HOURS_KEPT, MINUTES_KEPT, Account
from tests.hedge_assets.builders import DAY, MINUTE, T0, account, fill, funding, heartbeat, transfer


def folded(*records: Record) -> Account:
    fold = Account()
    for record in records:
        fold.take(record)
    return fold


def test_nav_is_wallet_and_unrealised_and_the_peak_is_its_highest():
    fold = folded(account(wallet="100"), account(T0 + 1, wallet="100", unrealised="20"), account(T0 + 2, wallet="90"))
    assert (fold.first.nav, fold.peak.nav, fold.known.nav) == (100, 120, 90)
    assert fold.drawdown_frac == pytest.approx(0.25)
    assert (fold.trough_frac, fold.trough_us, fold.trough_peak_us) == (0.25, T0 + 2, T0 + 1)


def test_the_starting_nav_counts_as_a_peak():
    assert folded(account(wallet="100"), account(T0 + 1, wallet="50")).trough_frac == 0.5


def test_a_deposit_is_no_new_high_and_a_withdrawal_no_loss():
    fold = folded(account(wallet="100"), account(T0 + 1, wallet="80"), transfer(T0 + 2, amount="80"), account(T0 + 3, wallet="160"))
    assert fold.peak.nav == 200
    assert fold.drawdown_frac == pytest.approx(0.2)
    fold.take(transfer(T0 + 4, amount="-120"))
    fold.take(account(T0 + 5, wallet="40"))
    assert fold.drawdown_frac == pytest.approx(0.2)
    assert fold.trough_frac == pytest.approx(0.2)


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
    assert (fold.first_wallet, fold.booked, fold.flow_total) == (99, 0, 0)


def test_books_that_a_source_did_not_give_move_no_number():
    fold = folded(account(wallet="100"), account(T0 + 1, wallet="0", sources={"account": "timed out"}))
    assert (fold.known.nav, fold.trough_frac, fold.latest.wallet) == (100, 0.0, 0)


def test_series_hold_the_newest_of_each_minute_and_are_bounded():
    fold = folded(account(), account(T0 + 1, wallet="5"), heartbeat(T0 + 1, 7))
    assert [point.nav for point in fold.minutes] == [Decimal(5)]
    assert fold.heartbeat.loop == 7
    for step in range(MINUTES_KEPT + 10):
        fold.take(account(T0 + step * MINUTE))
    assert len(fold.minutes) == MINUTES_KEPT
    assert len(fold.hours) <= HOURS_KEPT
