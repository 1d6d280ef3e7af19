import pytest

from hedge_assets.health.scene import Program, Programs, PulseFacts
from tests.hedge_assets.conditions.scenes import ago, beat, found, said, well, with_pulse

SILENT = [("watch", "error")]


def test_one_that_was_heard_lately_is_well():
    assert said("watch_silent", with_pulse("watch", beat("watch", age_s=9))) == []


def test_one_that_is_silent_too_long_is_told_with_how_long():
    scene = with_pulse("watch", beat("watch", age_s=11))
    assert said("watch_silent", scene) == SILENT
    assert "last heard 11 s ago (pid 42), expected within 10 s" in found("watch_silent", scene)[0].reason


def test_one_that_was_never_there_or_ended_as_told_is_not_missed():
    assert said("watch_silent", well(pulses={})) == []
    assert said("watch_silent", with_pulse("watch", beat("watch", age_s=1e6, ended="asked to end"))) == []


def test_a_pulse_that_cannot_be_read_is_as_good_as_silence():
    assert said("watch_silent", with_pulse("watch", PulseFacts(None, fault="link under the name pulse.json"))) == SILENT


@pytest.mark.parametrize(("age_s", "severity"), [(-0.1, "warn"), (2.9, "warn"), (3.1, "error"), (-60, "error")])
def test_a_pulse_that_cannot_be_read_is_an_error_once_its_service_did_not_write_over_it(age_s, severity):
    facts = PulseFacts(None, ago(age_s), fault="JSON is malformed")
    assert said("watch_silent", with_pulse("watch", facts)) == [("watch", severity)]


def test_one_that_is_there_and_hangs_is_to_be_ended_and_one_that_is_gone_to_be_started():
    def cure(pid):
        programs = Programs(at_us=ago(1), programs=(Program(name="watch", state="RUNNING", pid=pid, since_us=ago(60)),))
        return found("watch_silent", with_pulse("watch", beat("watch", age_s=11), programs=programs))[0].cure

    assert "kill -CONT 7; if that does not help within 10 s, kill -9 7: it is started again" in cure(7)
    assert cure(0).startswith("start it: hedge up; its last words are in run/watch.log")


def test_one_that_beats_but_finishes_no_look_is_as_good_as_silent():
    assert said("watch_silent", with_pulse("watch", beat("watch", turned_us=ago(10)))) == []
    scene = with_pulse("watch", beat("watch", turned_us=ago(20)))
    assert said("watch_silent", scene) == SILENT
    assert "it beats but finished no look for 20 s (pid 42)" in found("watch_silent", scene)[0].reason
    never = with_pulse("watch", beat("watch", turned_us=None, started_us=ago(20)))
    assert said("watch_silent", never) == SILENT
