"""Supervisor, used as a library: its configuration written, the process started, asked, told and ended."""

import contextlib
import ctypes
import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from executor.errors import HedgeError, SettingsError
from hedge_assets.health.measuring import LOG_BYTES, LOGS_KEPT
from hedge_assets.stack.programs import Program

SOCKET_PATH_BYTES = 90  # the system's limit is 107, and supervisor binds a longer name beside it first
READY_S = 60.0
LEFTOVERS_S = 30.0  # who was killed is gone at once, unless the machine is busy
ANSWER_S = 2.0  # a supervisor that was stopped takes connections and answers nothing
GONE = ("Z", "X")
DOWN = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")
"""Words of `Process.state` for one that does not run and is not about to."""
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Process:
    """One program as supervisor sees it. `state` is its word: RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL.

    `exit_code` is of the last end, `pid` is 0 while it does not run, `since_s` is when it was started (Unix time).
    """

    name: str
    state: str
    pid: int
    exit_code: int
    since_s: int


def socket_path(run_folder: Path) -> Path:
    """Where supervisor listens: beside its logs, or in a short private folder when that path is too long for a socket."""
    path = run_folder / "supervisor.sock"
    if len(str(path)) <= SOCKET_PATH_BYTES:
        return path
    return Path(tempfile.mkdtemp(prefix="hedge-")) / "supervisor.sock"


def quoted(text: str) -> str:
    """A value as supervisor's configuration wants it; refuses what that format cannot carry."""
    if any(mark in text for mark in (" ;", " #", "\n")):
        raise SettingsError(f"argument was {text!r}, ' ;', ' #' and line ends cannot be handed on; use another path")
    return text.replace("%", "%%")


def program_section(program: Program, run_folder: Path) -> str:
    """One program's section of the configuration."""
    lines = {
        "command": quoted(shlex.join(program.command)),
        "autostart": "false" if program.waits else "true",
        "autorestart": "unexpected" if program.restarts else "false",
        "exitcodes": ",".join(str(code) for code in program.final_codes) or "0",
        "startsecs": program.healthy_after_s,
        "startretries": program.tries,
        "stopsignal": "TERM",
        "stopwaitsecs": program.stop_wait_s,
        "stopasgroup": "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": quoted(str(run_folder / f"{program.name}.log")),
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": LOGS_KEPT,
    }
    if not program.final_codes:
        lines["autorestart"] = "true"
    if program.folder is not None:
        lines["directory"] = quoted(str(program.folder))
    return "\n".join([f"[program:{program.name}]", *(f"{key}={value}" for key, value in lines.items()), ""])


def configuration(programs: tuple[Program, ...], run_folder: Path, socket: Path) -> str:
    """The whole configuration; every log has its bound, and nothing listens but a private socket."""
    own = f"""[unix_http_server]
file={quoted(str(socket))}
chmod=0600

[supervisord]
nodaemon=true
silent=true
logfile={quoted(str(run_folder / "supervisord.log"))}
logfile_maxbytes={LOG_BYTES}
logfile_backups={LOGS_KEPT}
pidfile={quoted(str(run_folder / "supervisord.pid"))}
childlogdir={quoted(str(run_folder))}
umask=077

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    return "\n".join([own, *(program_section(program, run_folder) for program in programs)])


def _follow_the_parent() -> None:
    """Run in the child before it becomes supervisor: end when the parent ends, and let an interrupt interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def members(session: int, processes: Path = Path("/proc")) -> list[int]:
    """The living processes of a session, by the system's own list (Linux; elsewhere none are found)."""
    found = []
    for stat in processes.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its_session, *_ = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(its_session) == session and state not in GONE:
                found.append(int(stat.parent.name))
    return found


class Line(http.client.HTTPConnection):
    """A connection to supervisor's socket that waits for an answer only so long."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ANSWER_S)
        self.sock.connect(str(self._path))


class Control:
    """A supervisor that runs, asked and told by its socket."""

    def __init__(self, path: Path) -> None:
        self._socket = path

    def _ask(self, method: str, *arguments: Any) -> Any:
        """One remote call; null when nobody answers or the answer is a refusal (already started, not running)."""
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        transport._get_connection = lambda: Line(self._socket)  # noqa: SLF001  its own waits for ever
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as server:
            try:
                return getattr(server.supervisor, method)(*arguments)
            except (OSError, xmlrpc.client.Error, http.client.HTTPException):
                return None

    def processes(self) -> dict[str, Process]:
        """Every program by name; empty when supervisor does not answer."""
        return {
            each["name"]: Process(each["name"], each["statename"], each["pid"], each["exitstatus"], each["start"])
            for each in self._ask("getAllProcessInfo") or ()
        }

    def start(self, name: str) -> None:
        """Start a program that waits for its turn; one that runs goes on."""
        self._ask("startProcess", name, False)

    def stop(self, name: str) -> None:
        """Ask a program to end, without waiting."""
        self._ask("stopProcess", name, False)


class Supervisor(Control):
    """A supervisor of our own and the programs under it."""

    def __init__(self, programs: tuple[Program, ...], run_folder: Path, environ: Mapping[str, str]) -> None:
        run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        super().__init__(socket_path(run_folder))
        self._run_folder, self._mercy_s = run_folder, max((each.stop_wait_s for each in programs), default=0)
        self._log = run_folder / "supervisord.log"
        settings = run_folder / "supervisord.conf"
        settings.write_text(configuration(programs, run_folder, self._socket), "utf-8")
        with (run_folder / "supervisord.out").open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and our own file
                [sys.executable, "-m", "hedge_assets.stack.supervisord", "-c", str(settings)],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_follow_the_parent,  # noqa: PLW1509  no thread runs yet
            )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        until_s = time.monotonic() + READY_S
        while time.monotonic() < until_s and self.is_alive:
            if self.processes():
                return
            time.sleep(0.05)
        self.end()
        raise HedgeError(f"supervisor did not answer within {READY_S:.0f} s; see {self._log} and supervisord.out beside it")

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor itself runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End supervisor, and whatever of its programs should still be there."""
        if self.is_alive:
            self._process.terminate()
            try:
                self._process.wait(4)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._end_leftovers()
        self._socket.unlink(missing_ok=True)
        if self._socket.parent != self._run_folder:
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()

    def _end_leftovers(self) -> None:
        """A supervisor that was deaf ended nobody: who is left is asked as it would have asked, given its time, and only then killed."""
        signalled(members(self._process.pid), signal.SIGTERM)
        until_s = time.monotonic() + self._mercy_s
        while members(self._process.pid) and time.monotonic() < until_s:
            time.sleep(0.02)
        until_s = time.monotonic() + LEFTOVERS_S
        while (left := members(self._process.pid)) and time.monotonic() < until_s:
            signalled(left, signal.SIGKILL)
            time.sleep(0.02)


def signalled(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to each that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
