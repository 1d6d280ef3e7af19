from hedge_assets.health.scene import Program, Programs, PulseFacts
from tests.hedge_assets.conditions.scenes import ago, beat, found, said, well, with_pulse

SILENT = [("dagster", "error")]


def test_one_that_was_heard_lately_is_well():
    assert said("daemon_silent", with_pulse("dagster", beat("dagster", age_s=29, every_s=5.0))) == []


def test_one_that_is_silent_too_long_is_told_with_how_long():
    scene = with_pulse("dagster", beat("dagster", age_s=31, every_s=5.0))
    assert said("daemon_silent", scene) == SILENT
    assert "last heard 31 s ago (pid 42), expected within 30 s" in found("daemon_silent", scene)[0].reason


def test_one_that_was_never_there_or_ended_as_told_is_not_missed():
    assert said("daemon_silent", well(pulses={})) == []
    assert said("daemon_silent", with_pulse("dagster", beat("dagster", age_s=1e6, ended="asked to end"))) == []


def test_a_pulse_that_cannot_be_read_is_as_good_as_silence():
    assert said("daemon_silent", with_pulse("dagster", PulseFacts(None, fault="link under the name pulse.json"))) == SILENT


def test_the_processes_that_may_hang_are_named_since_the_pulse_is_of_only_one_of_them():
    programs = tuple(
        Program(name=name, state="RUNNING", pid=pid, since_us=ago(60)) for name, pid in (("code", 42), ("daemon", 43), ("web", 44))
    )
    scene = with_pulse("dagster", beat("dagster", age_s=31, every_s=5.0), programs=Programs(at_us=ago(1), programs=programs))
    assert found("daemon_silent", scene)[0].cure.startswith("daemon (pid 43) or code (pid 42) hangs: kill -CONT 43 42; if")


def test_a_sensor_that_trips_at_every_tick_is_told_though_the_daemon_beats():
    ticking = {"every_s": 5.0, "turn_due_s": 5.0}
    assert said("daemon_silent", with_pulse("dagster", beat("dagster", turned_us=ago(29), **ticking))) == []
    assert said("daemon_silent", with_pulse("dagster", beat("dagster", turned_us=ago(32), **ticking))) == SILENT


def test_one_that_is_being_started_has_as_long_from_its_start_as_one_that_runs_has_from_its_beat():
    def after(code_s, daemon_s):
        ages_s = {"web": 400, "code": code_s, "daemon": daemon_s}
        rows = tuple(Program(name=name, state="RUNNING", since_us=age_s and ago(age_s)) for name, age_s in ages_s.items())
        return said(
            "daemon_silent", with_pulse("dagster", beat("dagster", age_s=99, every_s=5.0), programs=Programs(at_us=ago(1), programs=rows))
        )

    assert (after(40, 29), after(40, 31)) == ([], SILENT)
    assert after(9, 0) == [], "the daemon is yet to be started, the code server just was"
    assert after(501, 0) == SILENT, "nothing was started for long"
