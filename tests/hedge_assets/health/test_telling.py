import pytest

from executor.pulse import Pulse, write_pulse
from hedge_assets.catalog import scan
from hedge_assets.health.condition import Finding
from hedge_assets.health.incidents import Incident
from hedge_assets.health.manifest import manifest
from hedge_assets.health.scene import DiskFacts, PulseFacts
from hedge_assets.health.survey import Survey, survey
from hedge_assets.health.telling import age_text, as_plain, dated, disk_text, needs_dating, service_of, since_known
from hedge_assets.settings import Place
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import SECOND, T0

ROWS = manifest(scan(tiny))
HELD = {"running": False, "pid": None, "heartbeat_age_s": None, "loop": None, "halted": None}


def bare(tmp_path, now_us=T0) -> Survey:
    found = survey(Place(root=tmp_path), ROWS, now_us)
    return Survey(found.verdicts, (Finding("disk_full", "disk", "error", "full", "free some"),), found.scene)


def incident(cause, subject, opened_us, closed_us=None):
    return Incident(
        id="1", cause=cause, subject=subject, severity="error", opened_us=opened_us, seen_by="watch", reason="", closed_us=closed_us
    )


def pulse_of(at_us, **given):
    return PulseFacts(Pulse(service="dagster", pid=7, at_us=at_us, started_us=0, **given), mtime_us=at_us)


def test_the_earliest_since_when_that_anybody_knows_is_told(tmp_path):
    opened = [incident("missing", "size", T0 - 60 * SECOND), incident("disk_full", "disk", T0 - 30 * SECOND)]
    found = dated(bare(tmp_path), opened, {})
    since = {each.name: each.since_us for each in found.verdicts}
    assert (since["size"], since["double"], found.findings[0].since_us) == (T0 - 60 * SECOND, T0, T0 - 30 * SECOND)


def test_an_incident_that_is_over_or_of_another_cause_dates_nothing(tmp_path):
    others = [incident("invalid", "size", 1), incident("missing", "size", 2, closed_us=3)]
    assert {each.since_us for each in dated(bare(tmp_path), others, {}).verdicts} == {T0}


def test_a_later_look_remembers_since_when_while_nothing_changes(tmp_path):
    first = dated(bare(tmp_path), (), {})
    second = dated(bare(tmp_path, T0 + SECOND), (), since_known(first))
    assert {each.since_us for each in (*second.verdicts, *second.findings)} == {T0}


def test_only_what_is_ill_is_worth_a_look_into_the_incidents(tmp_path):
    found = survey(Place(root=tmp_path), ROWS, T0)
    assert needs_dating(found)
    assert not needs_dating(Survey((), (), found.scene))


@pytest.mark.parametrize(
    ("facts", "beats", "said"),
    [
        (None, None, "never seen; files are judged all the same"),
        (pulse_of(T0 - 2 * SECOND), True, "last beat 2.0 s ago (pid 7)"),
        (pulse_of(T0 - 120 * SECOND), False, "silent for 2 min; files are judged all the same"),
        (pulse_of(T0 - 2 * SECOND, ended="asked to"), False, "ended 2.0 s ago (asked to); files are judged all the same"),
        (PulseFacts(None, fault="cut off"), False, "its pulse cannot be read (cut off); files are judged all the same"),
    ],
)
def test_a_service_is_told_by_its_pulse(facts, beats, said):
    told = service_of("dagster", facts, T0)
    assert (told.beats, told.said) == (beats, said)


def test_programs_get_every_service_and_finding(tmp_path):
    write_pulse(tmp_path / "watch", Pulse(service="watch", pid=9, at_us=T0, started_us=T0, metrics_port=8800))
    plain = as_plain(bare(tmp_path), HELD, "somewhere")
    assert (plain["healthy"], plain["at_us"], plain["data"]) == (False, T0, "somewhere")
    assert {each["service"]: each["metrics_port"] for each in plain["services"]} == {"executor": None, "dagster": None, "watch": 8800}
    assert [each["condition"] for each in plain["findings"]] == ["disk_full"]
    assert plain["disk"]["free_bytes"] > 0


def test_room_on_the_disk_is_told_as_a_person_would():
    assert disk_text(DiskFacts(3 * 1024**3, 6 * 1024**3)) == "3.0 of 6.0 GiB free"
    assert disk_text(DiskFacts(0, 1024**3, is_read_only=True)) == "0.0 of 1.0 GiB free, read-only"
    assert disk_text(DiskFacts(fault="gone")) == "unknown (gone)"
    assert disk_text(None) == "unknown (not asked)"


@pytest.mark.parametrize(
    ("age_s", "text"), [(None, "-"), (1.04, "1.0 s"), (150, "2 min"), (8000, "2 h"), (200_000, "2 d"), (-61, "-61.0 s")]
)
def test_an_age_is_said_as_a_person_would(age_s, text):
    assert age_text(age_s) == text
