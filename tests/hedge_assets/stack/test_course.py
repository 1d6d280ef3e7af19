"""The whole stack comes up, is watched and goes down, with stand-in programs under the real supervisor."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from hedge_assets.health.scene import Programs
from hedge_assets.stack import course, probes, rousing
from hedge_assets.stack.course import Course, Eyes, Voice, last_line
from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.ports import listens
from hedge_assets.stack.probes import Standing
from hedge_assets.stack.programs import Ports, Program, Stack
from hedge_assets.stack.supervision import Process, Supervisor, members
from hedge_assets.stack.trader import FALLS
from tests.ports import free_port

STAND_IN = Path(__file__).parent / "stand_in.py"
GREEN = Standing(written=15, states=15, green=18, files=18, trouble=None)
PATIENCE_S = 120.0


def program(name: str, *words: str, **told: object) -> Program:
    return Program(name, (sys.executable, str(STAND_IN), *words), **{"stop_wait_s": 1, **told})


def stack_of(root: Path, port: int, executor: Program | None = None) -> Stack:
    programs = (
        executor or program("executor", "trade", str(root / "raw")),
        program("first", "once", "0", restarts=False, waits=True),
        program("code", "serve", str(port), final_codes=(), waits=True),
        program("web", "trade", str(root / "web"), final_codes=(), waits=True),
        program("daemon", "deaf", final_codes=(), waits=True),
    )
    return Stack(root=root, programs=programs, environment={}, ports=Ports(web=1, code=port))


class Run:
    """A course under way; `over` is asked after every look with the lines said so far."""

    def __init__(self, stack: Stack, over: Callable[["Run"], bool], mute: Callable[..., dict[str, Mute]] = lambda _: {}) -> None:
        self.said: list[str] = []
        self.until_s = time.monotonic() + PATIENCE_S
        began_s = time.time()
        self.supervisor = Supervisor(stack.programs, stack.run_folder, os.environ)
        eyes = Eyes(
            grows=lambda: probes.grows(stack.root / "raw", began_s),
            serves=lambda: listens(stack.ports.code),
            dagster_trouble=lambda: None,
            standing=lambda: GREEN,
            mute=mute,
        )
        self.session = self.supervisor._process.pid
        voice = Voice(self.said.append, lambda _: None)
        self.course = Course(
            stack=stack,
            supervisor=self.supervisor,
            eyes=eyes,
            voice=voice,
            is_over=lambda: over(self) or time.monotonic() > self.until_s,
        )
        self.code = self.course.run()

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def seen(self, name: str) -> Process:
        """A program as supervisor sees it, asked again where its answer is late."""
        while name not in (processes := self.supervisor.processes()) and time.monotonic() < self.until_s:
            time.sleep(0.05)
        return processes[name]


def is_all_up(run: Run) -> bool:
    states = {name: process.state for name, process in run.supervisor.processes().items()}
    return "all green" in run.text and states.get("daemon") == "RUNNING" and states.get("web") == "RUNNING"


def test_every_stage_is_told_in_turn_and_nothing_is_left_behind(tmp_path):
    run = Run(stack_of(tmp_path, free_port()), is_all_up)
    assert run.code == 0
    stages = [
        "executor is trading",
        "Dagster answers at http://127.0.0.1:1",
        "first states written 15/15",
        "all green: 18/18",
        "stopping",
        "stopped in",
    ]
    assert [stage for stage in stages if stage in run.text] == stages
    assert members(run.session) == []
    assert not (tmp_path / "run" / "supervisor.sock").exists()


@pytest.mark.parametrize("code", [75, 78])
def test_an_executor_that_refuses_to_start_ends_the_stack_with_its_own_line_and_code(tmp_path, code):
    stack = stack_of(tmp_path, free_port(), program("executor", "refuse", str(code)))
    run = Run(stack, lambda _: False)
    assert run.code == code
    assert run.said[0] == "error: ENV was prod; set ALLOW_PROD_WRITE=1"
    assert members(run.session) == []


def test_an_executor_killed_outright_is_started_again_and_the_operator_is_told(tmp_path):
    killed: list[int] = []

    def over(run: Run) -> bool:
        executor = run.seen("executor")
        if not killed and "trading" in run.text:
            killed.append(executor.pid)
            os.kill(executor.pid, signal.SIGKILL)
        return "started again (restart 1)" in run.text

    run = Run(stack_of(tmp_path, free_port()), over)
    assert run.code == 0
    assert "restarts 1" in run.course.status_line(run.course.supervisor.processes())


def test_a_supervisor_that_can_be_asked_no_more_ends_the_stack_with_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "DEAF_S", 1.0)

    def over(run: Run) -> bool:
        if "trading" in run.text:
            run.supervisor._socket.unlink(missing_ok=True)
        return False

    run = Run(stack_of(tmp_path, free_port()), over)
    assert run.code == 1
    assert any(line.startswith("supervisor did not answer for 1 s; was ") for line in run.said)
    assert members(run.session) == []


def test_an_executor_that_falls_again_and_again_ends_the_stack_with_its_last_line(tmp_path):
    run = Run(stack_of(tmp_path, free_port(), program("executor", "refuse", "1")), lambda _: False)
    assert run.code == 1
    assert "error: ENV was prod; set ALLOW_PROD_WRITE=1" in run.said
    assert members(run.session) == []


def test_an_executor_that_traded_and_falls_again_and_again_rests_while_the_others_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "REST_S", 0.5)
    ill = tmp_path / "ill"
    mended = False

    def over(run: Run) -> bool:
        nonlocal mended
        if is_all_up(run) and not ill.exists() and not mended:
            ill.touch()
            os.kill(run.seen("executor").pid, signal.SIGKILL)
        if "falls again and again" in run.text and run.course.traders[0].restarts > FALLS:
            mended = True
            ill.unlink(missing_ok=True)
        return mended and run.course.traders[0].rested_s is None and run.seen("executor").state == "RUNNING"

    stack = stack_of(tmp_path, free_port(), program("executor", "trade", str(tmp_path / "raw"), str(ill)))
    run = Run(stack, over)
    assert run.code == 0
    assert mended
    assert "the executor falls again and again (error: No space left on device); tried again" in run.text
    assert members(run.session) == []


def test_a_supervisor_killed_outright_takes_its_programs_with_it(tmp_path):
    def over(run: Run) -> bool:
        if is_all_up(run):
            os.kill(run.session, signal.SIGKILL)
        return False

    run = Run(stack_of(tmp_path, free_port()), over)
    assert run.code == 1
    assert "supervisor is gone" in run.text
    assert members(run.session) == []


def test_how_the_programs_are_is_left_for_others_to_read_while_they_run(tmp_path):
    notes: list[Programs] = []

    def over(run: Run) -> bool:
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            notes.append(msgspec.json.decode((tmp_path / "run" / "programs.json").read_bytes(), type=Programs))
            executor = next(each for each in notes[-1].programs if each.name == "executor")
            if executor.pid and not executor.falls_us:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(executor.pid, signal.SIGKILL)
            return bool(executor.falls_us)
        return False

    Run(stack_of(tmp_path, free_port()), over)
    assert {each.name for each in notes[-1].programs} == {"executor", "first", "code", "web", "daemon"}
    assert not (tmp_path / "run" / "programs.json").exists()


def test_a_service_that_supervisor_gave_up_is_told_and_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "REVIVE_S", 0.5)
    trading = program("executor", "trade", str(tmp_path / "raw"))
    watch = program("watch", "refuse", "1", final_codes=(), healthy_after_s=60)
    stack = replace(stack_of(tmp_path, free_port()), programs=(trading, replace(watch, tries=1)))
    started: list[int] = []

    def over(run: Run) -> bool:
        since_s = run.seen("watch").since_s
        if "watch falls again and again (error: ENV was prod" in run.text and since_s not in started:
            started.append(since_s)
        return len(started) >= 2

    run = Run(stack, over)
    assert len(started) >= 2
    assert run.text.count("falls again") == 1


def test_a_feed_that_ends_leaves_dagster_at_work(tmp_path):
    stack = stack_of(tmp_path, free_port(), program("executor", "once", "0"))
    run = Run(stack, lambda run: "Dagster goes on" in run.text)
    assert run.code == 0
    assert run.text.count("Dagster goes on") == 1


def test_a_service_that_hangs_is_ended_and_started_again(tmp_path):
    hung: list[int] = []

    def mute(processes: dict[str, Process]) -> dict[str, Mute]:
        pid = processes["web"].pid if "web" in processes else 0
        return {"web": Mute(rousing.ROUSE_S + 1, "GET / at port 1")} if pid and pid in hung else {}

    def over(run: Run) -> bool:
        if is_all_up(run) and not hung:
            hung.append(run.seen("web").pid)
            os.kill(hung[0], signal.SIGSTOP)
        return bool(hung) and is_all_up(run) and run.seen("web").pid not in hung

    run = Run(stack_of(tmp_path, free_port()), over, mute)
    assert run.text.count("web has not answered GET / at port 1 for 30 s; it is started again") == 1
    assert time.monotonic() < run.until_s
    assert members(run.session) == []


def test_the_last_line_is_the_last_that_says_something(tmp_path):
    log = tmp_path / "log"
    assert last_line(log) is None
    log.write_text("one\ntwo\n\n")
    assert last_line(log) == "two"


def test_an_executor_that_traded_and_then_refuses_rests_too_so_that_the_watch_can_tell_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "REST_S", 0.5)
    ill = tmp_path / "ill"

    def over(run: Run) -> bool:
        if is_all_up(run) and not ill.exists() and "cannot go on" not in run.text:
            ill.write_text("78")
            os.kill(run.seen("executor").pid, signal.SIGKILL)
        if "cannot go on" in run.text:
            ill.unlink(missing_ok=True)
        return "cannot go on" in run.text and run.course.traders[0].rested_s is None and run.seen("executor").state == "RUNNING"

    stack = stack_of(tmp_path, free_port(), program("executor", "trade", str(tmp_path / "raw"), str(ill)))
    run = Run(stack, over)
    assert run.code == 0
    assert "the executor cannot go on (error: No space left on device); tried again" in run.text
    assert members(run.session) == []


def test_one_of_several_executors_that_is_refused_keeps_nobody_and_is_tried_again(tmp_path):
    made = stack_of(tmp_path, free_port())
    trades, others = replace(made.programs[0], name="executor_alpha"), made.programs[1:]
    refused = program("executor_beta", "refuse", "78")
    told = "executor_beta cannot go on (error: ENV was prod; set ALLOW_PROD_WRITE=1)"
    stack = replace(made, programs=(trades, refused, *others), accounts=("alpha", "beta"))
    run = Run(stack, lambda run: is_all_up(run) and told in run.text)
    assert (run.code, told in run.text) == (0, True)
    assert "all green" in run.text
    assert members(run.session) == []
