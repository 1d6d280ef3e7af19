"""What is measured, each part in a process and memory of its own: `python -m tests.bench_parts PART …`, one JSON object out."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from executor.app import Order, Run
from executor.clock import WallClock
from executor.flags import read_flags
from executor.settings import Settings, Synthetic
from hedge_assets.catalog import scan
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place


def trade(root: str, feed: str, loops: str) -> dict[str, float]:
    """A run, or the rest of one, as fast as it goes; `loops` is empty for all there is."""
    settings = Settings(feed=feed, synthetic=Synthetic(start="2025-06-02"))
    order = Order(root=Path(root), settings=settings, flags=read_flags({}), speed=0.0, loops=int(loops) if loops else None)
    summary = asyncio.run(Run(order).run())
    written = sum(path.stat().st_size for path in (Path(root) / "raw").rglob("*") if path.is_file())
    return {"loops": summary.loops, "ticks": summary.ticks, "wall_s": summary.wall_s, "bytes": written, "peak_mb": peak_mb()}


def read(root: str) -> dict[str, float]:
    """All states, from whatever was kept of the last reading."""
    states, place = scan(), Place(root=Path(root))
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    refresh(place, states, [state.name for state in states], clock=WallClock(), flags=read_flags({}))
    return {"wall_s": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s, "peak_mb": peak_mb()}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS: dict[str, Callable[..., dict[str, float]]] = {"trade": trade, "read": read}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
