from hedge_assets.health.scene import PulseFacts
from tests.hedge_assets.builders import SECOND
from tests.hedge_assets.conditions.scenes import ago, beat, found, said, well, with_pulse

STUCK = [("executor", "error")]


def test_an_executor_that_loops_is_well():
    assert said("executor_stuck", well()) == []


def test_one_that_beats_but_completes_no_loop_is_stuck():
    scene = with_pulse("executor", beat(turned_us=ago(11)))
    assert said("executor_stuck", scene) == STUCK
    assert "completed no loop for 10 s (pid 42)" in found("executor_stuck", scene)[0].reason
    assert "kill -9 42" in found("executor_stuck", scene)[0].cure  # one that hangs in its loop answers no polite signal


def test_slow_loops_are_no_fault_while_they_come_when_they_are_due():
    assert said("executor_stuck", with_pulse("executor", beat(turned_us=ago(200), turn_due_s=60))) == []
    assert said("executor_stuck", with_pulse("executor", beat(turned_us=ago(301), turn_due_s=60))) == STUCK


def test_one_that_never_completed_a_loop_is_measured_from_its_start():
    assert said("executor_stuck", with_pulse("executor", beat(turned_us=None, started_us=ago(9)))) == []
    assert said("executor_stuck", with_pulse("executor", beat(turned_us=None, started_us=ago(12)))) == STUCK


def test_a_stopped_process_that_holds_the_lock_is_stuck():
    scene = with_pulse("executor", beat(age_s=12))
    assert said("executor_stuck", scene) == STUCK
    assert "has not beaten for 12 s (pid 42)" in found("executor_stuck", scene)[0].reason


def test_who_took_the_lock_just_now_is_not_blamed_for_the_life_before():
    before = beat(age_s=3600, turned_us=ago(7200))
    assert said("executor_stuck", with_pulse("executor", before, lock_taken_us=ago(1))) == []
    assert said("executor_stuck", with_pulse("executor", before, lock_taken_us=ago(11))) == STUCK


def test_nothing_is_said_of_one_that_does_not_run():
    assert said("executor_stuck", with_pulse("executor", beat(age_s=500), executor_is_held=False)) == []
    assert said("executor_stuck", well(pulses={})) == []


def test_a_pulse_that_cannot_be_read_is_told():
    assert said("executor_stuck", with_pulse("executor", PulseFacts(None, ago(1), "directory under the name pulse.json"))) == [
        ("executor", "warn")
    ]


def test_a_judge_whose_clock_is_behind_does_not_think_it_silent():
    assert said("executor_stuck", with_pulse("executor", beat(age_s=-100, mtime_us=ago(-100), turned_us=ago(-100) - SECOND))) == []
