from dataclasses import replace

import pytest

from executor.pulse import Pulse
from hedge_assets.health.condition import Finding
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import Verdict
from hedge_assets.health.scene import PulseFacts, Scene
from hedge_assets.health.survey import Survey
from hedge_assets.settings import Health
from ops.dashboard.drawing import age, exact, size
from ops.dashboard.parts import parts
from ops.dashboard.storage import stored
from ops.dashboard.view import CLOSED_SHOWN, view

SECOND = 1_000_000
NOW = 1_780_000_000 * SECOND
WELL = Verdict("nav", "state/nav.json", "account", "ok", None, n=3, event_us=NOW, written_us=NOW)
GONE = Verdict("positions", "state/positions.json", "account", "missing", "no file", "rebuild it", since_us=NOW)
LATE = replace(WELL, name="universe", late=True, reason="written 200 s ago")
DEAD = Finding("executor_dead", "executor", "error", "nobody holds its lock", "start it", reach=1)
FULL = Finding("disk_full", "disk", "error", "no room", "free some", reach=2)
MILD = Finding("budget_short", "raw/ticks", "warn", "nearly full", "raise it")


def surveyed(*verdicts, findings=(), now_us=NOW, **scene):
    return Survey(verdicts, findings, Scene(now_us, Health(), verdicts, **scene))


def seen(*verdicts, findings=(), incidents=(), **scene):
    return view(surveyed(*verdicts, findings=findings, **scene), incidents, storage=(), root="/data")


def incident(number=1, **given):
    told = {"cause": "executor_dead", "subject": "executor", "severity": "error", "seen_by": "watch", "reason": "died", **given}
    return Incident(id=str(number), opened_us=NOW - (1000 - number) * SECOND, **told)


def pulsed(name, **given):
    pulse = Pulse(**{"service": name, "pid": 7, "at_us": NOW, "started_us": NOW, "turned_us": NOW, **given})
    return PulseFacts(pulse, pulse.at_us)


ALIVE = {name: pulsed(name) for name in ("executor", "dagster", "watch")}


def test_all_is_well_only_where_every_service_lives():
    assert seen(WELL, pulses=ALIVE).headline.sentence == "All well: 1 of 1 files, executor looping, dagster ticking, watch looking"
    ended = {**ALIVE, "executor": pulsed("executor", ended="stopped")}
    assert seen(WELL, pulses=ended).headline.sentence == "1 of 1 files are well; executor ended, dagster ticking, watch looking"


@pytest.mark.parametrize(
    ("verdicts", "findings", "level", "opens", "others"),
    [
        ((WELL, GONE), (DEAD, FULL), "error", "disk full (disk)", 2),
        ((GONE, WELL), (MILD,), "error", "positions is missing", 0),
        ((WELL, LATE), (MILD,), "warn", "budget short (raw/ticks)", 1),
        ((WELL, LATE), (), "warn", "universe is late", 0),
    ],
)
def test_the_worst_thing_is_the_line_and_the_rest_is_counted(*, verdicts, findings, level, opens, others):
    line = seen(*verdicts, findings=findings).headline
    assert (line.level, line.others) == (level, others)
    assert line.sentence.startswith(opens)


def test_a_service_is_what_the_conditions_say_of_it_else_what_its_pulse_says():
    services = {each.name: each for each in seen(WELL, findings=(DEAD,), pulses=ALIVE).services}
    assert (services["executor"].level, services["executor"].word) == ("error", "executor dead")
    assert (services["watch"].level, services["watch"].word) == ("ok", "looking")
    silent = {"watch": pulsed("watch", at_us=NOW - 20 * SECOND), "dagster": PulseFacts(None, fault="not JSON")}
    services = {each.name: each for each in seen(WELL, pulses=silent, executor_is_held=True).services}
    assert [services[name].word for name in ("executor", "dagster", "watch")] == ["running", "unreadable", "quiet"]


def test_closed_incidents_are_bounded_the_last_to_end_first():
    over = [replace_closed(incident(number), NOW - number * SECOND) for number in range(1, CLOSED_SHOWN + 20)]
    shown = seen(WELL, incidents=over).closed_incidents
    assert [each.id for each in shown] == [str(number) for number in range(1, CLOSED_SHOWN + 1)]


def replace_closed(told, at_us):
    return Incident(**{name: getattr(told, name) for name in told.__struct_fields__} | {"closed_us": at_us})


def test_a_part_changes_only_when_what_it_says_does():
    assert parts(seen(WELL, GONE, pulses=ALIVE)) == parts(seen(WELL, GONE, pulses=ALIVE, now_us=NOW + 2 * SECOND))


def test_words_of_others_are_escaped_in_every_part():
    evil = "<script>alert(1)</script>"
    findings = (Finding(evil, evil, "error", evil, evil),)
    told = [incident(cause=evil, subject=evil, reason=evil, cure=evil)]
    facts = {"executor": PulseFacts(None, fault=evil), "watch": pulsed("watch", ended=evil)}
    drawn = parts(seen(replace(GONE, name=evil, reason=evil, cure=evil), findings=findings, incidents=told, pulses=facts))
    assert all("<script" not in text for text in drawn.values())
    assert sum("&lt;script" in text for text in drawn.values()) == 5


@pytest.mark.parametrize("evil", ["\x1b[2J", "\x9b31m", "\u202ecod.exe", "\u2066", "\u2028", "\x7f", "\ud800"])
def test_words_of_others_neither_turn_nor_break_the_line_they_stand_in(evil):
    findings = (Finding(f"a{evil}b", f"a{evil}b", "error", f"a{evil}b", f"a{evil}b"),)
    told = [incident(cause=f"a{evil}b", subject=f"a{evil}b", reason=f"a{evil}b", cure=f"a{evil}b")]
    facts = {"executor": PulseFacts(None, fault=f"a{evil}b"), "watch": pulsed("watch", ended=f"a{evil}b")}
    drawn = "".join(parts(seen(replace(GONE, reason=f"a{evil}b"), findings=findings, incidents=told, pulses=facts)).values())
    assert all(each.isprintable() or each == "\n" for each in drawn)
    assert f"a {evil[1:]}b" in drawn


def test_an_age_that_nobody_knows_is_a_dash():
    assert (age(None), age(120)) == ("—", "2 min")


@pytest.mark.parametrize(("count", "text"), [(None, "—"), (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1 << 50, "1024.0 TiB")])
def test_bytes_read_in_the_unit_that_fits(count, text):
    assert size(count) == text


@pytest.mark.parametrize("us", [None, 1 << 62, -(1 << 62)])
def test_a_moment_beyond_the_calendar_is_a_dash(us):
    assert exact(us) == "—"


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"holdings": 3}', b'{"holdings": [{"name": 1}]}', b"\xff"])
def test_storage_that_cannot_be_read_is_left_out(tmp_path, content):
    if content is not None:
        (tmp_path / "storage.json").write_bytes(content)
    assert stored(tmp_path) == ()
