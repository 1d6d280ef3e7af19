"""Real `hedge` processes for tests: started without what the shell says of a desk, waited for with patience, ended when the test is."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from executor.clock import WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.hedge_assets.builders import SECOND, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write

ROOT = Path(__file__).parents[3]
HEDGE = (sys.executable, "-c", "from hedge_assets.cli import main; main()")
OF_DESKS = ("DAGSTER_", "HEDGE_", "ENV", "FIRESTORE", "GOOGLE", "AWS", "ALLOW")
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(OF_DESKS)}
PATIENCE_S = 120.0
Found = TypeVar("Found")


class Programs:
    """Starts commands of `hedge`, and ends those that still run."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def start(self, *words: object, **environ: str) -> subprocess.Popen[str]:
        """One command, with these variables and none of a desk's beside them."""
        command = [*HEDGE, *map(str, words)]
        told_of = {**PLAIN, "PYTHONUNBUFFERED": "1", **environ}
        process = subprocess.Popen(command, cwd=ROOT, env=told_of, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._started.append(process)
        return process


def told(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How it ended and what it said, on either output."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, err


def until(holds: Callable[[], Found]) -> Found:
    """What is so in the end, or after a minute still is not."""
    end_s = time.monotonic() + PATIENCE_S
    while not (found := holds()) and time.monotonic() < end_s:
        time.sleep(0.05)
    return found


def well_now(place: Place) -> Place:
    """A data root that is well by the wall's clock: a few facts of seconds ago, and every state made of them."""
    now_us = WallClock().now_us() - 5 * SECOND
    who = {"account": place.account} if place.account else {}
    facts = [
        boot(now_us, time="wall", **who),
        quote(now_us + SECOND),
        account(now_us + 2 * SECOND, **who),
        heartbeat(now_us + 2 * SECOND, loop=9),
    ]
    write(place.root, facts)
    return refreshed(place)


def refreshed(place: Place) -> Place:
    """The same, every state made again."""
    states = scan()
    refresh(place, states, [state.name for state in states], clock=WallClock(), flags=read_flags({}))
    return place
