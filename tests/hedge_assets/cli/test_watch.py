"""`hedge watch` as an operator meets it: a real process on a real data root, hurt and ended."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from executor.clock import WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.health.incident_log import LOG, entries, read_incidents
from hedge_assets.health.incidents import Incident
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from hedge_assets.stack.programs import free_port
from tests.hedge_assets.builders import SECOND, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write

ROOT = Path(__file__).parents[3]
HEDGE = [sys.executable, "-c", "from hedge_assets.cli import main; main()", "watch"]
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER_", "HEDGE_", "ENV"))}
PATIENCE_S = 30.0


def within_patience(holds: Callable[[], bool]) -> bool:
    until_s = time.monotonic() + PATIENCE_S
    while not (held := holds()) and time.monotonic() < until_s:
        time.sleep(0.05)
    return held


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A desk that is well now, by the wall's clock."""
    now_us = WallClock().now_us() - 5 * SECOND
    facts = [boot(now_us, time="wall"), quote(now_us + SECOND), account(now_us + 2 * SECOND), heartbeat(now_us + 2 * SECOND, loop=9)]
    write(tmp_path, facts)
    states = scan()
    refresh(Place(root=tmp_path), states, [state.name for state in states], clock=WallClock(), flags=read_flags({}))
    return Place(root=tmp_path)


@pytest.fixture
def start(place: Place) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts watches, and ends those that still run."""
    started: list[subprocess.Popen[str]] = []

    def one(*words: str) -> subprocess.Popen[str]:
        command = [*HEDGE, "--data", str(place.root), *(words or ("--port", "0"))]
        process = subprocess.Popen(command, cwd=ROOT, env=PLAIN, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def pulse(place: Place) -> dict[str, object]:
    try:
        return dict(json.loads((place.watch / "pulse.json").read_bytes()))
    except FileNotFoundError:
        return {}


def looks(place: Place, process: subprocess.Popen[str]) -> bool:
    """Whether this process has completed a look."""
    return within_patience(lambda: pulse(place).get("pid") == process.pid and bool(pulse(place)["turns"]))


def about(place: Place, subject: str) -> list[Incident]:
    return [each for each in read_incidents(place.watch) if each.subject == subject]


def test_a_file_that_goes_and_comes_back_is_told_from_its_opening_to_its_end(place, start):
    process = start()
    assert looks(place, process)
    (place.state / "universe.json").rename(place.root / "aside")
    assert within_patience(lambda: [each.is_open for each in about(place, "universe")] == [True])
    (place.root / "aside").rename(place.state / "universe.json")
    assert within_patience(lambda: [each.is_open for each in about(place, "universe")] == [False])
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
    assert within_patience(lambda: len(about(place, "universe")) == len(about(place, "nav")) == 1)
    first.kill()
    first.wait()
    with (place.watch / LOG).open("ab") as file:
        file.write(b'{"event":"closed","at_us":')
    second = start()
    assert looks(place, second)
    (place.state / "positions.json").unlink()
    assert within_patience(lambda: len(about(place, "positions")) == 1)
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
    port = free_port(44_800)
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
