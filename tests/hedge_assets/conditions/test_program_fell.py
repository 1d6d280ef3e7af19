import pytest

from hedge_assets.document import moment
from hedge_assets.health.scene import Program, Programs
from tests.hedge_assets.conditions.scenes import ago, found, said, well


def fallen(fell_s, *, age_s=1.0, state="RUNNING", pid=7, exit_code=0):
    told = Program(name="web", state=state, pid=pid, exit_code=exit_code, falls_us=(ago(500), ago(fell_s)))
    return well(programs=Programs(at_us=ago(age_s), programs=(told,)))


def test_a_fall_is_told_for_some_seconds_though_the_program_is_back():
    assert said("program_fell", fallen(3)) == [("web", "warn")]
    at = f"{moment(ago(3)):%H:%M:%S}"
    assert found("program_fell", fallen(3))[0].reason == f"it went down at {at} UTC unasked and was started again (pid 7)"
    assert said("program_fell", fallen(11)) == []


def test_a_note_that_nobody_writes_any_more_says_nothing():
    assert said("program_fell", fallen(3, age_s=60)) == []


def test_a_program_that_never_fell_is_well():
    assert said("program_fell", well(programs=Programs(at_us=ago(1), programs=(Program(name="web", state="RUNNING"),)))) == []


@pytest.mark.parametrize(("exit_code", "how"), [(0, "is exited"), (3, "is exited (exit code 3)"), (-1, "is exited, ended by a signal")])
def test_one_that_is_still_down_is_told_with_how_it_ended(exit_code, how):
    assert found("program_fell", fallen(3, state="EXITED", pid=0, exit_code=exit_code))[0].reason.endswith(f"unasked and {how}")


def test_one_that_falls_again_and_again_is_told_of_as_that_only():
    told = Program(name="web", state="RUNNING", pid=7, falls_us=(ago(30), ago(20), ago(3)))
    scene = well(programs=Programs(at_us=ago(1), programs=(told,)))
    assert (said("crash_loop", scene), said("program_fell", scene)) == ([("web", "error")], [])
