"""How fast it is, in numbers: `python -m tests.bench [FEED]`, by default on a made market; a recording as `replay:PATH`.

Prints one line a measurement, with its unit. Nothing is judged here: docs/performance.md says what was expected.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from executor.app import Order, Run
from executor.clock import WallClock
from executor.flags import read_flags
from executor.settings import Journal, Settings, Synthetic
from hedge_assets.catalog import scan
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place

TRIES = 5
LOOPS = 20_000
MADE = Synthetic(start="2025-06-02")


def say(what: str, value: float, unit: str) -> None:
    print(f"{what:<58} {value:>12,.2f} {unit}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def python(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)


def starting(folder: Path) -> None:
    """Interpreter, imports, and the whole way to a first loop."""
    bare_s = min(seconds(python("-c", "pass")) for _ in range(TRIES))
    imports_s = min(seconds(python("-c", "import executor.app")) for _ in range(TRIES))
    say("imports of the executor", (imports_s - bare_s) * 1e3, "ms")
    roots = iter(range(TRIES))
    one_loop = ("-m", "executor", "run", "--loops", "1", "--speed", "max", "--data")
    first_s = min(seconds(python(*one_loop, str(folder / f"start{next(roots)}"))) for _ in range(TRIES))
    say("process start to end of its first loop", first_s * 1e3, "ms")


def trading(root: Path, feed: str) -> None:
    """Quotes a second through strategies, risk, venue and journals."""
    settings = Settings(feed=feed, synthetic=MADE, journal=Journal(fsync="off"))
    loops = LOOPS if feed == "synthetic" else None
    summary = asyncio.run(Run(Order(root=root, settings=settings, flags=read_flags({}), speed=0.0, loops=loops)).run())
    written = sum(path.stat().st_size for path in (root / "raw").rglob("*") if path.is_file())
    say(f"ticks journaled ({feed}, {summary.loops:,} loops)", summary.ticks, "ticks")
    say("ticks a second, everything journaled", summary.ticks / summary.wall_s, "1/s")
    say("journals on disk a tick", written / summary.ticks, "bytes")
    say("peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")


def refreshing(root: Path) -> None:
    """All states: reading everything, and again with nothing new."""
    states = scan()
    names = [state.name for state in states]
    for what in ("all states from the whole journals", "all states, nothing new"):
        say(what, seconds(lambda: refresh(Place(root=root), states, names, clock=WallClock(), flags=read_flags({}))), "s")


def main() -> None:
    feed = sys.argv[1] if len(sys.argv) > 1 else "synthetic"
    with tempfile.TemporaryDirectory() as folder:
        starting(Path(folder))
        trading(Path(folder) / "data", feed)
        refreshing(Path(folder) / "data")


if __name__ == "__main__":
    main()
