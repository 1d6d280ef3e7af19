"""What was known of incidents at a moment does not change by what comes after it."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.incidents import Entry
from hedge_assets.health.past_incidents import known_then
from tests.hedge_assets.builders import DAY, HOUR, SECOND, T0
from tests.hedge_assets.health.wrong import incident, over


def opened(each):
    first = msgspec.structs.replace(
        each, closed_us=None, healed_by=None, escalated_us=None, severity="warn" if each.escalated_us else each.severity
    )
    return Entry(event="opened", at_us=each.opened_us, incident=first)


def lines(*told):
    """Every incident's lines: opened, escalated where it was, closed where it was; by their time."""
    found = []
    for each in told:
        found.append(opened(each))
        if each.escalated_us is not None:
            worse = msgspec.structs.replace(found[-1].incident, severity="error", escalated_us=each.escalated_us)
            found.append(Entry(event="changed", at_us=each.escalated_us, incident=worse))
        if each.closed_us is not None:
            found.append(Entry(event="closed", at_us=each.closed_us, incident=each))
    return sorted(found, key=lambda entry: entry.at_us)


def test_a_day_has_what_was_open_in_it():
    yesterdays, through, todays, tomorrows = over(T0 - DAY, 60), over(T0 - HOUR, 2 * 3600), over(T0 + HOUR, 60), incident(T0 + DAY)
    found = known_then(lines(yesterdays, through, todays, tomorrows), since_us=T0, until_us=T0 + DAY - 1)
    assert found == (through, todays)


def test_what_ended_after_the_moment_was_open_then():
    (found,) = known_then(lines(over(T0, 2 * 3600)), since_us=T0, until_us=T0 + HOUR)
    assert (found.is_open, found.healed_by) == (True, None)


def test_a_line_that_is_gone_is_told_by_a_later_one_as_far_as_that_speaks_of_then():
    """The journal was turned over: what is open was told again with its newest line alone."""
    worse = incident(T0, escalated_us=T0 + DAY, severity="error")
    (found,) = known_then(lines(worse)[1:], since_us=T0, until_us=T0 + HOUR)
    assert (found.severity, found.escalated_us, found.opened_us) == ("warn", None, T0)


TIMES = st.integers(0, 48)
INCIDENT = st.builds(
    lambda began, lasted, is_over: over(T0 + began * HOUR, lasted * 3600) if is_over else incident(T0 + began * HOUR),
    TIMES,
    TIMES,
    st.booleans(),
)


@given(told=st.lists(INCIDENT, max_size=12, unique_by=lambda each: each.id), since=TIMES, lasted=TIMES)
def test_what_is_written_down_later_changes_nothing(told, since, lasted):
    since_us, until_us = T0 + since * HOUR, T0 + (since + lasted) * HOUR
    every = lines(*told)
    then = [entry for entry in every if entry.at_us <= until_us]
    found = known_then(every, since_us=since_us, until_us=until_us)
    assert found == known_then(then, since_us=since_us, until_us=until_us)
    assert all(each.opened_us <= until_us and (each.closed_us is None or since_us <= each.closed_us <= until_us) for each in found)
    assert [each.opened_us for each in found] == sorted(each.opened_us for each in found)


def test_nothing_is_known_before_it_happened():
    assert known_then(lines(incident(T0 + SECOND)), since_us=T0 - DAY, until_us=T0) == ()
