"""`hedge up` as an operator meets it: the real programs, started, watched, hurt and stopped."""

import contextlib
import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from executor.lock import owner_of
from hedge_assets.cli.up import executor_arguments, of_shell, terminal_voice
from hedge_assets.health.incident_log import read_incidents
from hedge_assets.health.incidents import Incident
from hedge_assets.health.scene import Program, Programs
from hedge_assets.stack.supervision import members
from tests.ports import free_port, of_a_desk

ROOT = Path(__file__).parents[3]
PATIENCE_S = 240.0  # its programs begin one after the other
DOWN = {"executor_dead", "program_fell"}  # as long as it lasts, or as soon as it is over
HEDGE = [sys.executable, "-c", "from hedge_assets.cli import main; main()"]
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER_", "HEDGE_", "ENV"))}


def hedge(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*HEDGE, *words], cwd=ROOT, env=PLAIN | environ, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def within_patience(holds: Callable[[], bool]) -> bool:
    until_s = time.monotonic() + PATIENCE_S
    while not (held := holds()) and time.monotonic() < until_s:
        time.sleep(0.2)
    return held


class Desk:
    """A running desk, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "logs"
        self.said = folder / "said"
        words = ["up", "--data", str(self.root), "--port", str(free_port())]
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [*HEDGE, *words], cwd=ROOT, env=PLAIN | of_a_desk(), stdout=out, stderr=out, start_new_session=True
            )

    @property
    def text(self) -> str:
        return self.said.read_text("utf-8")

    def says(self, words: str) -> bool:
        return within_patience(lambda: words in self.text or self.process.poll() is not None) and words in self.text


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    running = Desk(tmp_path_factory.mktemp("desk"))
    yield running
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(PATIENCE_S)


def about(desk: Desk, subject: str) -> list[Incident]:
    return [each for each in read_incidents(desk.root / "watch") if each.subject == subject]


def open_to_others(root: Path) -> list[str]:
    """Files that somebody else on this machine may read, none of them going or gone."""
    found = []
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                found += [str(path)] if stat.S_ISREG(path.lstat().st_mode) and path.lstat().st_mode & 0o077 else []
    return found


def program(desk: Desk, name: str) -> Program:
    note = msgspec.json.decode((desk.root / "run" / "programs.json").read_bytes(), type=Programs)
    return next(each for each in note.programs if each.name == name)


def watching(desk: Desk) -> int:
    return int(json.loads((desk.root / "watch" / "pulse.json").read_bytes())["pid"])


def served(address: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        return bool(answer.status == 200)
    return False


def is_well(desk: Desk) -> bool:
    status = json.loads(hedge("status", "--json", "--data", str(desk.root)).stdout)
    return bool(status["healthy"] and status["executor"]["running"])


def test_the_whole_desk_comes_up_green_and_says_where_it_is(desk):
    assert desk.says("ready: pages at http://127.0.0.1:"), desk.text
    for stage in ("executor is trading", "first states written", "all green", "Dagster answers at"):
        assert stage in desk.text
    addresses = re.findall(r"http://127\.0\.0\.1:\d+(?:/metrics)?", desk.text[desk.text.index("ready: ") :])
    assert len(set(addresses)) == 4
    assert all(within_patience(lambda address=address: served(address)) for address in addresses)
    listed = json.loads((desk.root / "run" / "prometheus_targets.json").read_text())
    assert sorted(f"http://{row['targets'][0]}/metrics" for row in listed) == sorted(addresses[2:])
    assert within_patience(lambda: is_well(desk))


def test_what_the_desk_writes_is_its_owners_alone(desk):
    assert desk.says("ready: "), desk.text
    assert open_to_others(desk.root) == []


def test_a_second_one_on_the_same_data_is_refused(desk):
    second = hedge("up", "--data", str(desk.root))
    assert second.returncode == 75
    assert second.stderr.count("\n") == 1
    assert "another `hedge up`" in second.stderr


def test_an_executor_that_is_killed_trades_again_and_is_an_incident_that_ended(desk):
    before = owner_of(desk.root / "raw")
    os.kill(int(before), signal.SIGKILL)
    assert desk.says("started again (restart 1)"), desk.text
    assert within_patience(lambda: owner_of(desk.root / "raw") not in (before, "unknown"))
    assert within_patience(lambda: any(each.cause in DOWN and not each.is_open for each in about(desk, "executor")))
    fell = next(each for each in about(desk, "executor") if each.cause in DOWN and not each.is_open)
    assert re.fullmatch(r"executor started again \(pid \d+\)", fell.healed_by or "")


def test_a_watch_that_is_killed_watches_again_and_the_supervisors_note_says_so(desk):
    before = watching(desk)
    os.kill(before, signal.SIGKILL)
    assert within_patience(lambda: watching(desk) != before)
    assert within_patience(lambda: bool(program(desk, "watch").falls_us))
    assert program(desk, "web").falls_us == ()


def test_a_file_that_is_deleted_comes_back_and_is_an_incident_that_dagster_ended(desk):
    (desk.root / "state" / "universe.json").unlink()
    assert within_patience(lambda: any(not each.is_open for each in about(desk, "universe")))
    (gone,) = about(desk, "universe")
    assert gone.cause == "missing"
    assert (gone.healed_by or "").startswith(("rebuilt by Dagster", "rebuilt on schedule"))


def test_asked_to_end_it_ends_everything(desk):
    session = int((desk.root / "run" / "supervisord.pid").read_text())
    assert members(session)
    asked_us = time.time_ns() // 1_000
    desk.process.send_signal(signal.SIGTERM)
    assert desk.process.wait(PATIENCE_S) == 0
    assert re.search(r"stopped in \d+\.\d s\n$", desk.text)
    assert members(session) == []
    assert not (desk.root / "run" / "programs.json").exists()
    assert json.loads((desk.root / "watch" / "pulse.json").read_bytes())["ended"] == "asked to end"
    assert [each for each in about(desk, "executor") if each.opened_us >= asked_us] == []
    assert [each for each in about(desk, "executor") if each.is_open and each.cause in DOWN] == []


def test_killed_outright_it_leaves_nothing_behind(tmp_path):
    desk = Desk(tmp_path)
    assert desk.says("executor is trading"), desk.text
    session = int((desk.root / "run" / "supervisord.pid").read_text())
    desk.process.kill()
    desk.process.wait()
    assert within_patience(lambda: members(session) == [])


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"ENV": "prod"}, "ALLOW_PROD_WRITE"),
        ({"ENV": "moon"}, "allowed are dev, test, prod"),
        ({"INTEL_V6_ENABLED": "yes"}, "INTEL_V6_ENABLED"),
    ],
)
def test_what_may_not_start_is_refused_in_one_line_before_anything_is_written(tmp_path, environ, words):
    refused = hedge("up", "--data", str(tmp_path / "logs"), **environ)
    assert refused.returncode == 78
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "logs").exists()


def test_a_feed_the_executor_cannot_read_ends_the_desk_with_the_executors_own_line(tmp_path):
    refused = hedge("up", "--data", str(tmp_path / "logs"), "--feed", f"replay:{tmp_path / 'nowhere'}")
    assert refused.returncode == 78
    assert "error: " in refused.stdout
    assert "nowhere" in refused.stdout


def test_a_box_takes_nothing_of_the_shell_that_starts_it_but_where_programs_are_and_its_language(tmp_path):
    told = (ROOT / "ops" / "box.env").read_text("utf-8").replace("HEDGE_WATCH_PORT=8800\n", "")
    (tmp_path / "box.env").write_text(told)
    (tmp_path / "box.env").chmod(0o644)
    refused = hedge("up", "--prod", "--check", "--env-file", str(tmp_path / "box.env"), HEDGE_WATCH_PORT="8800", PYTHONPATH=str(ROOT))
    assert refused.returncode == 78, refused.stdout + refused.stderr
    assert "HEDGE_WATCH_PORT was not set" in refused.stdout
    assert refused.stdout.count("\n") == 1
    kept = {"PATH": "/usr/bin", "LANG": "C.UTF-8", "LC_TIME": "C"}
    assert of_shell({**kept, "AWS_SECRET_ACCESS_KEY": "x", "LD_PRELOAD": "y", "HEDGE_BROKER": "z"}) == kept


def test_options_are_handed_on_as_they_are(tmp_path):
    assert executor_arguments(None, {"feed": None, "speed": None}) == ()
    words = executor_arguments(tmp_path / "a.toml", {"feed": "replay:x", "speed": "max", "seed": "3"})
    assert words == ("--config", str(tmp_path / "a.toml"), "--feed", "replay:x", "--speed", "max", "--seed", "3")


def test_a_terminal_that_was_closed_stops_no_words_and_so_no_orderly_end(monkeypatch):
    ours, theirs = pty.openpty()
    os.close(ours)
    gone = os.fdopen(theirs, "w")
    monkeypatch.setattr(sys, "stdout", gone)
    voice = terminal_voice()
    voice.say("stopping")
    voice.show("stopping")
    monkeypatch.undo()
    with contextlib.suppress(OSError):
        gone.close()
