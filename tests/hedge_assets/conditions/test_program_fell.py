from hedge_assets.health.scene import Program, Programs
from tests.hedge_assets.conditions.scenes import ago, found, said, well


def fallen(fell_s, *, age_s=1.0):
    told = Program(name="web", state="RUNNING", exit_code=-9, falls_us=(ago(500), ago(fell_s)))
    return well(programs=Programs(at_us=ago(age_s), programs=(told,)))


def test_a_fall_is_told_for_some_seconds_though_the_program_is_back():
    assert said("program_fell", fallen(3)) == [("web", "warn")]
    assert "went down 3 s ago and is running (last exit code -9)" in found("program_fell", fallen(3))[0].reason
    assert said("program_fell", fallen(11)) == []


def test_a_note_that_nobody_writes_any_more_says_nothing():
    assert said("program_fell", fallen(3, age_s=60)) == []


def test_a_program_that_never_fell_is_well():
    assert said("program_fell", well(programs=Programs(at_us=ago(1), programs=(Program(name="web", state="RUNNING"),)))) == []
