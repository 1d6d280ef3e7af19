"""Alarms are raised by what they are about, and the runbook's own commands, typed as they stand, make them go away."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from executor.checkpoint import NAME as CHECKPOINT
from executor.journal.segments import listed
from tests import runbook
from tests.hedge_assets.backups.desks import traded
from tests.injecting.desks import HEDGE, ROOT, Desk, trading

PATIENCE_S = 120.0
STOPPED_IN_PEACE, KILLED = signal.SIGTERM, signal.SIGKILL


class Shift:
    """Somebody on watch at one desk: types what the runbook says, with the names that the alarm gave."""

    def __init__(self, desk: Desk, binaries: Path) -> None:
        self.desk, self.root = desk, desk.root
        binaries.mkdir()
        for name, words in {"hedge": HEDGE, "executor": (sys.executable, "-m", "executor")}.items():
            path = binaries / name
            path.write_text(f'#!/bin/sh\nexec {" ".join(map(quoted, words))} "$@"\n')
            path.chmod(0o755)
        (binaries / "dagster").symlink_to(Path(sys.executable).parent / "dagster")
        desk.environ |= {"PATH": f"{binaries}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def types(self, commands: tuple[str, ...], **names: object) -> list[int]:
        """Type each line; the exit codes. A start is left running."""
        return [self.typed(filled(line, names)) for line in commands]

    def typed(self, line: str) -> int:
        if line.startswith("executor run"):
            self.desk.executor = self.desk.start("sh", "-c", f"exec {line}")
            return 0
        done = subprocess.run(["sh", "-c", line], cwd=ROOT, env=self.desk.environ, capture_output=True, text=True, check=False, timeout=240)
        return done.returncode

    def status(self) -> dict[str, Any]:
        told = subprocess.run(
            [*HEDGE, "status", "--json", "--data", str(self.root)],
            cwd=ROOT,
            env=self.desk.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        plain: dict[str, Any] = json.loads(told.stdout)
        return plain

    def alarms(self) -> set[tuple[str, str]]:
        """What is wrong, each with what it is about."""
        plain = self.status()
        files = {(each["condition"], each["name"]) for each in plain["files"] if each["condition"] not in ("ok", "empty")}
        return files | {(each["condition"], each["subject"]) for each in plain["findings"]}

    def sees(self, cause: str, about: str) -> None:
        waited(lambda: (cause, about) in self.alarms(), f"{cause} of {about} is told")

    def sees_over(self, cause: str, about: str) -> None:
        waited(lambda: (cause, about) not in self.alarms(), f"{cause} of {about} is over")


def quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def filled(line: str, names: dict[str, object]) -> str:
    for name, value in names.items():
        line = line.replace(name, str(value))
    return line


def waited(holds: Callable[[], bool], what: str) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until_s, f"never: {what}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    folder = tmp_path_factory.mktemp("shift")
    with trading(folder) as desk:
        yield Shift(desk, folder / "bin")


def do(name: str) -> tuple[str, ...]:
    """What the runbook says to type for an alarm."""
    commands = runbook.entries()[name].commands
    assert commands
    return commands


def test_a_missing_and_an_invalid_state_are_made_by_hand(shift: Shift) -> None:
    (shift.root / "state" / "nav.json").unlink()
    (shift.root / "state" / "universe.json").write_text("{")
    shift.sees("missing", "nav")
    shift.sees("invalid", "universe")
    assert shift.types(do("missing"), STATE="nav") == [0]
    assert shift.types(do("invalid"), STATE="universe") == [0]
    shift.sees_over("missing", "nav")
    shift.sees_over("invalid", "universe")


def test_a_stopped_executor_and_a_stopped_watch_go_on(shift: Shift) -> None:
    watch = shift.desk.start(*HEDGE, "watch", "--port", "0")
    waited((shift.root / "watch" / "pulse.json").is_file, "the watch looks")
    executor = shift.desk.executor
    for process in (watch, executor):
        process.send_signal(signal.SIGSTOP)
    shift.sees("executor_stuck", "executor")
    shift.sees("watch_silent", "watch")
    assert shift.types(do("executor_stuck"), PID=executor.pid) == [0]
    assert shift.types(do("watch_silent"), PID=watch.pid) == [0]
    shift.sees_over("executor_stuck", "executor")
    shift.sees_over("watch_silent", "watch")
    watch.terminate()
    watch.wait()


def test_new_risk_stops_at_once_and_goes_on_when_somebody_has_looked(shift: Shift) -> None:
    assert shift.types(runbook.section("")) == [0]
    waited(lambda: (shift.status()["executor"]["halted"] or "").startswith("operator: what I saw"), "it is halted")
    assert shift.types(runbook.section("Brakes")) == [0]
    waited(lambda: shift.status()["executor"]["halted"] is None, "it trades again")


def test_an_executor_that_was_killed_is_started_and_a_second_one_is_turned_away(shift: Shift) -> None:
    shift.desk.executor.send_signal(KILLED)
    shift.desk.executor.wait()
    shift.sees("executor_dead", "executor")
    shift.types(do("executor_dead"))
    shift.sees_over("executor_dead", "executor")
    second = subprocess.run(
        ["executor", "run"],
        cwd=ROOT,
        env=shift.desk.environ,
        capture_output=True,
        text=True,
        check=False,
        executable=which(shift, "executor"),
    )
    assert second.returncode == 75
    assert "held by another executor" in second.stderr


def which(shift: Shift, name: str) -> str:
    return str(Path(shift.desk.environ["PATH"].partition(":")[0]) / name)


def test_a_damaged_checkpoint_is_moved_aside_and_everything_gone_through_again(shift: Shift) -> None:
    waited(lambda: shift.status()["executor"]["running"], "it runs")
    shift.desk.executor.send_signal(STOPPED_IN_PEACE)
    shift.desk.executor.wait()
    path = shift.root / "raw" / CHECKPOINT
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused = subprocess.run(
        [which(shift, "executor"), "run"], cwd=ROOT, env=shift.desk.environ, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 78
    before = shift.status()["executor"]["loop"]
    assert shift.types(do("exit 78")) == [0, 0]
    waited(lambda: shift.status()["executor"]["running"] and shift.status()["executor"]["loop"] > before, "it goes on where it was")


def test_what_a_journal_lost_is_taken_out_of_a_backup(shift: Shift, tmp_path: Path) -> None:
    """At a desk of its own, whose journals have several segments and whose executor was stopped."""
    other = Shift.__new__(Shift)
    other.desk, other.root = Desk(traded(tmp_path / "desk")), tmp_path / "desk"
    other.desk.environ |= {name: shift.desk.environ[name] for name in ("PATH", "PYTHONPATH")}
    backup = tmp_path / "kept"
    assert other.types(do("budget_short"), BACKUP=backup) == [0]
    listed(other.root / "raw" / "ticks")[0].path.unlink()
    other.sees("sequence_hole", "raw/ticks")
    codes = other.types(do("sequence_hole"), BACKUP=backup, RESTORED=tmp_path / "restored", STREAM="ticks")
    assert codes == [1, 0, 0, 0]  # verify says what is missing; restored, copied; verify finds it whole
    other.sees_over("sequence_hole", "raw/ticks")
