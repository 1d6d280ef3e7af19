"""What ended an incident is told from its traces."""

from dataclasses import replace

import pytest

from executor.pulse import Pulse
from hedge_assets.health.healed import healed_by
from hedge_assets.health.scene import Healing, Healings, Program, Programs, PulseFacts
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.health.wrong import incident, survey, verdict

LATER = T0 + SECOND


def pulse(started_us: int) -> dict[str, PulseFacts]:
    return {"executor": PulseFacts(Pulse(service="executor", pid=77, at_us=LATER, started_us=started_us))}


def after(incident_of=None, *, written_us=None, **scene):
    known = incident_of or incident()
    seen = survey(LATER, **scene).scene
    verdicts = (verdict("nav", written_us=written_us), *seen.verdicts) if written_us is not None else seen.verdicts
    return healed_by(known, replace(seen, verdicts=verdicts))


@pytest.mark.parametrize("subject", ["executor", "raw/ticks"])
def test_the_executor_that_was_started_again_is_named_with_its_process(subject):
    known = incident(subject=subject, cause="stale")
    assert after(known, pulses=pulse(LATER)) == "executor started again (pid 77)"
    assert after(known, pulses=pulse(T0 - SECOND)) == "by itself"


def test_a_program_that_the_supervisor_started_again_is_named():
    programs = Programs(at_us=LATER, programs=(Program(name="web", state="RUNNING", pid=5, since_us=LATER),))
    assert after(incident(subject="web", cause="crash_loop"), programs=programs) == "web started again (pid 5)"


def test_a_fall_that_was_seen_after_the_new_start_was_healed_by_it():
    programs = Programs(at_us=LATER, programs=(Program(name="web", state="RUNNING", pid=5, since_us=T0 - SECOND),))
    assert after(incident(subject="web", cause="program_fell"), programs=programs) == "web started again (pid 5)"
    assert after(incident(subject="web", cause="crash_loop"), programs=programs) == "by itself"


@pytest.mark.parametrize(("since_us", "said"), [(LATER, "the desk was started again"), (T0 - SECOND, "by itself")])
def test_what_ended_with_a_new_start_of_everything_is_told_so(since_us, said):
    started = (("web", 5, since_us), ("executor", 6, LATER), ("first", 0, 0))
    rows = tuple(Program(name=name, state="RUNNING", pid=pid, since_us=us) for name, pid, us in started)
    known = incident(subject="version", cause="flags_disagree")
    assert after(known, programs=Programs(at_us=LATER, programs=rows)) == said


def test_a_rebuild_that_was_asked_for_is_told_with_its_try_and_what_was_kept():
    asked = Healing(name="nav", tries=2, asked_us=LATER, kept="tables/damaged/nav.json")
    said = after(written_us=LATER, healings=Healings(at_us=LATER, states=(asked,)))
    assert said == "rebuilt by Dagster (run asked by missing_states, try 2; the damaged file is kept at tables/damaged/nav.json)"


def test_an_older_rebuild_is_not_taken_for_this_one():
    asked = Healing(name="nav", tries=1, asked_us=T0 - SECOND)
    assert after(written_us=LATER, healings=Healings(at_us=LATER, states=(asked,))) == "rebuilt on schedule"


def test_a_file_written_before_it_opened_was_put_back():
    assert after(written_us=T0 - SECOND) == "the earlier file was put back"


def test_a_disk_has_room_again():
    assert after(incident(subject="disk", cause="disk_full")) == "there is room and right to write again"
