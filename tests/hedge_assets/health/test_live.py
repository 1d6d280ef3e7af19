"""A real executor that writes, rotates, packs, checkpoints, dies and goes through its tail again: nothing is found that is not so."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from executor.clock import WallClock
from executor.journal.segments import listed
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.manifest import journal_rows
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.watch.audit import SlowAudit

ROOT = Path(__file__).parents[3]
CONDITIONS = conditions()
SMALL = "[journal]\nrotate_bytes = 65536\nmax_bytes = 1048576\n[loop]\ncheckpoint_s = 0.05\n[synthetic]\nstep_ms = 1000\n"


class Desk:
    """A data root, and the executor on it if one runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.audit = SlowAudit(root / "raw", root / "watch", clock=WallClock())
        self.process: subprocess.Popen[bytes] | None = None
        (root / "small.toml").write_text(SMALL)

    def start(self, speed: str) -> None:
        command = [sys.executable, "-m", "executor", "run", "--config", self.root / "small.toml", "--data", self.root, "--speed", speed]
        environ = {key: value for key, value in os.environ.items() if not key.startswith("HEDGE_")}
        self.process = subprocess.Popen([str(each) for each in command], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)

    def end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def found(self, later_s: float = 0.0) -> list[tuple[str, str, str]]:
        """What conditions say now, or would so much later; the slow reading goes a step on before.

        At full speed on a starved machine a checkpoint comes late, and until then more is needed than so small a budget holds: that is so.
        """
        self.audit.step(WallClock().now_us())
        now_us = WallClock().now_us() + round(later_s * 1e6)
        seen = survey(Place(root=self.root), journal_rows(), now_us, conditions=CONDITIONS)
        return [(each.condition, each.subject, each.reason) for each in seen.findings if each.condition != "budget_short"]

    def segments(self) -> int:
        """The number of the newest segment of ticks' first record."""
        return max((each.first_seq for each in listed(self.root / "raw" / "ticks")), default=0)

    def watched(self, until: int) -> list[tuple[str, str, str]]:
        """Look again and again until the ticks' newest segment begins with that record; what was found at the first look that found."""
        looks = 0
        while self.segments() < until or looks < 20:
            assert self.process is not None
            assert self.process.poll() is None
            found = self.found() if (self.root / "raw" / "owner.pid").exists() else []
            if found:
                return found
            looks += 1
        return []


@pytest.fixture
def desk(tmp_path):
    one = Desk(tmp_path)
    yield one
    one.end(signal.SIGKILL)


def test_a_journal_that_is_written_at_full_speed_and_pruned_has_no_hole_at_any_look_nor_after_a_kill(desk):
    desk.start("max")
    assert desk.watched(20_000) == []
    desk.end(signal.SIGKILL)
    assert [name for name, _, _ in desk.found()] == ["executor_dead"]
    desk.start("max")
    while [name for name, _, _ in desk.found()] == ["executor_dead"]:
        assert desk.process.poll() is None
        time.sleep(0.01)
    assert desk.watched(desk.segments() + 20_000) == []
    desk.end(signal.SIGTERM)
    assert desk.found() == []


def test_an_executor_in_real_time_is_well_stopped_it_is_stuck_and_its_newest_orders_are_missed(desk):
    desk.start("1")
    while not listed(desk.root / "raw" / "orders"):
        assert desk.process.poll() is None
        time.sleep(0.01)
    assert desk.watched(0) == []
    desk.process.send_signal(signal.SIGSTOP)
    assert [each[:2] for each in desk.found(later_s=11)] == [("executor_stuck", "executor")]
    desk.process.send_signal(signal.SIGCONT)
    desk.end(signal.SIGTERM)
    assert desk.found() == []
    listed(desk.root / "raw" / "orders")[-1].path.unlink()
    assert [each[:2] for each in desk.found()] == [("sequence_hole", "raw/orders")]
