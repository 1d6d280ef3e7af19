"""Moments and numbers in words."""

import pytest

from hedge_assets.reporting.moments import clock, counted, lasting, when
from tests.hedge_assets.builders import DAY, HOUR, MINUTE, SECOND, T0


def test_a_moment_is_told_to_the_second_and_never_rounded_up():
    assert when(T0 + DAY - 1) == "2026-01-05 23:59:59 UTC"


@pytest.mark.parametrize(
    ("us", "said"), [(T0, "00:00"), (T0 + 9 * HOUR + 59 * SECOND, "09:00"), (T0 + DAY - 1, "24:00"), (T0 - 1, "24:00")]
)
def test_the_last_microsecond_of_a_day_is_its_end(us, said):
    assert clock(us) == said


def test_a_stretch_is_told_as_ages_are():
    assert (lasting(90 * SECOND), lasting(3 * MINUTE)) == ("90 s", "3 min")


@pytest.mark.parametrize(("n", "said"), [(0, "no trades"), (1, "one trade"), (2, "2 trades"), (1_234, "1,234 trades")])
def test_how_many_in_words(n, said):
    assert counted(n, "trade", "trades") == said
