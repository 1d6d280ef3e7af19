"""A whole box under a real supervisord, on a real Postgres, by the files that are handed out: from nothing to green, hurt, and stopped."""

import contextlib
import os
import re
import signal
import stat
import time
from pathlib import Path

import pytest
import requests

from hedge_assets.stack.programs import REPOSITORY
from tests.boxes import Box, until
from tests.postgres import Postgres, postgres

HERE = "http://127.0.0.1"
LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"
RUNS = "{ runsOrError(limit: 1) { ... on Runs { results { status endTime } } } }"
QUESTION = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def database():
    with postgres() as made:
        yield made


@pytest.fixture(scope="module")
def box(database, tmp_path_factory):
    made = Box(tmp_path_factory.mktemp("box"), database.environ)
    made.lay()
    yield made
    made.stop()


def programs() -> set[str]:
    """Those that must be up: the mirror is done at once where nothing is mirrored."""
    return set(re.findall(r"^\[program:(\w+)\]", (REPOSITORY / "ops/hedge.conf").read_text(), re.MULTILINE)) - {"mirror"}


def dagster(box: Box, query: str) -> str:
    try:
        return requests.post(f"{HERE}:{box.ports['web']}/graphql", json={"query": query}, headers=QUESTION, timeout=60).text
    except requests.RequestException as error:
        return str(error)


def is_green(box: Box) -> bool:
    """Every file as it must be, every program up, Dagster's pages over loaded code."""
    up = {name for name, process in box.processes().items() if process.state == "RUNNING"}
    return up >= programs() and box.status()["healthy"] and '"RepositoryLocation"' in dagster(box, LOCATIONS)


def ended_s(box: Box) -> float:
    """When the newest run ended, Unix time; 0 while none has."""
    found = re.search(r'"status":"SUCCESS","endTime":([0-9.]+)', dagster(box, RUNS).replace(" ", ""))
    return float(found[1]) if found else 0.0


def test_production_without_its_permission_starts_nothing(box):
    box.write(ALLOW_PROD_WRITE="0")
    try:
        box.start()
        assert box.process.wait(120) == 78
    finally:
        box.write()
    assert "FAIL  flags: ENV was prod and ALLOW_PROD_WRITE was not 1" in (box.folder / "said").read_text()
    assert box.left() == []


def test_from_nothing_to_all_green(box):
    box.start()
    assert until(lambda: is_green(box)), (box.folder / "said").read_text() + str(box.processes()) + str(box.status())
    for name in ("page", "watch", "executor"):
        path = "healthz" if name == "page" else "metrics"
        assert requests.get(f"{HERE}:{box.ports[name]}/{path}", timeout=60).status_code == 200
    assert until(lambda: {name for name, program in box.noted().items() if program.state == "RUNNING"} >= programs()), box.noted()


def test_no_secret_is_in_a_command_line_and_only_dagster_has_the_password(box):
    having = set()
    for name in programs():
        folder = Path(f"/proc/{box.running(name).pid}")
        assert box.database["HEDGE_PG_PASSWORD"].encode() not in (folder / "cmdline").read_bytes()
        having |= {name} if box.database["HEDGE_PG_PASSWORD"].encode() in (folder / "environ").read_bytes() else set()
    assert having == {"code", "web", "daemon"}


def test_what_is_written_is_for_the_group_to_read_and_for_nobody_else(box):
    shown = {"raw": 0, "state": 0, "watch": 0, "tables": 0}
    for top in shown:
        for folder, _, names in os.walk(box.data / top):
            assert stat.S_IMODE(Path(folder).stat().st_mode) & 0o027 == 0, folder
            for path in (Path(folder, name) for name in names if not name.endswith(".new")):
                with contextlib.suppress(FileNotFoundError):  # the desk writes on
                    mode = stat.S_IMODE(path.stat().st_mode)
                    assert mode & 0o027 == 0, (path, oct(mode))
                    shown[top] += bool(mode & 0o040)
    assert min(shown.values()) > 0, shown


def test_the_pages_of_a_box_are_read_only(box):
    said = dagster(box, "mutation { reloadWorkspace { __typename } }")
    assert "UnauthorizedError" in said


@pytest.mark.parametrize("name", ["executor", "code", "web", "daemon", "page", "watch", "tend"])
def test_whoever_is_killed_comes_back(box, name):
    before = box.running(name)
    os.kill(before.pid, signal.SIGKILL)
    assert until(lambda: box.running(name).pid != before.pid)
    if name != "tend":
        assert until(lambda: box.has_fallen(name))


def test_after_all_of_that_it_is_green_again_by_itself(box):
    assert until(lambda: is_green(box)), box.status()


def test_a_database_that_goes_and_comes_back_stops_no_trading_and_states_go_on(box, database: Postgres):
    trading = box.running("executor").pid
    database.stop()
    assert until(lambda: "RepositoryLocation" not in dagster(box, RUNS) and "SUCCESS" not in dagster(box, RUNS))
    database.start()
    back_s = time.time()
    assert until(lambda: ended_s(box) > back_s), dagster(box, RUNS)
    assert until(lambda: is_green(box)), box.status()
    assert box.running("executor").pid == trading


def test_a_second_box_of_the_same_place_is_refused(box):
    box_again = Box(box.folder, box.database, ports=box.ports)
    box_again.start()
    assert box_again.process.wait(120) == 75
    assert box.check().returncode == 0


def test_it_stops_in_order_and_leaves_nothing_behind(box):
    box.process.send_signal(signal.SIGTERM)
    box.process.wait(120)
    log = (box.data / "run" / "supervisord.log").read_text()
    stopped = re.findall(r"stopped: (\w+) ", log[log.rindex("received SIGTERM") :])
    assert [name for name in stopped if name != "mirror"] == ["watch", "executor", "page", "daemon", "web", "code", "tend"]
    assert until(lambda: box.left() == [], 60), box.left()
    assert not (box.data / "run" / "programs.json").exists()
    ends = (box.data / "run" / "executor.log").read_text().splitlines()
    assert "loops" in ends[-1]
