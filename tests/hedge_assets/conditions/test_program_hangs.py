from hedge_assets.health.scene import Program, Programs
from tests.hedge_assets.conditions.scenes import ago, beat, found, said, well, with_pulse


def mute(for_s, name="web", *, pid=7, pulse=None):
    told = Program(name=name, state="RUNNING", pid=pid, mute_s=for_s, fault="GET /healthz at port 8700")
    seen = Programs(at_us=ago(1), programs=(told,))
    return well(programs=seen) if pulse is None else with_pulse(name, pulse, programs=seen)


def test_a_program_that_answers_is_well_and_one_that_pauses_a_moment_too():
    assert [said("program_hangs", mute(for_s)) for for_s in (None, 0.0, 10.0)] == [[], [], []]


def test_one_that_does_not_answer_is_told_with_what_it_was_asked_and_whom_to_wake():
    assert said("program_hangs", mute(14.0)) == [("web", "error")]
    told = found("program_hangs", mute(14.0))[0]
    assert told.reason == "it runs (pid 7) but has not answered GET /healthz at port 8700 for 14 s, expected within 10 s"
    assert "kill -CONT 7" in told.cure
    assert "kill -9 7" in told.cure


def test_of_one_that_is_down_others_tell():
    assert said("program_hangs", mute(14.0, pid=0)) == []


def test_one_that_beats_and_does_not_answer_is_told_and_one_that_does_neither_is_told_once():
    assert said("program_hangs", mute(14.0, "executor", pulse=beat("executor"))) == [("executor", "error")]
    silent = mute(14.0, "executor", pulse=beat("executor", age_s=14))
    assert (said("program_hangs", silent), said("executor_stuck", silent)) == ([], [("executor", "error")])
