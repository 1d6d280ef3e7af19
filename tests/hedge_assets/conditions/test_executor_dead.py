from hedge_assets.health.scene import Program, Programs, PulseFacts
from tests.hedge_assets.conditions.scenes import ago, beat, found, said, well, with_pulse


def test_a_free_lock_after_a_last_word_that_was_no_end_is_a_death():
    scene = with_pulse("executor", beat(age_s=3), executor_is_held=False)
    assert said("executor_dead", scene) == [("executor", "error")]
    assert "pid 42 did not say that it ended, its last beat was 3 s ago" in found("executor_dead", scene)[0].reason


def test_an_end_that_was_meant_is_no_fault_however_long_ago():
    assert said("executor_dead", with_pulse("executor", beat(age_s=1e7, ended="the feed ended"), executor_is_held=False)) == []


def test_a_held_lock_or_no_pulse_ever_is_no_death():
    assert said("executor_dead", with_pulse("executor", beat(age_s=3))) == []
    assert said("executor_dead", well(pulses={}, executor_is_held=False)) == []


def test_where_nothing_can_be_read_a_death_is_not_over():
    unread = PulseFacts(None, fault="unreadable under the name pulse.json")
    assert said("executor_dead", with_pulse("executor", unread, executor_is_held=False)) == [("executor", "warn")]
    assert said("executor_dead", with_pulse("executor", unread)) == []


def test_under_a_supervisor_it_has_a_moment_to_be_started_again_unless_that_gave_up():
    def dead(age_s, state):
        programs = Programs(at_us=ago(1), programs=(Program(name="executor", state=state, pid=42),))
        return said("executor_dead", with_pulse("executor", beat(age_s=age_s), executor_is_held=False, programs=programs))

    assert (dead(2, "RUNNING"), dead(2, "STARTING")) == ([], [])
    assert dead(4, "RUNNING") == dead(2, "FATAL") == dead(2, "EXITED") == dead(2, "BACKOFF") == [("executor", "error")]
