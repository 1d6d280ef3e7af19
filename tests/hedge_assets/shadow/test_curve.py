"""NAV over time: the newest of each hour and minute, the deepest fall, and money from outside that is neither."""

from decimal import Decimal

from hedge_assets.folds.account import HOUR_US, MINUTE_US
from hedge_assets.shadow.curve import FEW_HOURS, HOURS_KEPT, Curve


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
    made.flows += 50
    made.add(HOUR_US, Decimal(150))
    made.flows -= 100
    made.add(2 * HOUR_US, Decimal(50))
    assert (made.gain, made.trough_frac) == (0, 0.0)


def test_few_hours_are_shown_by_the_minute():
    short = curve(*range(100, 110), step_us=MINUTE_US)
    assert (len(short.points(100)), len(short.points(3))) == (10, 3)
    assert len(curve(*range(FEW_HOURS)).points(100)) == FEW_HOURS


def test_what_is_kept_is_bounded():
    assert len(curve(*range(1, HOURS_KEPT + 10)).hours) == HOURS_KEPT


def test_nothing_seen_is_nothing_known():
    assert (Curve().gain, Curve().points(5)) == (None, [])
