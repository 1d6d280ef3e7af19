"""`hedge watch` as an operator meets it: a real process on a real data root, hurt and ended."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hedge_assets.health.incident_log import LOG, entries, read_incidents
from hedge_assets.health.incidents import Incident
from hedge_assets.settings import Place
from tests.hedge_assets.cli.programs import PATIENCE_S, Programs, until, well_now
from tests.ports import free_port


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return well_now(Place(root=tmp_path))


@pytest.fixture
def start(place: Place) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    with Programs() as programs:
        yield lambda *words: programs.start("watch", "--data", place.root, *(words or ("--port", "0")))


def pulse(place: Place) -> dict[str, object]:
    try:
        return dict(json.loads((place.watch / "pulse.json").read_bytes()))
    except FileNotFoundError:
        return {}


def looks(place: Place, process: subprocess.Popen[str]) -> bool:
    """Whether this process has completed a look."""
    return until(lambda: pulse(place).get("pid") == process.pid and bool(pulse(place)["turns"]))


def about(place: Place, subject: str) -> list[Incident]:
    return [each for each in read_incidents(place.watch) if each.subject == subject]


def test_a_file_that_goes_and_comes_back_is_told_from_its_opening_to_its_end(place, start):
    process = start()
    assert looks(place, process)
    (place.state / "universe.json").rename(place.root / "aside")
    assert until(lambda: [each.is_open for each in about(place, "universe")] == [True])
    (place.root / "aside").rename(place.state / "universe.json")
    assert until(lambda: [each.is_open for each in about(place, "universe")] == [False])
    (one,) = about(place, "universe")
    assert (one.cause, one.healed_by) == ("missing", "the earlier file was put back")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    assert pulse(place)["ended"] == "asked to end"


def test_a_watch_killed_outright_and_started_again_goes_on_where_it_was(place, start):
    first = start()
    assert looks(place, first)
    for name in ("universe", "nav"):
        next(place.state.glob(f"{name}*.json")).unlink()
    assert until(lambda: len(about(place, "universe")) == len(about(place, "nav")) == 1)
    first.kill()
    first.wait()
    with (place.watch / LOG).open("ab") as file:
        file.write(b'{"event":"closed","at_us":')
    second = start()
    assert looks(place, second)
    (place.state / "positions.json").unlink()
    assert until(lambda: len(about(place, "positions")) == 1)
    assert len(about(place, "universe")) == len(about(place, "nav")) == 1
    assert sum(each.event == "opened" for each in entries(place.watch) if each.incident.subject == "universe") == 1
    assert len(pulse(place)["crashes_us"]) == 1


def test_a_second_watch_on_the_same_data_is_refused(place, start):
    assert looks(place, start())
    second = start()
    out, err = second.communicate(timeout=PATIENCE_S)
    assert (second.returncode, out) == (75, "")
    assert err.count("\n") == 1
    assert "another `hedge watch`" in err


def test_its_metrics_are_where_it_was_told_and_its_pulse_names_the_port(place, start):
    port = free_port()
    process = start("--port", str(port))
    assert looks(place, process)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
        text = answer.read().decode()
    assert "hedge_" in text
    assert pulse(place)["metrics_port"] == port


def test_a_folder_that_is_not_there_is_refused_in_one_line(place, start):
    process = start("--data", str(place.root / "nowhere"))
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert err.count("\n") == 1
    assert "no data root" in err


def test_over_one_account_with_a_name_the_desk_is_watched_as_well(tmp_path):
    (tmp_path / "desk.toml").write_text("[accounts.alpha]\n")
    alpha = well_now(Place(root=tmp_path / "accounts/alpha", account="alpha"))
    with Programs() as programs:
        process = programs.start("watch", "--data", tmp_path, "--port", "0", HEDGE_CONFIG=str(tmp_path / "desk.toml"))
        assert all(looks(place, process) for place in (alpha, Place(root=tmp_path)))
