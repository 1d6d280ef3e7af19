"""A run that hangs is ended by a real daemon, and the next one does the work."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
import yaml

from tests.hedge_assets.defs.hanging import LIMIT_S

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
PATIENCE_S = 240.0

pytestmark = pytest.mark.chaos


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (tmp_path / "data").mkdir()
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    settings["storage"]["sqlite"]["base_dir"] = str(tmp_path / "dagster")
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings))
    module = {"module_name": "tests.hedge_assets.defs.hanging", "working_directory": str(ROOT), "attribute": "defs"}
    (folder / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"python_module": module}]}))
    return folder


@pytest.fixture
def daemon(home, tmp_path):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAGSTER_", "HEDGE_"))}
    environ = {**kept, "DAGSTER_HOME": str(home), "HEDGE_DATA": str(tmp_path / "data"), "PYTHONWARNINGS": "ignore"}
    with (tmp_path / "daemon.log").open("wb") as log:
        started = subprocess.Popen(
            [BIN / "dagster-daemon", "run", "-w", home / "workspace.yaml"],
            cwd=ROOT,
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        yield started
        os.killpg(started.pid, signal.SIGTERM)
        try:
            started.wait(120)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait(120)


def until(holds):
    """Wait until something holds, with patience; what it gave."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if found := holds():
            return found
        time.sleep(0.5)
    raise AssertionError("it never came")


def test_a_run_that_hangs_is_ended_at_its_limit_and_the_next_one_writes_the_files(home, daemon, tmp_path):
    until((tmp_path / "data" / "hung").exists)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        failed = until(lambda: instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])))
        assert failed[0].end_time - failed[0].start_time >= LIMIT_S
        until((tmp_path / "data" / "state" / "size.json").exists)
        assert daemon.poll() is None
        assert until(lambda: instance.get_run_records(dg.RunsFilter(job_name="fast_states", statuses=[dg.DagsterRunStatus.SUCCESS])))
