"""A day by itself: what it opens with, how deep it fell, and what of it is not recorded."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.base import Record
from hedge_assets.folds.account import Account
from hedge_assets.folds.one_day import KEPT, OneDay, Silence
from hedge_assets.folds.services import Services
from tests.hedge_assets.builders import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    account,
    boot,
    fault,
    fill,
    funding,
    gap,
    halt,
    heartbeat,
    quote,
    resume,
    transfer,
    unknown,
)


def folded(*records: Record, from_us: int = T0) -> OneDay:
    fold = OneDay(from_us=from_us)
    for record in records:
        fold.take(record)
    return fold


def test_a_day_opens_with_what_the_day_before_closed_with():
    fold = folded(account(T0 - 2, "90"), account(T0 - 1, "100"), account(T0 + 1, "104"), account(T0 + 2, "103"))
    assert (fold.curve.first.nav, fold.newest.nav, fold.curve.gain) == (100, 103, 3)


def test_the_first_day_of_all_opens_with_its_own_first_nav():
    fold = folded(account(T0 + 5, "100"), account(T0 + 6, "90", unrealised="4"))
    assert (fold.curve.first.ts_us, fold.curve.gain) == (T0 + 5, -6)
    assert (fold.curve.trough_frac, fold.curve.trough_us, fold.curve.trough_peak_us) == (0.06, T0 + 6, T0 + 5)


def test_a_fall_is_from_the_days_own_highest_and_not_from_the_highest_of_all():
    fold = folded(account(T0 - DAY, "200"), account(T0 - 1, "100"), account(T0 + 1, "110"), account(T0 + 2, "99"))
    assert fold.curve.trough_frac == pytest.approx(0.1)


def test_a_fall_through_midnight_counts_from_the_opening():
    assert folded(account(T0 - 1, "100"), account(T0 + 1, "95")).curve.trough_frac == pytest.approx(0.05)


NAVS = st.lists(st.integers(1, 1_000), min_size=1, max_size=40)


@given(before=NAVS, during=NAVS)
def test_the_deepest_fall_is_the_deepest_of_all_pairs(before, during):
    records = [account(T0 - len(before) + place, nav) for place, nav in enumerate(before)]
    fold = folded(*records, *(account(T0 + place, nav) for place, nav in enumerate(during)))
    navs = [before[-1], *during]
    deepest = max((1 - low / high for place, high in enumerate(navs) for low in navs[place:]), default=0.0)
    assert fold.curve.trough_frac == pytest.approx(max(deepest, 0.0))
    assert fold.curve.gain == during[-1] - before[-1]


@given(navs=st.lists(st.integers(100, 1_000), min_size=2, max_size=20), paid=st.integers(-50, 5_000), place=st.integers(0, 18))
def test_money_that_comes_or_goes_is_no_fall_and_no_earning(navs, paid, place):
    """A payment in the middle: the account stands higher by it from then on."""
    place = min(place, len(navs) - 2)
    records = [account(T0 + number, nav) for number, nav in enumerate(navs[: place + 1])]
    still = folded(*records, account(T0 + 50, navs[place]))
    moved = folded(*records, transfer(T0 + 49, amount=paid), account(T0 + 50, navs[place] + paid))
    assert moved.curve.trough_frac == pytest.approx(still.curve.trough_frac)
    assert (moved.curve.gain, moved.curve.flows) == (still.curve.gain, paid)


@pytest.mark.parametrize("at", [T0 - 1, T0 + 1])
def test_before_the_first_books_a_transfer_is_in_them(at):
    fold = folded(transfer(at, amount="100"), account(T0 + 2, "100"))
    assert (fold.curve.gain, fold.curve.flows) == (0, 0)


def test_a_day_that_goes_on_after_folds_is_as_if_it_had_taken_their_records():
    before = [boot(T0 - HOUR, bar_s=300.0), account(T0 - 3, "100"), heartbeat(T0 - 3), transfer(T0 - 2, amount="50")]
    books, services = Account(), Services()
    for record in before:
        books.take(record)
        services.take(record)
    day = [account(T0 + 1, "150"), account(T0 + 2, "120"), heartbeat(T0 + 6 * MINUTE)]
    fold = OneDay.after(books, services, from_us=T0)
    for record in day:
        fold.take(record)
    assert fold == folded(*before, *day)
    assert (fold.curve.gain, fold.silences) == (-30, [])


def test_a_transfer_of_the_evening_is_in_the_next_days_first_books():
    fold = folded(account(T0 - 2, "100"), transfer(T0 - 1, amount="50"), account(T0 + 1, "150"))
    assert (fold.curve.gain, fold.curve.flows, fold.curve.trough_frac) == (0, 50, 0.0)


def test_books_that_a_source_did_not_give_move_no_number():
    fold = folded(account(T0 + 1, "100"), account(T0 + 2, "1", sources={"account": "timed out"}))
    assert (fold.newest.nav, fold.curve.trough_frac, fold.newest_us) == (100, 0.0, T0 + 2)


def test_what_came_before_the_day_is_not_counted():
    before = [fill(T0 - 1), funding(T0 - 1), boot(T0 - 1), halt(T0 - 1), fault(T0 - 1), unknown(T0 - 1), gap(T0 - 1)]
    fold = folded(*before)
    assert (fold.n_fills, fold.n_boots, fold.n_faults, fold.n_unknown, fold.n_gaps, fold.halts) == (0, 0, 0, 0, 0, [])
    assert fold.newest_us is None


def test_what_the_day_had_is_counted():
    at = T0 + HOUR
    fold = folded(
        fill(at, fee="2"), fill(at, fee="1", fee_asset="BNB"), funding(at), boot(at), halt(at), resume(at), fault(at), unknown(at), gap(at)
    )
    assert (fold.n_fills, fold.fees, float(fold.funding)) == (2, 2, -0.5)
    assert (fold.n_boots, fold.n_faults, fold.n_unknown, fold.n_gaps) == (1, 1, 1, 1)
    assert [type(each).__name__ for each in fold.halts] == ["Halt", "Resume"]


def test_quotes_alone_are_no_record_of_a_day():
    assert folded(quote(T0 + 1)).newest_us is None


@given(gaps=st.lists(st.integers(1, 600), min_size=1, max_size=40))
def test_every_pause_of_more_than_two_minutes_is_a_hole_and_no_other(gaps):
    times = [T0 + SECOND]
    for each in gaps:
        times.append(times[-1] + each * SECOND)
    fold = folded(*(heartbeat(at) for at in times))
    assert fold.silences == [Silence(one, other) for one, other in pairwise(times) if other - one > 2 * MINUTE]
    assert (fold.begun_us, fold.last_beat_us, fold.n_silences) == (times[0], times[-1], len(fold.silences))


def test_a_feed_of_long_bars_is_not_silent_between_them():
    times = [T0 + SECOND + place * 5 * MINUTE for place in range(4)]
    assert len(folded(boot(), *map(heartbeat, times)).silences) == 3
    assert folded(boot(bar_s=300.0), *map(heartbeat, times)).silences == []


def test_a_night_without_a_record_belongs_to_each_day_for_its_part():
    fold = folded(heartbeat(T0 - HOUR), heartbeat(T0 + HOUR))
    assert fold.silences == [Silence(T0, T0 + HOUR)]
    assert fold.begun_us is None


def test_a_day_of_holes_is_bounded_and_still_counted():
    fold = folded(*(heartbeat(T0 + place * 3 * MINUTE) for place in range(KEPT + 12)))
    assert (len(fold.silences), fold.n_silences) == (KEPT, KEPT + 11)
