from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.incidents import Incident
from hedge_assets.watch.damping import FLAP_US, FLAPS, Damper

S = 1_000_000


def incident(name, *, severity="warn", subject="nav"):
    return Incident(id=name, cause="stale", subject=subject, severity=severity, opened_us=0, seen_by="watch", reason="old", cure=None)


def flapping(damper, *, times=FLAPS, from_s=0):
    """Opened and closed so often, a second each; what stood at each opening."""
    seen = []
    for number in range(times):
        seen.append(damper.damp([incident(f"{from_s}-{number}")], (from_s + 2 * number) * S))
        damper.damp([], (from_s + 2 * number + 1) * S)
    return seen


def test_what_opens_twice_is_itself_both_times():
    first, second = flapping(Damper(), times=2)
    assert [each.id for each in (*first, *second)] == ["0-0", "0-1"]


def test_the_third_opening_within_ten_minutes_is_one_incident_that_stays():
    damper = Damper()
    *_, (third,) = flapping(damper)
    assert third.reason.startswith("flaps: opened 3 times")
    assert damper.damp([], 20 * S) == (third,)
    assert damper.damp([incident("again")], 30 * S) == (third,)


def test_it_is_over_once_ten_minutes_were_calm():
    damper = Damper()
    flapping(damper)
    assert damper.damp([], 5 * S + FLAP_US - 1)
    assert damper.damp([], 5 * S + FLAP_US) == ()


def test_it_stays_while_the_fault_itself_stays():
    damper = Damper()
    *_, (stands,) = flapping(damper)
    damper.damp([incident("long")], 10 * S)
    assert damper.damp([incident("long")], 10 * S + 3 * FLAP_US) == (stands,)


def test_it_is_as_severe_as_the_worst_it_has_been():
    damper = Damper()
    flapping(damper)
    (worse,) = damper.damp([incident("x", severity="error")], 9 * S)
    (after,) = damper.damp([incident("y")], 10 * S)
    assert (worse.severity, after.severity) == ("error", "error")


def test_slow_comings_and_goings_are_no_flapping():
    damper = Damper()
    for number in range(10):
        at_us = number * FLAP_US // 2
        assert [each.id for each in damper.damp([incident(str(number))], at_us)] == [str(number)]
        damper.damp([], at_us + S)


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=60))
def test_nothing_that_is_open_goes_unsaid_and_nothing_is_said_twice(looks):
    damper, generation = Damper(), dict.fromkeys("abc", 0)
    before: set[str] = set()
    for number, subjects in enumerate(looks):
        for subject in subjects - before:
            generation[subject] += 1
        before = subjects
        shown = damper.damp([incident(f"{each}{generation[each]}", subject=each) for each in subjects], number * 7 * S)
        assert subjects <= {each.subject for each in shown}
        assert len({each.subject for each in shown}) == len(shown)
