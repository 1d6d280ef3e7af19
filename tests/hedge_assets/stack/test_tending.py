"""Beside supervisor somebody tells how the programs are, and starts again one that hangs."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from hedge_assets.health.scene import Programs
from hedge_assets.stack import rousing, tending
from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.notes import PROGRAMS, Tally
from hedge_assets.stack.programs import Program
from hedge_assets.stack.supervision import Control, Process, Supervisor
from hedge_assets.stack.tending import Tending

PATIENCE_S = 120.0


@pytest.fixture
def supervisor(tmp_path):
    made = Supervisor((Program("page", (sys.executable, "-c", "import time; time.sleep(600)")),), tmp_path / "run", os.environ)
    yield made
    made.end()


def tending_of(supervisor: Control, folder: Path, mute) -> tuple[Tending, list[str]]:
    said: list[str] = []
    return Tending(supervisor, Tally(folder), mute, said.append, threading.Event()), said


def until(holds) -> bool:
    until_s = time.monotonic() + PATIENCE_S
    while not (held := holds()) and time.monotonic() < until_s:
        time.sleep(0.1)
    return held


def page(supervisor: Control) -> Process:
    """The page as supervisor sees it, asked again where its answer is late."""
    return until(lambda: supervisor.processes().get("page"))


def test_a_fall_is_written_down_where_the_watch_reads_it(tmp_path, supervisor):
    tends, _ = tending_of(supervisor, tmp_path / "run", lambda _: {})
    assert until(tends.look)
    os.kill(page(supervisor).pid, signal.SIGKILL)

    def fell() -> bool:
        tends.look()
        note = tmp_path / "run" / PROGRAMS
        return note.exists() and len(msgspec.json.decode(note.read_bytes(), type=Programs).programs[0].falls_us) == 1

    assert until(fell)
    assert until(lambda: page(supervisor).state == "RUNNING")


def test_one_that_hangs_is_ended_and_started_again(tmp_path, supervisor):
    hangs = {"page": Mute(rousing.ROUSE_S + 1, "GET /healthz")}
    tends, said = tending_of(supervisor, tmp_path / "run", lambda processes: hangs if processes["page"].pid == first else {})
    first = page(supervisor).pid

    def started_again() -> bool:
        tends.look()
        return page(supervisor).pid not in (0, first)

    assert until(started_again)
    assert said == ["page has not answered GET /healthz for 30 s; it is started again"]
    assert tends.rouser.stopped == set()


def test_when_it_is_asked_to_stop_its_note_goes_with_it(tmp_path, supervisor, monkeypatch):
    monkeypatch.setattr(tending, "EVERY_S", 0.05)
    tends, _ = tending_of(supervisor, tmp_path / "run", lambda _: {})
    thread = threading.Thread(target=tends.run)
    thread.start()
    assert until((tmp_path / "run" / PROGRAMS).exists)
    tends.end.set()
    thread.join(PATIENCE_S)
    assert not (tmp_path / "run" / PROGRAMS).exists()


def test_a_supervisor_that_is_gone_ends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tending, "EVERY_S", 0.01)
    tends, said = tending_of(Control(tmp_path / "none.sock"), tmp_path, lambda _: {})
    assert tends.run() == 1
    assert "did not answer" in said[0]
