"""NAV over time: the newest of each hour and minute, the falls within them, and money from outside that is neither gain nor fall."""

from decimal import Decimal
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.curve import HOUR_US, MINUTE_US, MINUTES_KEPT, Curve

HOURS_KEPT = 50


def curve(*navs, step_us=HOUR_US):
    made = Curve(hours_kept=HOURS_KEPT)
    for number, nav in enumerate(navs):
        made.add(number * step_us, Decimal(nav))
    return made


def test_the_newest_of_each_hour_stays():
    made = curve(100, 101, 102, step_us=HOUR_US // 2)
    assert [point.nav for point in made.hours] == [101, 102]
    assert (made.first.nav, made.last.nav, made.gain) == (100, 102, 2)


def test_the_deepest_fall_is_from_the_highest_so_far():
    assert curve(100, 120, 90, 110, 80).trough_frac == float(Decimal(40) / 120)
    assert curve(100, 110, 120).trough_frac == 0.0


def test_money_from_outside_is_no_gain_and_no_fall():
    made = curve(100)
    made.flow(Decimal(50))
    made.add(HOUR_US, Decimal(150))
    made.flow(Decimal(-100))
    made.add(2 * HOUR_US, Decimal(50))
    assert (made.gain, made.trough_frac) == (0, 0.0)


def test_money_that_came_before_the_first_look_is_in_it():
    made = Curve()
    made.flow(Decimal(1_000))
    made.add(0, Decimal(101_000))
    made.add(1, Decimal(101_001))
    assert (made.gain, made.trough_frac) == (1, 0.0)


def test_a_fall_is_a_part_of_what_was_there_whatever_came_or_went_before():
    made = curve(10_000)
    made.flow(Decimal(990_000))
    made.add(1, Decimal(1_000_000))
    made.add(2, Decimal(950_000))
    assert made.trough_frac == 0.05
    made.flow(Decimal(-940_500))
    made.add(3, Decimal(9_500))
    made.add(4, Decimal(5_000))
    assert made.trough_frac == 0.5


def test_a_loss_that_a_deposit_makes_good_at_the_same_look_is_a_fall():
    made = curve(1_000)
    made.flow(Decimal(50))
    made.add(1, Decimal(1_000))
    assert made.trough_frac == 50 / 1_050


def test_what_is_kept_is_bounded():
    assert len(curve(*range(1, HOURS_KEPT + 10)).hours) == HOURS_KEPT


def test_nothing_seen_is_nothing_known():
    assert (Curve().gain, Curve().drawdown_frac, Curve().hours) == (None, None, [])


@given(st.lists(st.integers(-300, 300), max_size=60))
def test_the_deepest_fall_is_what_a_plain_loop_finds(steps):
    navs = [1_000 + total for total in accumulate(steps, initial=0)]
    peak, deepest = navs[0], 0.0
    for nav in navs:
        peak = max(peak, nav)
        deepest = max(deepest, float(Decimal(peak - nav) / peak))
    assert curve(*navs).trough_frac == deepest


FLOWS = st.just(0) | st.integers(-500, 500)
STEPS = st.tuples(st.integers(-50, 50), st.integers(-500, 500))


@given(st.lists(STEPS, max_size=40))
def test_what_comes_and_goes_is_never_earned(steps):
    made, nav = curve(100_000), Decimal(100_000)
    for number, (earned, flow) in enumerate(steps, 1):
        nav += earned + flow
        made.flow(Decimal(flow))
        made.add(number * MINUTE_US, nav)
    assert made.gain == sum(earned for earned, _ in steps)
    assert (made.trough_frac == 0.0) == all(total >= 0 for total in falls(steps))


def falls(steps):
    """How far what was earned is above the most that had been, never above 0."""
    sums = list(accumulate((earned for earned, _ in steps), initial=0))
    return [total - max(sums[: at + 1]) for at, total in enumerate(sums)]


def test_minutes_are_bounded_and_the_first_look_stays():
    made = curve(*range(1, MINUTES_KEPT + 100), step_us=MINUTE_US)
    assert (len(made.minutes), made.first.nav, made.minutes[-1].nav) == (MINUTES_KEPT, 1, MINUTES_KEPT + 99)
    assert made.hours[-1].nav == made.minutes[-1].nav == made.last.nav


def test_a_clock_that_goes_back_stays_in_the_newest_minute():
    made = curve(100, 101)
    made.add(0, Decimal(99))
    assert [(point.ts_us, point.nav) for point in made.minutes] == [(0, 100), (HOUR_US, 99)]


LOOKS = st.lists(st.tuples(st.integers(0, 3 * MINUTE_US) | st.integers(0, 2 * HOUR_US), st.integers(-50, 50), FLOWS), max_size=60)


@given(LOOKS)
def test_points_are_what_a_plain_loop_over_every_look_finds(looks):
    """NAV, falls, and NAV in the money of the first look, by one list of all looks; the deepest of all points is the deepest there was."""
    made, nav, plain, ts_us = curve(10_000), Decimal(10_000), [(0, Decimal(10_000), 1.0, 0.0, True)], 0
    peak, lowest = 1.0, 1.0
    for step_us, earned, flow in looks:
        ts_us += step_us
        worth = plain[-1][2] * float((nav + earned + flow) / (nav + flow))
        nav += earned + flow
        made.flow(Decimal(flow))
        made.add(ts_us, nav)
        is_low = worth < lowest * (1 - 1e-12)
        peak, lowest = (worth, worth) if worth >= peak * (1 - 1e-12) else (peak, min(worth, lowest))
        plain.append((ts_us, nav, worth, max(0.0, 1 - worth / peak), is_low))
    for width_us, points in ((MINUTE_US, made.minutes), (HOUR_US, made.hours)):
        kept = {look[0] // width_us: look for look in plain}
        assert [(point.ts_us, point.nav) for point in points] == [(look[0], look[1]) for look in kept.values()][-len(points) :]
        for point in points:
            inside = [look for look in plain if look[0] // width_us == point.ts_us // width_us]
            ends = {look[0] // MINUTE_US: look for look in inside}.values()
            told = [look[3] for look in inside if look in ends or look[4]]
            assert point.fall_frac == pytest.approx(inside[-1][3], abs=1e-9)
            assert point.deepest_frac == pytest.approx(max(told), abs=1e-9)
            assert float(point.nav / point.scale) / 10_000 == pytest.approx(inside[-1][2], rel=1e-9)
    if len(plain) <= HOURS_KEPT:
        assert max(point.deepest_frac for point in made.hours) == pytest.approx(made.trough_frac, abs=1e-12)


def test_an_hour_knows_a_fall_within_it_that_was_no_new_low():
    made = curve(100, 50, 60, 90, step_us=HOUR_US // 2)
    assert [(point.fall_frac, point.deepest_frac) for point in made.hours] == [(0.5, 0.5), (pytest.approx(0.1), 0.4)]


def test_an_emptied_account_begins_anew_and_earlier_points_have_no_worth_in_its_money():
    made = curve(100)
    for number, (flow, nav) in enumerate(((-100, 0), (500, 500), (500, 1_000)), 1):
        made.flow(Decimal(flow))
        made.add(number * HOUR_US, Decimal(nav))
    assert (made.begun_us, made.scale, made.gain) == (2 * HOUR_US, 2, 0)
    assert (made.trough_frac, made.drawdown_frac) == (0.0, 0.0)


@given(LOOKS, st.integers(0, 60))
def test_taking_it_up_again_leaves_the_same_curve(looks, cut):
    def told(made, looks, ts_us):
        for step_us, earned, flow in looks:
            ts_us += step_us
            made.flow(Decimal(flow))
            made.add(ts_us, made.last.nav + earned + flow)
        return made, ts_us

    at_once, _ = told(curve(10_000), looks, 0)
    half, ts_us = told(curve(10_000), looks[:cut], 0)
    again, _ = told(msgspec.msgpack.decode(msgspec.msgpack.encode(half), type=Curve), looks[cut:], ts_us)
    assert msgspec.msgpack.encode(again) == msgspec.msgpack.encode(at_once)
