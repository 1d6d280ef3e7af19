import pytest

from executor.errors import SettingsError
from hedge_assets.quiet_hours import Quiet

MIN_US = 60_000_000


def at(hour, minute=0, *, day=20_000):
    return ((day * 24 + hour) * 60 + minute) * MIN_US


def test_quiet_hours_reach_over_midnight():
    quiet = Quiet.of("22:00-07:00")
    assert [quiet.holds(at(*moment)) for moment in ((21, 59), (22, 0), (23, 59), (0, 0), (6, 59), (7, 0), (12, 0))] == [
        False, True, True, True, True, False, False,
    ]  # fmt: skip


def test_quiet_hours_within_a_day_end_the_same_day():
    quiet = Quiet.of("12:30-13:00")
    assert [quiet.holds(at(*moment)) for moment in ((12, 29), (12, 30), (12, 59), (13, 0))] == [False, True, True, False]


def test_without_quiet_hours_it_is_never_quiet():
    assert not any(Quiet.of("").holds(at(hour)) for hour in range(24))


@pytest.mark.parametrize("text", ["22-7", "24:00-07:00", "22:60-07:00", "22:00 - 07:00", "22:00-22:00", "night", "22:00-07:00 "])
def test_what_are_no_hours_is_refused(text):
    with pytest.raises(SettingsError, match="quiet_hours"):
        Quiet.of(text)
