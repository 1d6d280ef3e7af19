"""`ops/hedge.conf` under a real supervisord, with small programs in the places of the real ones: order, rests, refusals, logs, stopping."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hedge_assets.stack.programs import REPOSITORY
from hedge_assets.stack.supervision import Process
from tests.boxes import PATIENCE_S, Box, until

STAND_IN = Path(__file__).parent / "stand_in.py"
CONF = (REPOSITORY / "ops/hedge.conf").read_text("utf-8")
SMALL = 20_000


class Standing(Box):
    """A box of stand-ins."""

    def begin(self, **acts: str) -> None:
        """Start; `acts` says what each program does, the rest sleep."""
        self.lay()
        text = CONF.replace("maxbytes=2000000", f"maxbytes={SMALL}")
        for name in re.findall(r"^\[program:(\w+)\]", CONF, re.MULTILINE):
            act = f"{sys.executable} {STAND_IN} {acts[name]}" if name in acts else f"{sys.executable} -c 'import time; time.sleep(600)'"
            pattern = rf"(?ms)(^\[program:{name}\]\ncommand=.*?launch {name} ).*?(--rest \d+ -- )[^\n]*"
            text, count = re.subn(pattern, lambda found, act=act: f"{found[1]}{found[2]}{act}", text)
            assert count == 1
        (self.folder / "hedge.conf").write_text(text)
        (self.folder / "run").mkdir(mode=0o700)
        environ = dict(line.split("=", 1) for line in self.env_file.read_text().splitlines())
        # `hedge` of this checkout, whichever the environment's own is
        (self.folder / "home/.venv/bin").mkdir(parents=True)
        hedge = self.folder / "home/.venv/bin/hedge"
        hedge.write_text(f"#!{sys.executable}\nfrom hedge_assets.cli import main\nmain()\n")
        hedge.chmod(0o755)
        environ["HEDGE_HOME"] = str(self.folder / "home")
        command = [sys.executable, "-m", "hedge_assets.stack.supervisord", "-n", "-c", str(self.folder / "hedge.conf")]
        with (self.folder / "said").open("ab") as out:
            told = {**os.environ, **environ}
            self.process = subprocess.Popen(command, cwd=REPOSITORY, env=told, stdout=out, stderr=out, start_new_session=True)
        assert until(lambda: bool(self.processes())), (self.folder / "said").read_text()

    def is_launched(self) -> bool:
        """Whether every program has become itself."""
        pids = [each.pid for each in self.processes().values()]
        return bool(pids) and all(pid and b"\0launch\0" not in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)

    def seen(self, name: str) -> Process:
        """A program as supervisor sees it, asked again where its answer is late."""
        return until(lambda: self.processes().get(name))

    def log(self, name: str) -> str:
        path = self.data / "run" / f"{name}.log"
        return path.read_text("utf-8") if path.exists() else ""


@pytest.fixture
def box(tmp_path):
    made = Standing(tmp_path, {})
    yield made
    made.stop()


def test_logs_are_turned_over_by_size_and_only_so_many_are_kept(box, tmp_path):
    box.begin(web=f"chat {tmp_path / 'grown'}")
    run = box.data / "run"
    assert until((run / "web.log.2").exists)
    spoken = (tmp_path / "grown").stat().st_size
    assert until(lambda: (tmp_path / "grown").stat().st_size > spoken + 10)
    box.control.stop("web")  # in the middle of a turn one of them is not there
    assert until(lambda: box.seen("web").state == "STOPPED")
    logs = {path.name: path.stat().st_size for path in run.glob("web.log*")}
    assert set(logs) == {"web.log", "web.log.1", "web.log.2"}
    assert max(logs.values()) <= SMALL + 10_000  # a log is turned over after the word that made it too long


@pytest.mark.parametrize("code", [75, 78])
def test_who_was_refused_stays_down_and_says_why(box, code):
    box.begin(executor=f"refuse {code}", page=f"refuse {code}")
    for name in ("executor", "page"):
        assert until(lambda name=name: box.seen(name).state == "EXITED")
        assert box.seen(name).exit_code == code
        assert "set ALLOW_PROD_WRITE=1" in box.log(name)
    time.sleep(1)
    assert box.log("executor").count("starting up") == 1


def test_who_falls_again_and_again_is_left_alone_for_longer_and_longer_and_never_given_up(box):
    box.begin(web="once 1", executor="once 1")
    assert until(lambda: "web fell again and again; it is left alone for 2 s" in box.log("web"))
    starts = json.loads((box.data / "starts" / "web.starts").read_text())["at_us"]
    assert len(starts) >= 5
    assert re.findall(r"alone for (\d+) s", box.log("web"))[:2] == ["1", "2"]
    assert {box.seen(name).state for name in ("web", "executor")} <= {"RUNNING", "STARTING", "EXITED"}
    assert box.seen("page").state == "RUNNING"


def test_they_stop_in_order_each_once_the_one_before_is_down_and_the_deaf_are_killed(box):
    box.begin(page="deaf")
    assert until(box.is_launched)
    page = box.seen("page").pid
    assert until(lambda: Path(f"/proc/{page}/task/{page}/children").read_text() != "")  # by then it is deaf
    box.process.send_signal(signal.SIGTERM)
    box.process.wait(PATIENCE_S)
    told = (box.data / "run/supervisord.log").read_text()
    stopped = re.findall(r"(?:stopped: (\w+) |killing '(\w+)')", told)
    order = [one or f"{other} killed" for one, other in stopped]
    assert order == ["watch", "executor", "mirror", "page killed", "page", "daemon", "web", "code", "tend"], told
    assert until(lambda: box.left() == [])


def test_after_the_machine_was_cut_off_everything_begins_again_and_nobody_rests_for_it(box):
    """Supervisor killed outright takes nobody along: the next one finds leftovers of neither sockets nor notes in its way."""
    box.begin()
    assert until(box.is_launched)
    pids = {box.seen(name).pid for name in re.findall(r"^\[program:(\w+)\]", CONF, re.MULTILINE)}
    box.process.kill()
    box.process.wait(PATIENCE_S)
    for pid in pids:  # the machine went: they went with it
        os.kill(pid, signal.SIGKILL)
    again = Standing(box.folder, {}, ports=box.ports)
    command = [sys.executable, "-m", "hedge_assets.stack.supervisord", "-n", "-c", str(box.folder / "hedge.conf")]
    environ = dict(line.split("=", 1) for line in box.env_file.read_text().splitlines())
    with (box.folder / "said").open("ab") as out:
        told = {**os.environ, **environ, "HEDGE_HOME": str(box.folder / "home")}
        again.process = subprocess.Popen(command, cwd=REPOSITORY, env=told, stdout=out, stderr=out, start_new_session=True)
    try:
        assert until(lambda: (seen := again.processes()) and all(each.state == "RUNNING" for each in seen.values()))
        assert not {each.pid for each in again.processes().values()} & pids
        assert "left alone" not in again.log("web")
    finally:
        again.stop()
