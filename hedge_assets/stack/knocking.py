"""Whether the programs answer at their ports: asked every two seconds beside the course, so that one that hangs delays nothing."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import grpc

from hedge_assets.stack.programs import LOOPBACK, Ports, executor_name, ports_of
from hedge_assets.stack.supervision import Process

EVERY_S = 2.0
ANSWER_S = 2.0
BOOT_S = 120.0  # a program that has not answered yet is loading, for so long
CURRENT_RUNS = "/api.DagsterApi/GetCurrentRuns"  # takes the lock that starting a run takes: Dagster's ping is answered without it
VERSION = json.dumps({"query": "{version}"})
Door = Callable[[], str | None]


@dataclass(frozen=True)
class Mute:
    """A program that does not answer: for how long by now, machine's sleep not counted, and what was asked of it in vain."""

    for_s: float
    fault: str


@dataclass
class Life:
    """One process as it was knocked at: `since_s` is when it began not to answer (monotonic), null while it does."""

    pid: int
    began_s: float
    has_answered: bool = False
    since_s: float | None = None
    fault: str = ""


class Knocks:
    """The programs that run and what they answered last; one thread knocks, another reads."""

    def __init__(self, doors: Mapping[str, Door]) -> None:
        self._doors = doors
        self._lives: dict[str, Life] = {}

    def see(self, processes: Mapping[str, Process]) -> dict[str, Mute]:
        """Take note of who runs now; those of them that do not answer. A new process begins with a clean slate."""
        now_s = time.monotonic()
        pids = {name: processes[name].pid for name in self._doors if name in processes and processes[name].pid}
        before = self._lives
        self._lives = {name: before[name] if name in before and before[name].pid == pid else Life(pid, now_s) for name, pid in pids.items()}
        mute = {name: mute_of(life, now_s) for name, life in self._lives.items()}
        return {name: each for name, each in mute.items() if each is not None}

    def knock(self) -> None:
        """Ask each of them once."""
        for name, life in self._lives.items():
            asked_s = time.monotonic()
            fault = self._doors[name]()
            if fault is None:
                life.has_answered, life.since_s = True, None
            else:
                life.fault = fault
                life.since_s = asked_s if life.since_s is None else life.since_s

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """Knock every two seconds from a thread of its own."""
        over = threading.Event()

        def knocking() -> None:
            while not over.wait(EVERY_S):
                self.knock()

        threading.Thread(target=knocking, name="knocks", daemon=True).start()
        try:
            yield
        finally:
            over.set()


def mute_of(life: Life, now_s: float) -> Mute | None:
    """For how long a process has not answered; null while it answers, or may still be loading."""
    since_s = life.since_s  # read once: the other thread may just hear an answer
    if since_s is None or not (life.has_answered or now_s - life.began_s > BOOT_S):
        return None
    return Mute(max(0.0, now_s - since_s), life.fault)


def doors(ports: Ports, accounts: Collection[str] = ()) -> dict[str, Door]:
    """What each program is asked: something small that it answers only while it works, not merely while its port is there."""
    executors = {
        executor_name(account): partial(http_fault, port, "OPTIONS", "/metrics") for account, port in ports_of(ports, accounts).items()
    }
    return {
        "web": lambda: http_fault(ports.web, "POST", "/graphql", VERSION),
        "code": lambda: grpc_fault(ports.code),
        "page": lambda: http_fault(ports.page, "GET", "/healthz"),
        "watch": lambda: http_fault(ports.watch, "OPTIONS", "/metrics"),
        **executors,
    }


def http_fault(port: int, method: str, path: str, body: str | None = None) -> str | None:
    """What is asked in vain of a loopback port; null when it is answered, whatever the answer says."""
    line = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_S)
    try:
        line.request(method, path, body, {} if body is None else {"Content-Type": "application/json"})
        line.getresponse().read()
    except (OSError, http.client.HTTPException):
        return f"{method} {path} at port {port}"
    finally:
        line.close()
    return None


def grpc_fault(port: int) -> str | None:
    """The same of a Dagster code server, asked by its own protocol for its runs; an empty message is the whole question."""
    with grpc.insecure_channel(f"{LOOPBACK}:{port}", options=(("grpc.enable_http_proxy", 0),)) as channel:
        try:
            channel.unary_unary(CURRENT_RUNS)(b"", timeout=ANSWER_S)
        except grpc.RpcError:
            return f"what runs it has at port {port}"
    return None
