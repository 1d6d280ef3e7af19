"""The commands of the card, as a user types them: from the repository root, first thing ever run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent


@pytest.fixture
def environ(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    settings = (ROOT / "dagster.yaml").read_text()
    (home / "dagster.yaml").write_text(settings.replace("base_dir: logs/dagster", f"base_dir: {tmp_path / 'dagster'}"))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAGSTER_", "HEDGE_"))}
    return {**kept, "DAGSTER_HOME": str(home), "HEDGE_DATA": str(tmp_path / "data"), "PYTHONWARNINGS": "ignore"}


def run(environ, *words):
    return subprocess.run([BIN / words[0], *words[1:]], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def summary_in(tmp_path):
    found = json.loads((tmp_path / "data" / "state" / "pipeline_v6_compare_summary.json").read_text())
    return found["status"], found["n"], found["event_ts"]


def test_the_definitions_are_valid(environ):
    done = run(environ, "dagster", "definitions", "validate")
    assert done.returncode == 0, done.stderr


def test_one_asset_is_materialized_as_the_first_thing_ever_run(environ, tmp_path):
    # `make setup` leaves this to the environment it makes; see ops/setup.sh
    done = run(
        {**environ, "DAGSTER_MODULE_NAME": "hedge_assets.definitions"}, "dagster", "asset", "materialize", "--select", "compare_summary"
    )
    assert done.returncode == 0, done.stderr
    assert summary_in(tmp_path) == ("empty", 0, None)


def test_the_newer_command_does_the_same(environ, tmp_path):
    done = run(environ, "dg", "launch", "--assets", "compare_summary")
    assert done.returncode == 0, done.stderr
    assert summary_in(tmp_path) == ("empty", 0, None)
