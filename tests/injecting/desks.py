"""A running desk to be harmed: a real executor, its states written once, and the processes that show how it stands."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from executor.clock import WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.health.manifest import Row, manifest
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.injecting.observers import Observer, metrics, page_drawn, page_events, page_json, status_lines
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_S = 180.0
STOP_S = 60.0
HEDGE = (sys.executable, "-c", "from hedge_assets.cli import main; main()")
STATES = scan()
ROWS: tuple[Row, ...] = manifest(STATES)


class Desk:
    """The processes on one data root; closing ends each by its own id."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ends = contextlib.ExitStack()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER_", "HEDGE_", "ENV"))}
        self.environ = kept | {"HEDGE_DATA": str(root), "PYTHONWARNINGS": "ignore"}

    def start(self, *command: str, **environ: str) -> subprocess.Popen[str]:
        """A process whose words can be read; what it complains of lies beside the data."""
        complaints = self.ends.enter_context((self.root.parent / f"complaints-{time.monotonic_ns()}").open("w"))
        told = self.environ | environ
        process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=complaints, text=True)
        self.ends.callback(end, process)
        return process

    def trade(self) -> None:
        """Start the executor, and write every state from what it journaled in its first seconds."""
        self.root.mkdir()
        self.executor = self.start(sys.executable, "-m", "executor", "run", "--data", str(self.root), "--feed", "synthetic")
        wait_until(lambda: any((self.root / "raw" / "positions").glob("*.jsonl")), "the executor trades")
        time.sleep(3.0)
        names = [state.name for state in STATES]
        outcomes = refresh(Place(root=self.root), STATES, names, clock=WallClock(), flags=read_flags({}))
        assert [(each.name, each.reason) for each in outcomes if not each.is_written] == []

    def stop_trading(self) -> None:
        """The executor ends as an operator ends it."""
        end(self.executor)

    def watched(self, observer: Observer) -> Observer:
        """The observer, looking until the desk ends."""
        observer.start()
        self.ends.callback(observer.close)
        return observer

    def onlookers(self) -> list[Observer]:
        """Everybody who looks without Dagster: the command, the watch's metrics, the page's JSON and what an open page is pushed."""
        watch = free_port()
        status = self.start(*HEDGE, "status", "--watch", "--json", "--data", str(self.root))
        self.hears(self.start(*HEDGE, "watch", "--data", str(self.root), "--port", str(watch)), "watching")
        page = self.page()
        looking = (
            Observer("status --watch", lambda: status_lines(status)),
            Observer("/metrics", lambda: metrics(watch)),
            Observer("page json", lambda: page_json(page)),
            Observer("page events", lambda: page_events(page)),
        )
        return [self.watched(each) for each in looking]

    def page(self) -> int:
        """The operator page; where it listens."""
        port = free_port()
        self.hears(self.start(sys.executable, "-m", "ops.dashboard", "--data", str(self.root), "--port", str(port)), "operator page at")
        return port

    def browser(self) -> Observer:
        """A real browser that looks at the operator page."""
        port = self.page()
        return self.watched(Observer("page in browser", lambda: page_drawn(port)))

    def hears(self, process: subprocess.Popen[str], words: str) -> None:
        assert process.stdout is not None
        assert any(words in line for line in process.stdout), f"it ended with {process.wait()} and never said {words!r}"

    def close(self) -> None:
        self.ends.close()


def end(process: subprocess.Popen[str]) -> None:
    """Ask it to end, then make it; reads nothing more."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def wait_until(holds, what: str) -> None:  # type: ignore[no-untyped-def]
    end_s = time.monotonic() + START_S
    while not holds():
        assert time.monotonic() < end_s, f"never: {what}"
        time.sleep(0.1)


@contextlib.contextmanager
def trading(folder: Path) -> Iterator[Desk]:
    """A desk that trades, until the end of the block."""
    desk = Desk(folder / "logs")
    try:
        desk.trade()
        yield desk
    finally:
        desk.close()
