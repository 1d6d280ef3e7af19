"""A closed bar may be acted on for a few seconds, and never again."""

import pytest

from executor.signals import closed_now
from tests.executor.strategies.builders import MINUTE_US, START_US, make_view


@pytest.mark.parametrize("late_s", [0.0, 0.25, 4.999])
def test_within_the_window_it_is_the_bar_that_just_closed(late_s):
    assert closed_now(make_view([1.0, 1.0], late_s=late_s), 5.0) == START_US + MINUTE_US


@pytest.mark.parametrize("late_s", [5.0, 20.0, 40.0, 59.999])
def test_after_the_window_there_is_none(late_s):
    assert closed_now(make_view([1.0, 1.0], late_s=late_s), 5.0) is None
