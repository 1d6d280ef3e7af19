"""NAV over time: the newest of each hour and minute, the deepest fall, and money from outside that is neither."""

from decimal import Decimal
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.account import HOUR_US, MINUTE_US
from hedge_assets.shadow.curve import FEW_HOURS, HOURS_KEPT, MINUTES_KEPT, Curve


def curve(*navs, step_us=HOUR_US):
    made = Curve()
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


def test_few_hours_are_shown_by_the_minute():
    short = curve(*range(100, 110), step_us=MINUTE_US)
    assert (len(short.points(100)), len(short.points(3))) == (10, 3)
    assert len(curve(*range(FEW_HOURS)).points(100)) == FEW_HOURS


def test_what_is_kept_is_bounded():
    assert len(curve(*range(1, HOURS_KEPT + 10)).hours) == HOURS_KEPT


def test_nothing_seen_is_nothing_known():
    assert (Curve().gain, Curve().points(5)) == (None, [])


@given(st.lists(st.integers(-300, 300), max_size=60))
def test_the_deepest_fall_is_what_a_plain_loop_finds(steps):
    navs = [1_000 + total for total in accumulate(steps, initial=0)]
    peak, deepest = navs[0], 0.0
    for nav in navs:
        peak = max(peak, nav)
        deepest = max(deepest, float(Decimal(peak - nav) / peak))
    assert curve(*navs).trough_frac == deepest


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
    assert made.hours[-1] == made.minutes[-1] == made.last


def test_points_are_the_newest_in_the_order_of_time():
    assert [point.nav for point in curve(*range(1, 30)).points(3)] == [27, 28, 29]
