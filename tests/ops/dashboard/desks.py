"""A small desk of real files, and the operator page over it as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec
import requests

from executor.clock import WallClock
from hedge_assets.health.incident_log import LOG
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from hedge_assets.store import replace
from tests.ports import free_port
from tests.runs import FLAGS, NAMES, STATES

ROOT = Path(__file__).parents[3]


def desk(root: Path, loops: int = 60) -> Path:
    """A minute of a made market (or as many seconds as `loops`), traded, and every state refreshed just now."""
    run = ["run", "--data", str(root), "--feed", "synthetic", "--speed", "max", "--loops", str(loops), "--metrics-port", "0"]
    subprocess.run([sys.executable, "-m", "executor", *run], cwd=ROOT, check=True, capture_output=True)
    freshen(root)
    return root


def freshen(root: Path) -> None:
    """Every state written now."""
    refresh(Place(root=root), STATES, NAMES, clock=WallClock(), flags=FLAGS)


def keep_incidents(root: Path, incidents: Sequence[Incident]) -> None:
    """An incidents journal that says these."""
    folder = Place(root=root).watch
    folder.mkdir(exist_ok=True)
    lines = [msgspec.json.encode(Entry(event="opened", at_us=each.opened_us, incident=each)) for each in incidents]
    replace(folder / LOG, b"".join(line + b"\n" for line in lines), durable=False)


def told(path: Path, **changed: object) -> None:
    """A state file that says this instead, whole at once as every state is written: nobody who looks meets half of it."""
    replace(path, json.dumps({**json.loads(path.read_bytes()), **changed}).encode(), durable=False)


@dataclass
class Served:
    """A running page."""

    root: Path
    port: int
    process: subprocess.Popen

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str = "/", **given) -> requests.Response:
        return requests.get(self.address + path, timeout=60, **given)

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait(120)


@contextmanager
def served(
    root: Path, *arguments: str, port: int | None = None, environ: dict[str, str] | None = None, errors: IO[bytes] | None = None
) -> Iterator[Served]:
    """The page over one data root, once it says that it listens; ended with the block. `errors` is where it complains."""
    asked = port or free_port()
    command = [sys.executable, "-m", "ops.dashboard", "--data", str(root), "--port", str(asked), *arguments]
    told = {**os.environ, **(environ or {})}
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"operator page at http://127.0.0.1:{asked}\n"
        yield Served(root, asked, process)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(120)
        process.stdout.close()


@contextmanager
def silent(folder: Path, *arguments: str) -> Iterator[Served]:
    """A page over nothing, in a folder of its own; whatever is done to it, it goes on and writes no word about it."""
    told = folder / "stderr"
    with told.open("wb") as errors, served(folder / "nothing", *arguments, errors=errors) as found:
        yield found
        assert found.get("/healthz").text == "ok\n"
    assert told.read_bytes() == b""


def wait_until(holds, within_s: float = 120.0) -> None:
    """Come back once it holds; fail when it does not for far too long."""
    end_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.05)
