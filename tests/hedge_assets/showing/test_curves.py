"""Curves keep what they are given, show every silence as a gap."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.showing.curves import Curves, at_time, curve, with_gaps

START = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = st.lists(st.one_of(st.none(), st.floats(0.01, 1e9)), min_size=0, max_size=60)


def drawn(values, step_s=60):
    return curve("live", "live", [(START + timedelta(seconds=step_s * i), value) for i, value in enumerate(values)])


@given(VALUES)
def test_without_a_silence_a_curve_is_what_it_was_given(values):
    assert list(drawn(values).values) == values


def test_a_silence_of_more_than_four_steps_is_a_gap():
    times, values = with_gaps([(0, 1.0), (60, 2.0), (120, 3.0), (3_720, 4.0), (3_780, 5.0)])
    assert times == (0, 60, 120, 1_920, 3_720, 3_780)
    assert values == (1.0, 2.0, 3.0, None, 4.0, 5.0)


def test_minutes_after_hours_and_a_pause_between_them_are_told_apart():
    hours = [(3_600 * i, 1.0) for i in range(5)]
    minutes = [(4 * 3_600 + 60 * i, 1.0) for i in range(1, 5)]
    assert None not in with_gaps([*hours, *minutes])[1]
    assert with_gaps([*hours, *minutes, (20 * 3_600, 1.0)])[1].count(None) == 1


@given(VALUES, st.integers(-100, 4_000))
def test_the_value_at_a_time_is_the_newest_known_before_it(values, offset_s):
    risen, time_s = drawn(values), START.timestamp() + offset_s
    known = [value for time, value in zip(risen.times_s, risen.values, strict=True) if time <= time_s and value is not None]
    assert at_time(risen, time_s) == (known[-1] if known else None)


def test_one_point_alone_is_no_curve():
    assert Curves((drawn([1.0]),), "usd").is_empty
    assert not Curves((drawn([1.0, 2.0]),), "usd").is_empty
