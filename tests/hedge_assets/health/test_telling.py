import pytest

from executor.pulse import Pulse, write_pulse
from hedge_assets.catalog import scan
from hedge_assets.health.condition import Finding
from hedge_assets.health.manifest import manifest
from hedge_assets.health.scene import DiskFacts, PulseFacts
from hedge_assets.health.survey import Survey, survey
from hedge_assets.health.telling import as_plain, disk_text, service_of
from hedge_assets.settings import Place
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import SECOND, T0

ROWS = manifest(scan(tiny))
HELD = {"running": False, "pid": None, "heartbeat_age_s": None, "loop": None, "halted": None}


def bare(tmp_path, now_us=T0) -> Survey:
    found = survey(Place(root=tmp_path), ROWS, now_us)
    return Survey(found.verdicts, (Finding("disk_full", "disk", "error", "full", "free some"),), found.scene)


def pulse_of(at_us, **given):
    return PulseFacts(Pulse(service="dagster", pid=7, at_us=at_us, started_us=0, **given), mtime_us=at_us)


@pytest.mark.parametrize(
    ("facts", "beats", "said"),
    [
        (None, None, "never seen; files are judged all the same"),
        (pulse_of(T0 - 2 * SECOND), True, "last beat 2 s ago (pid 7)"),
        (pulse_of(T0 - 120 * SECOND), False, "silent for 2 min; files are judged all the same"),
        (pulse_of(T0 - 2 * SECOND, ended="asked to"), False, "ended 2 s ago (asked to); files are judged all the same"),
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
