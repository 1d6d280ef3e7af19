"""Who may ask a run to end: also a terminal that is closed, but not where the run was begun to outlive it."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.executor.running import PATIENCE_S, ROOT, pulse_once


def begun(root: Path, *before: str, terminal: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-m", "executor", "run", "--data", str(root), "--feed", "synthetic"]
    return subprocess.Popen(command, cwd=ROOT, stdout=terminal, stderr=terminal, start_new_session=True)


WHILE_ITS_LOCK_IS_HELD = """
import signal
from executor.endings import asked_to_end
stop = asked_to_end()
with stop._cond:
    signal.raise_signal(signal.SIGTERM)
assert stop.wait(60)
"""

HUNG_UP = """
import signal
from executor.endings import asked_to_end
signal.signal(signal.SIGHUP, signal.SIG_IGN)
stop = asked_to_end()
signal.raise_signal(signal.SIGHUP)
assert not stop.wait(0.2)
signal.raise_signal(signal.SIGINT)
assert stop.wait(60)
"""


@pytest.mark.parametrize("scene", [WHILE_ITS_LOCK_IS_HELD, HUNG_UP], ids=["while its lock is held", "but not by a hangup under nohup"])
def test_whoever_waits_to_be_asked_hears_it(scene: str) -> None:
    subprocess.run([sys.executable, "-c", scene], cwd=ROOT, check=True, timeout=PATIENCE_S)


def test_a_terminal_that_is_closed_ends_a_run_in_peace_though_nobody_can_read_its_last_words(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = begun(tmp_path, terminal=theirs)
    pulse_once(tmp_path, lambda pulse: pulse.turns > 0)
    os.close(theirs)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    assert process.wait(PATIENCE_S) == 0
    assert pulse_once(tmp_path, lambda pulse: pulse.ended is not None).ended == "SIGHUP"


def test_a_run_that_was_begun_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    process = begun(tmp_path, "nohup")
    turns = pulse_once(tmp_path, lambda pulse: pulse.turns > 0).turns
    process.send_signal(signal.SIGHUP)
    pulse_once(tmp_path, lambda pulse: pulse.turns > turns + 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    assert pulse_once(tmp_path, lambda pulse: pulse.ended is not None).ended == "SIGTERM"
