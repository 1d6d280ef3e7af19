"""The course of a running system: each part started in its turn, each stage told, all of it stopped in order."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.notes import Tally
from hedge_assets.stack.probes import Standing
from hedge_assets.stack.programs import EXECUTOR_STOP_S, Stack
from hedge_assets.stack.rousing import Rouser
from hedge_assets.stack.supervision import DOWN, Process, Supervisor
from hedge_assets.stack.trader import Trader

POLL_S = 0.2
LOOK_S = 2.0
DEAF_S = 15.0
GRACE_S = 15.0  # after this Dagster starts even if the executor has not completed a loop
STOP_S = 6.0
REST_S = 5.0  # how long an executor that traded, and then falls again and again, is left alone before it is tried again
REVIVE_S = 30.0  # how long a service that supervisor gave up is left alone before it is tried again
WATCH_STOP_S = 3.0


@dataclass(frozen=True)
class Eyes:
    """How the course sees the world; real probes, or in tests their stand-ins. `grows` and `serves` say yes once it is so,
    `shows` while the operator page answers.

    `mute` is told who runs, and says which of them do not answer at their ports.
    """

    grows: Callable[[], bool]
    serves: Callable[[], bool]
    dagster_trouble: Callable[[], str | None]
    standing: Callable[[], Standing]
    mute: Callable[[Mapping[str, Process]], Mapping[str, Mute]] = lambda _: {}
    shows: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Voice:
    """How the course speaks: `say` is for lines that stay, `show` for the one that is replaced."""

    say: Callable[[str], None]
    show: Callable[[str], None]


@dataclass
class Course:
    """What has been reached so far; `run` goes on until it is asked to stop or no executor can begin."""

    stack: Stack
    supervisor: Supervisor
    eyes: Eyes
    voice: Voice
    is_over: Callable[[], bool]
    began_s: float = field(default_factory=time.monotonic)
    reached: set[str] = field(default_factory=set)
    looked_s: float = -LOOK_S
    trouble: str | None = None
    seen: Standing | None = None
    given_up_s: dict[str, float] = field(default_factory=dict)
    answered_s: float = field(default_factory=time.monotonic)
    mute: Mapping[str, Mute] = field(default_factory=dict)
    tally: Tally = field(init=False)
    rouser: Rouser = field(init=False)
    traders: tuple[Trader, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.traders = tuple(map(Trader, self.stack.executors))
        self.tally = Tally(self.stack.run_folder)
        self.rouser = Rouser(self.supervisor, self.voice.say)

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
            code = self._judge_executors(processes)
            if code is not None:
                return code
            self._advance(processes)
            self._revive(processes)
            self.rouser.look(processes, self.mute)
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
        """Start a service again that supervisor gave up: what made it fall may have passed. Executors are judged otherwise."""
        services = {program.name for program in self.stack.programs if program.restarts} - set(self.stack.executors)
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

    def _reach(self, stage: str, line: str | None = None) -> None:
        self.reached.add(stage)
        if line is not None:
            self.voice.say(f"{time.monotonic() - self.began_s:6.1f} s  {line}")

    def _judge_executors(self, processes: dict[str, Process]) -> int | None:
        """The code to end with, once no executor can begin; null while one can, or its feed has simply ended.

        One of several that cannot begin is left alone and tried again: the others trade.
        """
        for trader in self.traders:
            process = processes.get(trader.name)
            code = None if process is None else self._judge(trader, process)
            if code is not None:
                return code
        return None

    def _judge(self, trader: Trader, process: Process) -> int | None:
        has_refused, is_lost = trader.has_refused(process), trader.is_lost(process)
        may_rest = "trading" in self.reached or len(self.traders) > 1
        if may_rest and (has_refused or is_lost or trader.rested_s is not None):
            self._rest(trader, process, "cannot go on" if has_refused else "falls again and again")
            return None
        if has_refused or is_lost:
            log = self.stack.run_folder / f"{trader.name}.log"
            self.voice.say(last_line(log) or f"{self._called(trader)} ended with {process.exit_code} and said nothing; see {log}")
            return process.exit_code if has_refused else 1
        if process.state == "EXITED" and process.exit_code == 0 and not trader.is_done:
            trader.is_done = True
            line = f"{self._called(trader)} is done ({last_line(self.stack.run_folder / f'{trader.name}.log')}); Dagster goes on"
            self._reach("ended" if all(each.is_done for each in self.traders) else f"{trader.name} ended", line)
        if trader.has_begun_anew(process):
            self._reach("restarted", f"{self._called(trader)} went down and was started again (restart {trader.restarts})")
        return None

    def _called(self, trader: Trader) -> str:
        return "the executor" if len(self.traders) == 1 else trader.name

    def _rest(self, trader: Trader, process: Process, how: str) -> None:
        """Leave an executor alone that has traded and now falls or refuses, then try it again: it may pass, and others must tell of it."""
        if trader.rested_s is None:
            log = self.stack.run_folder / f"{trader.name}.log"
            self.voice.say(f"{self._called(trader)} {how} ({last_line(log) or 'it said nothing'}); tried again after {REST_S:.0f} s")
            trader.rested_s = time.monotonic()
        if time.monotonic() - trader.rested_s < REST_S:
            if process.state != "STOPPED":
                self.supervisor.stop(trader.name)
        elif process.state != "STOPPING":
            self.supervisor.start(trader.name)
            trader.rested_s = None
            trader.falls_s.clear()

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
        if {"green", "answering"} <= self.reached and "ready" not in self.reached and self.eyes.shows():
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
        parts = [self._traders_line(processes)] if processes else ["supervisor does not answer"]
        restarts = sum(trader.restarts for trader in self.traders)
        if restarts:
            parts.append(f"restarts {restarts}")
        parts.append("Dagster ok" if self.trouble is None else self.trouble)
        if self.seen is not None:
            parts.append(f"states {self.seen.written}/{self.seen.states}, green {self.seen.green}/{self.seen.files}")
            if self.seen.trouble is not None:
                parts.append(self.seen.trouble)
        return " · ".join(parts)

    def _traders_line(self, processes: dict[str, Process]) -> str:
        if len(self.traders) == 1:
            executor = processes.get(self.traders[0].name)
            return f"executor {executor.state.lower() if executor else 'unknown'}"
        running = sum(processes[each.name].state == "RUNNING" for each in self.traders if each.name in processes)
        return f"{running} of {len(self.traders)} executors running"

    def _stop(self) -> None:
        """The watch first, for what follows is no incident; the executors while others can still read it; then the rest at once."""
        began_s = time.monotonic()
        self.voice.say("stopping")
        self.supervisor.stop("watch")
        self._wait_down(["watch"], WATCH_STOP_S)
        for name in self.stack.executors:
            self.supervisor.stop(name)
        self._wait_down(list(self.stack.executors), EXECUTOR_STOP_S + 1.0)
        others = [program.name for program in self.stack.programs if program.name not in ("watch", *self.stack.executors)]
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
            are_down = bool(processes) and all(processes[name].state in DOWN for name in names if name in processes)
            if are_down or self._is_deaf(processes) or not self.supervisor.is_alive:  # one answer that is late says nothing
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
