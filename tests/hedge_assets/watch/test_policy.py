import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hedge_assets.health.incidents import Incident
from hedge_assets.settings import Alerts
from hedge_assets.watch.policy import FOLLOW_US, HOUR_US, Policy

S = 1_000_000
DAY_US = 20_000 * 86_400 * S
NOON_US = DAY_US + 12 * HOUR_US


def incident(name="nav", *, cause="missing", severity="error", reach=0):
    told = {"cause": cause, "subject": name, "severity": severity, "reach": reach}
    return Incident(id=name, opened_us=NOON_US, seen_by="watch", reason="gone", **told)


class Desk:
    """A policy, and a day that goes by in half seconds."""

    def __init__(self, *, at_us=NOON_US, **alerts):
        self.policy = Policy(Alerts(**alerts), at_us)
        self.now_us = at_us
        self.open = {}
        self.messages = []

    def opens(self, *incidents):
        self.open |= {each.id: each for each in incidents}

    def closes(self, *names):
        for name in names:
            ended = replace(self.open.pop(name), closed_us=self.now_us, healed_by="hand")
            self.look([ended])

    def look(self, closed=()):
        telling = self.policy.hear(list(self.open.values()), closed, self.now_us)
        if telling is not None:
            self.messages.append((self.now_us, [(line.what, line.incident.id) for line in telling.lines], telling.remarks))

    def waits(self, span_s, step_s=0.5):
        for _ in range(round(span_s / step_s)):
            self.look()
            self.now_us += round(step_s * S)
        self.look()

    @property
    def told(self):
        return [lines for _, lines, _ in self.messages]


def test_what_opens_within_the_gathering_is_one_message():
    desk = Desk()
    for number in range(17):
        desk.opens(incident(str(number)))
        desk.waits(0.2, 0.1)
    desk.waits(10)
    assert len(desk.messages) == 1
    assert len(desk.told[0]) == 17


def test_an_incident_is_told_when_it_opens_and_when_it_closes_and_not_between():
    desk = Desk()
    desk.opens(incident())
    desk.waits(600)
    desk.closes("nav")
    desk.waits(600)
    assert desk.told == [[("opened", "nav")], [("over", "nav")]]


def test_what_came_and_went_before_it_was_told_is_one_line():
    desk = Desk()
    desk.opens(incident())
    desk.waits(2)
    desk.closes("nav")
    desk.waits(60)
    assert desk.told == [[("was", "nav")]]


def test_a_warning_is_not_told_where_errors_are_wanted_until_it_is_one():
    desk = Desk()
    desk.opens(incident(severity="warn"))
    desk.waits(60)
    assert desk.told == []
    desk.opens(incident())
    desk.waits(10)
    desk.opens(incident(severity="warn"))
    desk.waits(10)
    desk.closes("nav")
    desk.waits(10)
    assert desk.told == [[("opened", "nav")], [("over", "nav")]]


def test_a_warning_that_becomes_an_error_is_told_again_and_one_that_wavers_is_not():
    desk = Desk(least="warn")
    desk.opens(incident(severity="warn"))
    desk.waits(10)
    desk.opens(incident())
    desk.waits(2)
    desk.opens(incident(severity="warn"))
    desk.waits(10)
    assert desk.told == [[("opened", "nav")]]
    desk.opens(incident())
    desk.waits(10)
    assert desk.told[1:] == [[("worse", "nav")]]


def test_what_grows_stale_after_a_told_cause_waits_for_company():
    desk = Desk()
    desk.opens(incident("executor", cause="executor_dead", reach=1))
    desk.waits(10)
    for number in range(12):
        desk.opens(incident(str(number), cause="stale"))
        desk.waits(2)
    desk.waits(FOLLOW_US / S)
    assert [len(lines) for lines in desk.told] == [1, 12]


def test_a_file_that_goes_missing_beside_a_told_cause_does_not_wait_for_company():
    desk = Desk()
    desk.opens(incident("executor", cause="executor_dead", reach=1))
    desk.waits(10)
    desk.opens(incident())
    desk.waits(5)
    assert desk.told[1:] == [[("opened", "nav")]]


def test_what_stays_open_is_told_again_together_and_never_with_zero():
    desk, silent = Desk(remind_s=600.0), Desk(remind_s=0.0)
    for each in (desk, silent):
        each.opens(incident("a"))
        each.waits(60)
        each.opens(incident("b"))
        each.waits(1300, 5)
    assert desk.told[2:] == [[("still", "a"), ("still", "b")]] * 2
    assert len(silent.told) == 2


def test_more_than_the_hour_allows_is_held_back_and_summed_up():
    desk = Desk(most_per_hour=2, remind_s=0)
    for number in range(10):
        desk.opens(incident(str(number)))
        desk.waits(60, 1)
    assert [len(lines) for lines in desk.told] == [1, 1]
    desk.waits(3600, 1)
    _, lines, remarks = desk.messages[2]
    assert sorted(name for _, name in lines) == sorted(map(str, range(2, 10)))
    assert remarks == ("8 messages were held back by the hourly limit and are summed up here",)
    assert desk.policy.held_back == 8


def test_a_quarter_of_the_hour_is_kept_for_errors():
    desk = Desk(most_per_hour=4, least="warn")
    for number in range(8):
        desk.opens(incident(str(number), severity="warn"))
        desk.waits(60, 1)
    assert len(desk.told) == 3
    desk.opens(incident())
    desk.waits(10)
    assert ("opened", "nav") in desk.told[3]


def test_at_night_warnings_wait_for_the_morning_and_errors_do_not():
    desk = Desk(at_us=DAY_US + 23 * HOUR_US, least="warn", quiet_hours="22:00-07:00", remind_s=0)
    desk.opens(incident("a", severity="warn"), incident("b", severity="warn"), incident("c"))
    desk.waits(60)
    desk.closes("a")
    desk.waits(9 * 3600, 60)
    assert desk.told == [[("opened", "c")], [("opened", "b")]]
    morning_us, _, remarks = desk.messages[1]
    assert morning_us >= DAY_US + 31 * HOUR_US
    assert remarks == ("1 incidents came and went in quiet hours; the incidents journal has them",)


def test_an_ending_at_night_of_what_was_told_by_day_is_told_in_the_morning():
    desk = Desk(at_us=DAY_US + 21 * HOUR_US, quiet_hours="22:00-07:00", quiet_least="none", remind_s=0)
    desk.opens(incident())
    desk.waits(2 * 3600, 60)
    desk.closes("nav")
    desk.waits(7 * 3600, 60)
    assert desk.told == [[("opened", "nav")]]
    desk.waits(2 * 3600, 60)
    assert desk.told[1:] == [[("over", "nav")]]


def test_what_flaps_is_told_once_until_it_is_calm():
    desk = Desk()
    for number in range(30):
        desk.opens(replace(incident(), id=f"nav{number}"))
        desk.waits(10)
        desk.closes(f"nav{number}")
        desk.waits(10)
    desk.waits(700)
    assert desk.told == [
        [("opened", "nav0")], [("over", "nav0")], [("opened", "nav1")], [("over", "nav1")],
        [("opened", "flaps-nav2")], [("over", "flaps-nav2")],
    ]  # fmt: skip


def test_an_ending_right_after_a_start_is_told_for_the_watch_before_told_the_opening():
    desk = Desk()
    desk.look([replace(incident(), opened_us=NOON_US - HOUR_US, closed_us=NOON_US)])
    desk.waits(10)
    assert desk.told == [[("over", "nav")]]


@pytest.mark.parametrize("back_s", [3, 3_600, 86_400 * 365])
def test_a_clock_that_is_set_back_makes_nobody_wait(back_s):
    desk = Desk(most_per_hour=2)
    desk.opens(incident("a"))
    desk.waits(2)
    desk.now_us -= back_s * S
    desk.waits(5)
    assert desk.told == [[("opened", "a")]]


STEPS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["warn", "error", "close"]), st.floats(0.5, 900)), max_size=40
)


def played(steps, **alerts):
    """The desk after these steps and two quiet hours, and how every incident went."""
    desk, number = Desk(remind_s=0, **alerts), 0
    current, opened, closed = {}, set(), set()
    for subject, what, wait_s in steps:
        if what == "close" and subject in current:
            name = current.pop(subject)
            closed.add(name)
            desk.closes(name)
        elif what != "close":
            if subject not in current:
                number += 1
                current[subject] = f"{subject}{number}"
                opened.add(f"{subject}{number}")
            name = current[subject]
            desk.opens(replace(incident(name, severity=what), cause=f"cause{number}", subject=subject))
        desk.waits(wait_s, max(0.5, wait_s / 20))
    desk.waits(4 * 3600, 20)
    return desk, opened, closed


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_every_incident_is_told_once_and_its_end_once_if_it_was_told(steps):
    desk, opened, closed = played(steps, least="warn", most_per_hour=1000)
    told = [line for lines in desk.told for line in lines]
    assert {name for what, name in told if what in ("opened", "was")} == opened
    assert {name for what, name in told if what in ("over", "was")} == closed
    for what in ("opened", "was", "over", "worse"):
        names = [name for each, name in told if each == what]
        assert len(names) == len(set(names))


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 5))
def test_no_hour_has_more_messages_than_allowed_and_nothing_open_stays_untold(steps, most):
    desk, _, closed = played(steps, least="warn", most_per_hour=most)
    times_us = [at_us for at_us, _, _ in desk.messages]
    assert all(sum(at_us <= each < at_us + HOUR_US for each in times_us) <= most for at_us in times_us)
    told = {name for lines in desk.told for what, name in lines if what == "opened"}
    assert desk.open.keys() <= told
    assert closed <= {name for lines in desk.told for what, name in lines if what in ("over", "was")}
