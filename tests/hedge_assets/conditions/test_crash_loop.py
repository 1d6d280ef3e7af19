from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.scene import Program, Programs
from tests.hedge_assets.builders import SECOND
from tests.hedge_assets.conditions.scenes import NOW, ago, beat, found, said, well, with_pulse


def programs(*told, age_s=1.0):
    return well(programs=Programs(at_us=ago(age_s), programs=told))


def test_three_crashes_in_ten_minutes_are_a_loop():
    scene = with_pulse("executor", beat(crashes_us=(ago(500), ago(200), ago(5))))
    assert said("crash_loop", scene) == [("executor", "error")]
    assert "went down 3 times within 600 s, last 5 s ago" in found("crash_loop", scene)[0].reason
    assert "run/executor.log" in found("crash_loop", scene)[0].cure


def test_two_crashes_or_three_of_which_one_is_long_ago_are_none():
    assert said("crash_loop", with_pulse("executor", beat(crashes_us=(ago(200), ago(5))))) == []
    assert said("crash_loop", with_pulse("executor", beat(crashes_us=(ago(700), ago(200), ago(5))))) == []


def test_the_supervisors_count_says_it_for_a_program_without_a_pulse():
    assert said("crash_loop", programs(Program(name="web", state="RUNNING", falls_us=(ago(9), ago(6), ago(3))))) == [("web", "error")]


def test_a_program_that_was_given_up_is_told_at_once():
    assert said("crash_loop", programs(Program(name="web", state="FATAL", exit_code=1))) == [("web", "error")]
    assert said("crash_loop", programs(Program(name="web", state="BACKOFF"))) == [("web", "error")]


def test_a_supervisor_that_is_gone_is_no_longer_believed():
    assert said("crash_loop", programs(Program(name="web", state="FATAL"), age_s=16)) == []


def test_one_fall_seen_by_two_is_one():
    scene = with_pulse(
        "executor",
        beat(crashes_us=(ago(50), ago(5))),
        programs=Programs(at_us=NOW, programs=(Program(name="executor", state="RUNNING", falls_us=(ago(50.5), ago(5.5))),)),
    )
    assert said("crash_loop", scene) == []


def test_a_loop_becomes_a_warning_when_it_stands_and_is_over_when_it_stood_longer_than_between_falls():
    def since(up_s):
        return said("crash_loop", with_pulse("executor", beat(crashes_us=(ago(up_s + 60), ago(up_s + 30), ago(up_s)))))

    assert (since(19), since(21), since(59), since(61)) == ([("executor", "error")], [("executor", "warn")], [("executor", "warn")], [])


@given(st.lists(st.integers(-100, 700), max_size=8))
def test_fewer_than_three_recent_falls_are_never_a_loop(ages_s):
    recent = {age_s for age_s in ages_s if 0 <= age_s <= 600}
    signs = said("crash_loop", with_pulse("executor", beat(crashes_us=tuple(NOW - age_s * SECOND for age_s in ages_s))))
    assert not signs or len(recent) >= 3
