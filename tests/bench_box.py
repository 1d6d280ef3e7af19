"""What a whole box costs at rest: `python -m tests.bench_box [--seconds 180]`. A real supervisord and a real Postgres, paper trading.

Memory is PSS (`smaps_rollup`) of every process, so that what is shared is counted once; processor time counts what children used
that have ended, such as runs of states and the database's own processes.
"""

import argparse
import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.boxes import Box, until
from tests.postgres import Postgres, postgres

TICKS = os.sysconf("SC_CLK_TCK")
LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"


def pss_mb(pid: int) -> float:
    """Proportional set size of one process, and of what it has started, in MB."""
    found = re.search(r"^Pss:\s+(\d+) kB", told_by(pid, "smaps_rollup"), re.MULTILINE)
    return (int(found[1]) if found else 0) / 1024 + sum(pss_mb(child) for child in children(pid))


def told_by(pid: int, name: str) -> str:
    """What the kernel says of a process; nothing of one that has just ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children(pid: int) -> Iterator[int]:
    """The processes it started that still live."""
    for task in Path(f"/proc/{pid}/task").glob("*"):
        yield from map(int, told_by(pid, f"task/{task.name}/children").split())


def cpu_s(pid: int) -> float:
    """Seconds of processor that a process used, with its children, those that have ended too."""
    fields = told_by(pid, "stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS + sum(cpu_s(child) for child in children(pid))


def is_green(box: Box) -> bool:
    """Every file as it must be, and Dagster's pages over loaded code."""
    try:
        told = requests.post(f"http://127.0.0.1:{box.ports['web']}/graphql", json={"query": LOCATIONS}, timeout=5).text
    except requests.RequestException:
        return False
    return '"RepositoryLocation"' in told and box.status()["healthy"]


def measured(box: Box, database: Postgres, seconds: int) -> dict[str, tuple[float, float]]:
    """PSS in MB (median of looks each five seconds) and share of one processor, of everything."""
    pids = {name: each.pid for name, each in box.processes().items() if each.pid and each.state == "RUNNING"}
    pids |= {"supervisord": box.process.pid if box.process else 0, "postgres": database.process.pid if database.process else 0}
    before, began_s = {name: cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
    sizes: dict[str, list[float]] = {name: [] for name in pids}
    while time.monotonic() - began_s < seconds:
        for name, pid in pids.items():
            sizes[name].append(pss_mb(pid) - (sum(pss_mb(child) for child in children(pid)) if name == "supervisord" else 0))
        time.sleep(5)
    took_s, used = time.monotonic() - began_s, {name: cpu_s(pid) - before[name] for name, pid in pids.items()}
    used["supervisord"] -= sum(used[name] for name in pids if name not in ("supervisord", "postgres"))
    return {name: (statistics.median(sizes[name]), used[name] / took_s) for name in pids}


def main() -> None:
    """Start, wait until green, rest a little, measure, tell."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=180)
    seconds = asked.parse_args().seconds
    with postgres() as database, tempfile.TemporaryDirectory(prefix="hedge-box-") as folder:
        box = Box(Path(folder), database.environ)
        box.lay()
        began_s = time.monotonic()
        box.start()
        try:
            assert until(lambda: is_green(box)), (box.folder / "said").read_text()
            print(f"from nothing to all green, validation included: {time.monotonic() - began_s:.1f} s")
            time.sleep(60)
            rows = measured(box, database, seconds)
        finally:
            box.stop()
    for name, (size_mb, share) in rows.items():
        print(f"{name:12} {size_mb:7.0f} MB {share:7.2%}")
    print(f"{'all':12} {sum(size for size, _ in rows.values()):7.0f} MB {sum(share for _, share in rows.values()):7.2%}")


if __name__ == "__main__":
    main()
