import json
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from executor.clock import FixedClock
from executor.errors import SettingsError
from executor.pulse import Pulse, write_pulse
from executor.settings import Settings
from hedge_assets.catalog import scan
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.incident_log import LOG, OLDER
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.health.manifest import manifest
from hedge_assets.health.scene import Mirrored, Mirroring
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.watch import metrics
from hedge_assets.watch.families import Shown, families
from hedge_assets.watch.metrics import KEPT_S, Exposition, serve
from tests.ports import free_port
from tests.runs import NOW_US, ran, refreshed
from tests.tools import tool

ROWS = manifest(scan())
LOUD = (
    Condition(name="falls", judge=lambda _: [Sign("executor", "warn", "it fell", "see its log")]),
    Condition(name="quiet", judge=lambda _: []),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A data root with all its states."""
    folder = tmp_path_factory.mktemp("metrics")
    ran(folder, Settings(), loops=60)
    refreshed(folder)
    return folder


@pytest.fixture
def port() -> int:
    return free_port()


def exposition(root: Path, *, at_us: int = NOW_US, known=LOUD) -> Exposition:
    return Exposition(Place(root=root), ROWS, known, clock=FixedClock(at_us))


def samples(told) -> dict[tuple[str, ...], float]:
    """Every sample by its name and label values, in the order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value for family in told for sample in family.samples
    }


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        return str(answer.read().decode())


def test_every_file_has_one_state_and_the_words_of_the_judge(root):
    told = samples(exposition(root)())
    assert told["hedge_files_expected",] == len(ROWS)
    for row in ROWS:
        states = [value for key, value in told.items() if key[:2] == ("hedge_file_state", row.name)]
        assert sorted(states) == [0, 0, 0, 0, 1]
    assert told["hedge_file_state", "nav", "ok"] == 1
    assert told["hedge_file_deadline_seconds", "written", "nav"] > 0
    assert told["hedge_file_written_timestamp_seconds", "nav"] == NOW_US / 1e6


def test_a_deleted_file_is_missing_at_the_next_scrape_and_well_again_after_its_return(root, tmp_path):
    place = shutil.copytree(root, tmp_path / "copy")
    shown = exposition(place)
    (place / "state/nav.json").rename(place / "kept")
    gone = samples(shown())
    (place / "kept").rename(place / "state/nav.json")
    time.sleep(KEPT_S)
    back = samples(shown())
    assert [told["hedge_file_state", "nav", "missing"] for told in (gone, back)] == [1, 0]
    assert [told["hedge_file_healthy", "nav", "account"] for told in (gone, back)] == [0, 1]
    assert ("hedge_file_size_bytes", "nav") not in gone
    assert back["hedge_file_size_bytes", "nav"] == (place / "state/nav.json").stat().st_size


def test_every_condition_is_told_quiet_or_not(root):
    told = samples(exposition(root)())
    assert {key[1:]: value for key, value in told.items() if key[0] == "hedge_condition_active"} == {
        ("falls", "warn"): 1,
        ("falls", "error"): 0,
        ("quiet", "warn"): 0,
        ("quiet", "error"): 0,
    }
    assert {key[1:] for key in told if key[0] == "hedge_condition_subject_active"} == {("falls", "warn", "executor")}


def test_the_project_s_own_conditions_are_all_told(root):
    told = samples(exposition(root, known=conditions())())
    assert {key[1] for key in told if key[0] == "hedge_condition_active"} == {each.name for each in conditions()}


def test_subjects_without_end_make_no_series_without_end(root):
    many = Condition(name="many", judge=lambda _: [Sign(f"thing {number}", "error", "ill", "cure") for number in range(5_000)])
    told = samples(exposition(root, known=(many,))())
    assert sum(key[0] == "hedge_condition_subject_active" for key in told) == 100


def test_incidents_are_counted_on_while_their_journal_is_turned_over(root, tmp_path):
    place = shutil.copytree(root, tmp_path / "copy")
    shown = exposition(place)
    watch = place / "watch"
    watch.mkdir(exist_ok=True)

    def told_after(name: str, *incidents: Incident) -> tuple[float, float]:
        lines = (encoded(each).decode() for each in incidents)
        (watch / name).write_text("".join(f"{line}\n" for line in lines))
        time.sleep(KEPT_S)
        told = samples(shown())
        return told["hedge_incidents_total",], told["hedge_incidents_open", "error"]

    assert samples(shown())["hedge_incidents_total",] == 0
    assert told_after(LOG, incident("a"), incident("b", closed_us=NOW_US)) == (2, 1)
    assert told_after(LOG, incident("a"), incident("c")) == (3, 2)
    assert told_after(OLDER, incident("d", closed_us=NOW_US)) == (4, 2)


def incident(name: str, closed_us: int | None = None) -> Incident:
    return Incident(
        id=name, cause="missing", subject="nav", severity="error", opened_us=NOW_US, seen_by="watch", reason="no file", closed_us=closed_us
    )


def encoded(one: Incident) -> bytes:
    return msgspec.json.encode(Entry(event="opened", at_us=NOW_US, incident=one))


def test_what_services_say_is_told_as_moments_and_what_none_said_is_absent(root, tmp_path):
    place = shutil.copytree(root, tmp_path / "copy")
    for said in ("pulse.json", "../watch/pulse.json", "../tables/pulse.json"):
        (place / "raw" / said).unlink(missing_ok=True)
    silent = {key[0] for key in samples(exposition(place)())}
    note: dict[str, float | int | str | None] = {"alerts_sent": 3, "alerts_failed": "many"}
    write_pulse(place / "watch", Pulse(service="watch", pid=1, at_us=NOW_US, started_us=NOW_US - 2_000_000, turns=4, note=note))
    cost: dict[str, float | int | str | None] = {"last_refresh_cpu_s": 0.5, "last_refresh_wall_s": 1.5}
    write_pulse(place / "tables", Pulse(service="dagster", pid=1, at_us=NOW_US, started_us=NOW_US, turned_us=NOW_US, note=cost))
    told = samples(exposition(place)())
    assert not silent & {"hedge_alerts_sent_total", "hedge_run_cpu_seconds", "hedge_service_beat_timestamp_seconds"}
    assert told["hedge_alerts_sent_total",] == 3
    assert ("hedge_alerts_failed_total",) not in told
    assert (told["hedge_run_cpu_seconds",], told["hedge_run_wall_seconds",]) == (0.5, 1.5)
    assert told["hedge_service_beat_timestamp_seconds", "watch"] == NOW_US / 1e6
    assert ("hedge_service_turn_timestamp_seconds", "watch") not in told
    assert told["hedge_service_turns_total", "watch"] == 4


def test_an_answer_is_kept_for_a_moment_only(root, monkeypatch):
    clock, now_s = FixedClock(NOW_US), [0.0]
    monkeypatch.setattr(metrics, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    shown = Exposition(Place(root=root), ROWS, LOUD, clock=clock)
    told = [samples(shown())["hedge_last_look_timestamp_seconds",]]
    clock.move_to(NOW_US + 1_000_000)
    now_s[0] = KEPT_S - 0.01
    told.append(samples(shown())["hedge_last_look_timestamp_seconds",])
    now_s[0] = KEPT_S
    told.append(samples(shown())["hedge_last_look_timestamp_seconds",])
    assert [at_s - NOW_US / 1e6 for at_s in told] == [0, 0, 1]


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff" * 100, b"[" * 200_000])
def test_whatever_lies_in_a_data_root_there_is_an_answer(tmp_path, content):
    if content is not None:
        for name in ("state/nav.json", "state/health.json", "watch/pulse.json", "watch/incidents.jsonl", "run/programs.json"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
    told = samples(exposition(tmp_path, known=conditions())())
    assert told["hedge_healthy",] == 0
    assert told["hedge_file_state", "nav", "missing" if content is None else "invalid"] == 1


def test_numbers_without_measure_and_names_said_twice_spoil_no_answer(tmp_path):
    huge = 10**400
    pulse = {"service": "watch", "pid": 1, "at_us": huge, "started_us": -huge, "turns": huge, "note": {"alerts_sent": huge, "pings": 2}}
    programs = [{"name": name, "state": "RUNNING", "falls_us": [NOW_US]} for name in ("web", "web", *map(str, range(500)))]
    for name, said in (("watch/pulse.json", pulse), ("run/programs.json", {"at_us": NOW_US, "programs": programs})):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(json.dumps(said))
    shown = [(sample.name, *sample.labels.values()) for family in exposition(tmp_path)() for sample in family.samples]
    assert len(shown) == len(set(shown)) < 1_000
    assert ("hedge_program_recent_falls", "web") in shown
    assert not {"hedge_alerts_sent_total", "hedge_service_beat_timestamp_seconds"} & {name for name, *_ in shown}


def test_a_program_s_name_of_any_letters_and_length_is_one_short_line(tmp_path):
    evil = "<b>\x1b[2J\n\u202e" + "x" * 100_000
    programs = [{"name": evil, "state": "RUNNING", "falls_us": [NOW_US]}]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "programs.json").write_text(json.dumps({"at_us": NOW_US, "programs": programs}))
    (name,) = [each.labels["program"] for family in exposition(tmp_path)() for each in family.samples if "program" in each.labels]
    assert name.isprintable()
    assert len(name) == 400


def test_what_is_served_is_clean_by_the_ecosystem_s_own_conventions(root, port):
    close = serve(port, exposition(root, known=conditions()))
    try:
        text = scraped(port)
    finally:
        close()
    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert {"hedge_healthy", "hedge_file_state", "hedge_storage_bytes", "process_cpu_seconds"} <= set(found)
    assert [name for name, family in found.items() if not family.documentation] == []
    linted = subprocess.run([tool("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")


def test_a_closed_endpoint_gives_its_port_back_and_a_taken_one_is_refused_in_one_line(root, port):
    close = serve(port, exposition(root))
    with pytest.raises(SettingsError, match=f"--port was {port}, it cannot be listened on"):
        serve(port, exposition(root))
    close()
    serve(port, exposition(root))()


def test_all_families_are_of_one_house(root):
    shown = Shown(survey=survey(Place(root=root), ROWS, NOW_US), rows=ROWS, conditions=())
    names = [family.name for family in families(shown)]
    assert len(names) == len(set(names))
    assert [name for name in names if not name.startswith("hedge_")] == []


def test_what_states_are_copied_to_is_told_by_sink(root, port):
    sink = Mirroring(sink="firestore", target="desk", documents=3, acknowledged=2, owed=("nav",), owed_since_us=NOW_US, writes_per_day=9)
    standing = Mirrored(at_us=NOW_US, late_s=120, fail_s=900, sinks=(sink,))
    (root / "mirror").mkdir()
    (root / "mirror" / "standing.json").write_bytes(msgspec.json.encode(standing))
    close = serve(port, exposition(root))
    try:
        text = scraped(port)
    finally:
        close()
    assert 'hedge_mirror_owed{sink="firestore"} 1.0' in text
    assert float(text.partition('hedge_mirror_owed_timestamp_seconds{sink="firestore"} ')[2].partition("\n")[0]) == NOW_US / 1e6
    assert "hedge_mirror_pushed_timestamp_seconds{" not in text
