"""Supervisor itself goes on when its logs cannot be written."""

import os
import sys
import time
from pathlib import Path

import pytest

from hedge_assets.stack.programs import Program
from hedge_assets.stack.supervision import Supervisor
from tests.boxes import until

STAND_IN = Path(__file__).parent / "stand_in.py"
PATIENCE_S = 120.0


def until_it_grew(file: Path, size: int, supervisor: Supervisor) -> bool:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s and supervisor.is_alive:
        if file.exists() and file.stat().st_size >= size:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_programs_go_on_when_no_log_can_be_written(tmp_path):
    run, grown = tmp_path / "run", tmp_path / "grown"
    run.mkdir()
    for name in ("supervisord.log", "supervisord.out", "chatty.log"):
        (run / name).symlink_to("/dev/full")
    supervisor = Supervisor((Program("chatty", (sys.executable, str(STAND_IN), "chat", str(grown))),), run, os.environ)
    try:
        assert until_it_grew(grown, 50, supervisor)
        assert until(lambda: supervisor.processes().get("chatty")).state == "RUNNING"
    finally:
        supervisor.end()


def test_a_log_that_could_not_be_begun_anew_is_written_when_it_can(tmp_path, monkeypatch):
    run, grown = tmp_path / "run", tmp_path / "grown"
    monkeypatch.setattr("hedge_assets.stack.supervision.LOG_BYTES", 20_000)
    supervisor = Supervisor((Program("chatty", (sys.executable, str(STAND_IN), "chat", str(grown))),), run, os.environ)
    try:
        assert until_it_grew(grown, 5, supervisor)
        run.rename(tmp_path / "away")
        assert until_it_grew(grown, grown.stat().st_size + 20, supervisor)
        run.mkdir()
        assert until_it_grew(run / "chatty.log", 9_000, supervisor)
    finally:
        supervisor.end()
