"""Real programs at real ports, asked while they work, stopped by a signal, and let go on."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from hedge_assets.stack.knocking import BOOT_S, Knocks, Life, doors, mute_of
from hedge_assets.stack.programs import Ports
from hedge_assets.stack.supervision import Process
from tests.ports import free_port

PATIENCE_S = 120.0
WEB = "import sys, http.server as h; h.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()"
CODE = """
import sys, grpc
from concurrent.futures import ThreadPoolExecutor
server = grpc.server(ThreadPoolExecutor())
answers = {"GetCurrentRuns": grpc.unary_unary_rpc_method_handler(lambda asked, _: asked)}
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("api.DagsterApi", answers)])
server.add_insecure_port("127.0.0.1:" + sys.argv[1])
server.start()
server.wait_for_termination()
"""


@contextlib.contextmanager
def listening(code: str, port: int) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", code, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def seen(name: str, pid: int) -> dict[str, Process]:
    return {name: Process(name, "RUNNING", pid, 0, 7)}


def faults_until(knocks: Knocks, processes: dict[str, Process], *, is_mute: bool) -> list[str]:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        mute = knocks.see(processes)
        if bool(mute) == is_mute and (is_mute or next(iter(knocks._lives.values())).has_answered):
            return [each.fault for each in mute.values()]
        knocks.knock()
        time.sleep(0.1)
    raise AssertionError(f"still {knocks.see(processes)} after {PATIENCE_S} s")


@pytest.mark.parametrize(("name", "code", "fault"), [("page", WEB, "GET /healthz at port"), ("code", CODE, "what runs it has at port")])
def test_who_is_stopped_still_has_its_port_and_answers_nothing(name, code, fault):
    port = free_port()
    knocks = Knocks(doors(Ports(page=port, code=port)))
    with listening(code, port) as pid:
        assert faults_until(knocks, seen(name, pid), is_mute=False) == []
        os.kill(pid, signal.SIGSTOP)
        assert faults_until(knocks, seen(name, pid), is_mute=True) == [f"{fault} {port}"]
        assert knocks.see(seen(name, pid + 1)) == {}  # another process is not blamed for the one before
        assert knocks.see({}) == {}
        os.kill(pid, signal.SIGCONT)
        assert faults_until(knocks, seen(name, pid), is_mute=False) == []


def test_one_that_never_answered_is_loading_for_a_while():
    life = Life(pid=1, began_s=100.0, since_s=101.0, fault="a ping")
    assert mute_of(life, 100.0 + BOOT_S) is None
    told = mute_of(life, 101.0 + BOOT_S)
    assert told is not None
    assert told.for_s == BOOT_S


def test_a_thread_knocks_while_it_is_wanted():
    asked = []
    knocks = Knocks({"web": lambda: asked.append(1)})
    knocks.see(seen("web", 1))
    with knocks.going_on():
        until_s = time.monotonic() + PATIENCE_S
        while not asked and time.monotonic() < until_s:
            time.sleep(0.05)
    assert asked
