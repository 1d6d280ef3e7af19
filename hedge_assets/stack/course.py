"""The course of a running system: each part started in its turn, each stage told, all of it stopped in order."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.notes import Tally
from hedge_assets.stack.probes import Standing
from hedge_assets.stack.programs import Stack
from hedge_assets.stack.supervision import Process, Supervisor

REFUSALS = (75, 78)
POLL_S = 0.2
LOOK_S = 2.0
DEAF_S = 15.0
NEVER = (0, 0)
FALLS = 5
FALLS_WITHIN_S = 30.0  # so many falls in so short a time, and starting it again is no cure
GRACE_S = 15.0  # after this Dagster starts even if the executor has not completed a loop
EXECUTOR_STOP_S = 5.0
STOP_S = 6.0
REST_S = 5.0  # how long an executor that traded, and then falls again and again, is left alone before it is tried again
REVIVE_S = 30.0  # how long a service that supervisor gave up is left alone before it is tried again
ROUSE_S = 30.0  # a service that has not answered for so long is ended and started again
ROUSED = ("web", "code", "page")
WATCH_STOP_S = 3.0
DOWN = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


@dataclass(frozen=True)
class Eyes:
    """How the course sees the world; real probes, or in tests their stand-ins. `grows` and `serves` say yes once it is so.

    `mute` is told who runs, and says which of them do not answer at their ports.
    """

    grows: Callable[[], bool]
    serves: Callable[[], bool]
    dagster_trouble: Callable[[], str | None]
    standing: Callable[[], Standing]
    mute: Callable[[Mapping[str, Process]], Mapping[str, Mute]] = lambda _: {}


@dataclass(frozen=True)
class Voice:
    """How the course speaks: `say` is for lines that stay, `show` for the one that is replaced."""

    say: Callable[[str], None]
    show: Callable[[str], None]


@dataclass
class Course:
    """What has been reached so far; `run` goes on until it is asked to stop or the executor cannot begin.

    `falls_s` are the executor's falls since it was last left alone, `rested_s` is when that was, null while it is up to supervisor.
    """

    stack: Stack
    supervisor: Supervisor
    eyes: Eyes
    voice: Voice
    is_over: Callable[[], bool]
    began_s: float = field(default_factory=time.monotonic)
    reached: set[str] = field(default_factory=set)
    looked_s: float = -LOOK_S
    life: tuple[int, int] = NEVER
    restarts: int = 0
    falls_s: list[float] = field(default_factory=list)
    rested_s: float | None = None
    trouble: str | None = None
    seen: Standing | None = None
    given_up_s: dict[str, float] = field(default_factory=dict)
    answered_s: float = field(default_factory=time.monotonic)
    mute: Mapping[str, Mute] = field(default_factory=dict)
    roused: set[str] = field(default_factory=set)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.stack.run_folder)

    def run(self) -> int:
        """Start, watch, stop; returns the exit code."""
        try:
            return self._watch()
        finally:
            self._stop()

    def _watch(self) -> int:
        while not self.is_over():
            processes = self.supervisor.processes()
            if not processes and not self.supervisor.is_alive:
                self.voice.say(f"supervisor is gone; see {self.stack.run_folder / 'supervisord.log'}")
                return 1
            if self._is_deaf(processes):
                self.voice.say(f"supervisor did not answer for {DEAF_S:.0f} s; was {self.stack.run_folder} removed? start again: hedge up")
                return 1
            self._note(processes)
            code = self._judge_executor(processes.get("executor"))
            if code is not None:
                return code
            self._advance(processes)
            self._revive(processes)
            self._rouse(processes)
            self._look(processes)
            time.sleep(POLL_S)
        return 0

    def _is_deaf(self, processes: dict[str, Process]) -> bool:
        """Whether supervisor has said nothing for so long that nothing more can be watched or told to start."""
        if processes:
            self.answered_s = time.monotonic()
        return time.monotonic() - self.answered_s > DEAF_S

    def _note(self, processes: dict[str, Process]) -> None:
        self.mute = self.eyes.mute(processes)
        refused = self.tally.note(processes, self.mute) if processes else None  # who hears nothing has nothing to tell
        if refused is not None:
            self.voice.say(refused)

    def _revive(self, processes: dict[str, Process]) -> None:
        """Start a service again that supervisor gave up: what made it fall may have passed. The executor ends the stack instead."""
        services = {program.name for program in self.stack.programs if program.restarts} - {"executor"}
        for name in services & set(processes):
            if processes[name].state != "FATAL":
                continue
            since_s = self.given_up_s.get(name)
            if since_s is None:
                log = self.stack.run_folder / f"{name}.log"
                self.voice.say(f"{name} falls again and again ({last_line(log) or 'it said nothing'}); tried again every {REVIVE_S:.0f} s")
            elif time.monotonic() - since_s < REVIVE_S:
                continue
            else:
                self.supervisor.start(name)
            self.given_up_s[name] = time.monotonic()

    def _rouse(self, processes: dict[str, Process]) -> None:
        """End a service that runs and answers nothing, and start it again: what it hangs on ends with it."""
        for name in ROUSED:
            state = processes[name].state if name in processes else ""
            if name in self.roused and state in DOWN:
                self.supervisor.start(name)
                self.roused.discard(name)
            elif name not in self.roused and name in self.mute and self.mute[name].for_s > ROUSE_S and state == "RUNNING":
                self.voice.say(f"{name} has not answered {self.mute[name].fault} for {ROUSE_S:.0f} s; it is started again")
                self.supervisor.stop(name)
                self.roused.add(name)

    def _reach(self, stage: str, line: str | None = None) -> None:
        self.reached.add(stage)
        if line is not None:
            self.voice.say(f"{time.monotonic() - self.began_s:6.1f} s  {line}")

    def _judge_executor(self, executor: Process | None) -> int | None:
        """The code to end with, once the executor cannot begin; null while it can, or its feed has simply ended."""
        if executor is None:
            return None
        has_refused = executor.state == "EXITED" and executor.exit_code in REFUSALS
        is_lost = executor.state == "FATAL" or self._keeps_falling()
        if "trading" in self.reached and (has_refused or is_lost or self.rested_s is not None):
            self._rest(executor, "cannot go on" if has_refused else "falls again and again")
            return None
        if has_refused or is_lost:
            log = self.stack.run_folder / "executor.log"
            self.voice.say(last_line(log) or f"executor ended with {executor.exit_code} and said nothing; see {log}")
            return executor.exit_code if has_refused else 1
        if executor.state == "EXITED" and executor.exit_code == 0 and "ended" not in self.reached:
            self._reach("ended", f"the executor is done ({last_line(self.stack.run_folder / 'executor.log')}); Dagster goes on")
        life = (executor.since_s, executor.pid or self.life[1])
        if life != self.life:
            if self.life != NEVER:
                self.restarts += 1
                self.falls_s.append(time.monotonic())
                self._reach("restarted", f"the executor went down and was started again (restart {self.restarts})")
            self.life = life
        return None

    def _rest(self, executor: Process, how: str) -> None:
        """Leave an executor alone that has traded and now falls or refuses, then try it again: it may pass, and others must tell of it."""
        if self.rested_s is None:
            log = self.stack.run_folder / "executor.log"
            self.voice.say(f"the executor {how} ({last_line(log) or 'it said nothing'}); tried again after {REST_S:.0f} s")
            self.rested_s = time.monotonic()
        if time.monotonic() - self.rested_s < REST_S:
            if executor.state != "STOPPED":
                self.supervisor.stop("executor")
        elif executor.state != "STOPPING":
            self.supervisor.start("executor")
            self.rested_s = None
            self.falls_s.clear()

    def _keeps_falling(self) -> bool:
        return len(self.falls_s) >= FALLS and time.monotonic() - self.falls_s[-FALLS] < FALLS_WITHIN_S

    def _advance(self, processes: dict[str, Process]) -> None:
        """Start what may start now, one after the other: Dagster's processes must not make its storage at the same time."""
        if "trading" not in self.reached and self.eyes.grows():
            self._reach("trading", "executor is trading")
        is_due = self.reached & {"trading", "ended"} or time.monotonic() - self.began_s > GRACE_S
        if is_due and "refreshing" not in self.reached:
            self._reach("refreshing")
            self.supervisor.start("first")
        if "refreshed" not in self.reached and has_ended(processes.get("first")):
            self._reach("refreshed", self._first_trouble(processes["first"].exit_code))
            self.supervisor.start("code")
        if "refreshed" in self.reached and "serving" not in self.reached and self.eyes.serves():
            self._reach("serving")
            self.supervisor.start("web")

    def _first_trouble(self, code: int) -> str | None:
        return None if code == 0 else f"the first refresh ended with {code}; see {self.stack.run_folder / 'first.log'}"

    def _look(self, processes: dict[str, Process]) -> None:
        """Every few seconds: ask Dagster, look at the files, refresh the status line."""
        if time.monotonic() - self.looked_s < LOOK_S:
            return
        self.trouble = self.eyes.dagster_trouble() if "serving" in self.reached else "Dagster is starting"
        if self.trouble is None and "answering" not in self.reached:
            self._reach("answering", f"Dagster answers at {self.stack.address}")
            self.supervisor.start("daemon")
        if "trading" in self.reached:
            self.seen = self.eyes.standing()
            self._tell_files(self.seen)
        if {"green", "answering"} <= self.reached and "ready" not in self.reached:
            self._reach("ready", self._ready_line())
        self.voice.show(self.status_line(processes))
        self.looked_s = time.monotonic()

    def _ready_line(self) -> str:
        names = {program.name for program in self.stack.programs}
        parts = [f"pages at {self.stack.address}"]
        parts += [f"operator page at {self.stack.page_address}"] if "page" in names else []
        parts += [f"metrics at {' and '.join(self.stack.metrics_addresses)}"] if "watch" in names else []
        return f"ready: {', '.join(parts)}, `hedge status` in another terminal, Ctrl-C stops all of it"

    def _tell_files(self, seen: Standing) -> None:
        if seen.is_complete and "written" not in self.reached:
            self._reach("written", f"first states written {seen.written}/{seen.states}")
        if seen.is_green and "written" in self.reached and "green" not in self.reached:
            self._reach("green", f"all green: {seen.green}/{seen.files} files are as they must be")

    def status_line(self, processes: dict[str, Process]) -> str:
        """Everything on one line: the executor, Dagster, the files, and what is wrong first."""
        executor = processes.get("executor")
        parts = [f"executor {executor.state.lower() if executor else 'unknown'}"] if processes else ["supervisor does not answer"]
        if self.restarts:
            parts.append(f"restarts {self.restarts}")
        parts.append("Dagster ok" if self.trouble is None else self.trouble)
        if self.seen is not None:
            parts.append(f"states {self.seen.written}/{self.seen.states}, green {self.seen.green}/{self.seen.files}")
            if self.seen.trouble is not None:
                parts.append(self.seen.trouble)
        return " · ".join(parts)

    def _stop(self) -> None:
        """The watch first, for what follows is no incident; the executor while others can still read it; then the rest at once."""
        began_s = time.monotonic()
        self.voice.say("stopping")
        self.supervisor.stop("watch")
        self._wait_down(["watch"], WATCH_STOP_S)
        self.supervisor.stop("executor")
        self._wait_down(["executor"], EXECUTOR_STOP_S)
        others = [program.name for program in self.stack.programs if program.name not in ("watch", "executor")]
        for name in others:
            self.supervisor.stop(name)
        self._wait_down(others, STOP_S)
        self.supervisor.end()
        self.tally.forget()
        self.voice.say(f"stopped in {time.monotonic() - began_s:.1f} s")

    def _wait_down(self, names: list[str], seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            processes = self.supervisor.processes()
            if all(processes[name].state in DOWN for name in names if name in processes):
                return
            time.sleep(POLL_S / 2)


def has_ended(process: Process | None) -> bool:
    """Whether a program was started, and is over."""
    return process is not None and process.since_s > 0 and process.state in ("EXITED", "FATAL")


def last_line(log: Path) -> str | None:
    """The last line of a log that says something; null when there is none."""
    try:
        lines = log.read_text("utf-8", "replace")[-8192:].strip().splitlines()
    except OSError:
        return None
    return lines[-1] if lines else None
