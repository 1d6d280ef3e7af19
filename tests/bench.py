"""How fast it is, in numbers, as a Markdown table: `python -m tests.bench [--short] [FEED …]`.

Without a feed: the recordings beside this checkout where there are any (a month of bars of 16 symbols, minutes of ticks), else
a made market. `--short` is a made market for the test suite. Times are told and never judged; exit 1 where something is as no machine
may make it: memory that grows with the length of a feed, messages that are lost, an order that waits longer for its durable intent than
a tenth of what ccxt takes for an order without one.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT.parent / "shared/data"
GROWTH = 1.25
LONG_LOOPS = 2_000
MORE_LOOPS = 60
WAIT_S = 120.0


@dataclass(frozen=True)
class Plan:
    """How much is measured: loops of the long run (0: all the feed has), tries of a start, runs of Dagster."""

    feeds: tuple[tuple[str, int], ...]
    tries: int = 5
    runs: int = 3
    is_short: bool = False


def plan_of(words: list[str]) -> Plan:
    if "--short" in words:
        return Plan(feeds=(("synthetic", LONG_LOOPS),), tries=1, runs=1, is_short=True)
    if words:
        return Plan(feeds=tuple((feed, 20_000 if feed == "synthetic" else 0) for feed in words))
    if not RECORDINGS.is_dir():
        return Plan(feeds=(("synthetic", 20_000),))
    return Plan(feeds=((f"replay:{RECORDINGS}/klines_1m", 43_000), (f"replay:{RECORDINGS}/ticks/20240718", 400), ("synthetic", 20_000)))


def say(what: str, value: float, unit: str) -> None:
    print(f"| {what} | {value:,.{2 if value < 100 else 0}f} | {unit} |", flush=True)


MODULES = {"again": "tests.bench_refresh", "pandas": "tests.bench_refresh"}


def part(*words: object) -> dict[str, float]:
    """One measurement in its own process."""
    command = [sys.executable, "-m", MODULES.get(str(words[0]), "tests.bench_parts"), *map(str, words)]
    return dict(json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout))


def seconds(*command: str) -> float:
    began_s = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began_s


def starting(folder: Path, plan: Plan) -> None:
    """Imports, and the whole way from the command to a quote on disk."""
    bare_s = min(seconds("-c", "pass") for _ in range(plan.tries))
    imports_s = min(seconds("-c", "import executor.app") for _ in range(plan.tries))
    say("imports of the executor", (imports_s - bare_s) * 1e3, "ms")
    say("start to first journaled quote", min(first_quote_s(folder / f"start{number}") for number in range(plan.tries)) * 1e3, "ms")


def first_quote_s(root: Path) -> float:
    began_s = time.perf_counter()
    command = [sys.executable, "-m", "executor", "run", "--data", str(root)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while not any(path.stat().st_size for path in (root / "raw/ticks").glob("*.jsonl")):
            if process.poll() is not None or time.perf_counter() - began_s > WAIT_S:
                process.kill()
                raise SystemExit(f"no quote was journaled within {WAIT_S:.0f} s under {root}")
            time.sleep(0.002)
        took_s = time.perf_counter() - began_s
        process.terminate()
    return took_s


def trading(folder: Path, feed: str, loops: int) -> float:
    """A quarter and the whole of a feed: how fast, how large; gives how much the peak of memory grew.

    A feed of minutes is read in a piece or two, and its peak is that of the larger piece: it says nothing of growth, and gives 1.
    """
    name = feed.rpartition("/")[2]
    loops = loops or int(part("trade", folder / "length", feed, "")["loops"]) - MORE_LOOPS
    quarter = part("trade", folder / "quarter", feed, loops // 4)
    whole = part("trade", folder / "whole", feed, loops)
    growth = whole["peak_mb"] / quarter["peak_mb"]
    say(f"{name}: ticks journaled", whole["ticks"], "ticks")
    say(f"{name}: ticks a second, everything journaled", whole["ticks"] / whole["wall_s"], "1/s")
    say(f"{name}: journals on disk", whole["bytes"] / whole["ticks"], "bytes a tick")
    say(f"{name}: peak memory of a quarter", quarter["peak_mb"], "MB")
    say(f"{name}: peak memory of the whole", whole["peak_mb"], "MB")
    is_long = loops >= LONG_LOOPS
    say(f"{name}: memory, whole over quarter", growth, f"must be below {GROWTH}" if is_long else "not judged: the feed is short")
    for what, upto in (("quarter", loops // 4), ("whole", loops)):
        reading(folder / what, f"{name}, {what}", feed=feed, loops=upto + MORE_LOOPS)
    return growth if is_long else 1.0


def reading(root: Path, name: str, *, feed: str, loops: int) -> None:
    """All states: from the whole journals, and again after some more loops."""
    first = part("read", root)
    part("trade", root, feed, loops)
    again = part("read", root)
    say(f"{name}: all states, from the beginning", first["cpu_s"], "CPU s")
    say(f"{name}: all states, {MORE_LOOPS} loops later", again["cpu_s"], "CPU s")
    say(f"{name}: peak memory of a refresh", max(first["peak_mb"], again["peak_mb"]), "MB")


def scheduling(root: Path, home: Path, runs: int) -> None:
    """The fast states by Dagster, as a schedule has them refreshed: processor, time, and what a run leaves behind."""
    home.mkdir()
    settings = (ROOT / "dagster.yaml").read_text("utf-8")
    (home / "dagster.yaml").write_text(settings.replace("base_dir: logs/dagster", f"base_dir: {home / 'dagster'}"), "utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAGSTER_", "HEDGE_"))}
    environ = {**kept, "DAGSTER_HOME": str(home), "HEDGE_DATA": str(root), "PYTHONWARNINGS": "ignore"}
    command = [str(Path(sys.executable).parent / "dagster"), "job", "execute", "-m", "hedge_assets.definitions", "-j", "fast_states"]
    cpu_s, wall_s, sizes = [], [], [sum(sizes_under(home))]
    for _ in range(runs):
        began_s, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        wall_s.append(time.perf_counter() - began_s)
        sizes.append(sum(sizes_under(home)))
    say("fast states by Dagster, one process a run", min(cpu_s), "CPU s")
    say("fast states by Dagster, one process a run", min(wall_s), "s")
    say("what such a run adds to Dagster's storage", (sizes[-1] - sizes[-2]) / 1024, "KiB")


def tables(folder: Path, *, is_short: bool) -> None:
    """Tables by day: made, asked, and taken for the journals."""
    from tests import bench_tables  # noqa: PLC0415 - children are measured from a parent that is small

    units = {"s": "1/s", "mb": "MB"}
    for what, value in bench_tables.measure(folder, is_short).items():
        say(f"tables: {what}", value, units.get(what.rpartition("_")[2], ""))


def venues(*, is_short: bool) -> list[str]:
    """The way of an order and the intake of a market, at real sockets; gives what is not as it must be."""
    from tests import bench_order_path, bench_streams  # noqa: PLC0415 - as above

    streams = bench_streams.measure(0.5, 1, rate=2_000) if is_short else bench_streams.measure(10.0, 6)
    return [*bench_order_path.measure(40 if is_short else 800, say=say, is_short=is_short), *streams]


def sizes_under(folder: Path) -> Iterator[int]:
    return (path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    plan = plan_of(sys.argv[1:])
    print("| what | value | unit |\n|---|---:|---|", flush=True)
    growths = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starting(folder, plan)
        for number, (feed, loops) in enumerate(plan.feeds):
            growths.append(trading(folder / f"feed{number}", feed, loops))
        scheduling(folder / f"feed{len(plan.feeds) - 1}/whole", folder / "home", plan.runs)
        from tests import bench_expectancy, bench_refresh  # noqa: PLC0415 - as above

        for part_of in ("refresh", "expectancy", "tables"):
            (folder / part_of).mkdir()
        bench_refresh.measure(folder / "refresh", short=plan.is_short, part=part, say=say)
        bench_expectancy.measure(folder / "expectancy", short=plan.is_short)
        tables(folder / "tables", is_short=plan.is_short)
        subprocess.run([sys.executable, "-m", "tests.bench_shadow", *(["--short"] if plan.is_short else [])], cwd=ROOT, check=True)
        broken = venues(is_short=plan.is_short)
    if max(growths) >= GROWTH:
        broken.append(f"peak memory grew {max(growths):.2f} times with the length of a feed, must be below {GROWTH}")
    if broken:
        raise SystemExit("\n".join(broken))


if __name__ == "__main__":
    main()
