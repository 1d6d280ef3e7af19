"""What accounts and workers cost, as a Markdown table: `python -m tests.bench_scale FOLDER [workers|accounts]`.

`accounts`: one run of fast and one of slow states over 1, 5, 10, 25 and 50 accounts of 30 symbols, with SQLite as `dagster.yaml` has it, in
a process of its own each; the second run of each is told, and a tick of both sensors. `workers`: six accounts times two days of tables
by 1 to 4 workers; its wall time is the run's, from its start to its end, without the command around it.
Times are told and never judged; nothing is left in FOLDER but the journals, which are made where there are none.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import dagster as dg
import psutil
import yaml

from tests.cluster import Cluster, cluster, done
from tests.wide_desk import Wide, made, settings_text

ROOT = Path(__file__).parents[1]
WIDE = Wide(accounts=50, symbols=30, loops=900)
MANY_DAYS = Wide(accounts=6, symbols=2, loops=30 * 60, period_s=60, step_ms=5_000, start="2026-01-05T20:00:00")
COUNTS, HANDS = (1, 5, 10, 25, 50), (1, 2, 3, 4)
DAYS = ("2026-01-05", "2026-01-06")


def cost(work) -> dict[str, float]:
    """What a call takes of this process, in seconds; the peak of its memory so far."""
    began_s, worked_s = time.monotonic(), time.process_time()
    work()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall_s": time.monotonic() - began_s, "cpu_s": time.process_time() - worked_s, "peak_mb": peak_mb}


def one(count: int) -> dict[str, dict[str, float]]:
    """In a process of its own: the cost of loading, of both jobs and of both sensors over so many accounts."""
    found: dict[str, dict[str, float]] = {}
    loaded: list[dg.Definitions] = []

    def load() -> None:
        from hedge_assets.definitions import defs  # noqa: PLC0415 - it is what is measured

        loaded.append(defs)
        defs.get_repository_def().get_all_jobs()

    found["load"] = cost(load)
    defs = loaded[0]
    with dg.DagsterInstance.get() as instance:
        for job in ("fast_states", "slow_states"):
            for _ in range(2):
                found[job] = cost(lambda job=job: defs.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False))
        for name in ("raw_journals", "missing_states"):
            sensor = defs.resolve_sensor_def(name) if hasattr(defs, "resolve_sensor_def") else defs.get_sensor_def(name)
            with dg.build_sensor_context(instance=instance, definitions=defs) as context:
                found[name] = cost(lambda sensor=sensor, context=context: sensor.evaluate_tick(context))
    return found


def accounts(folder: Path) -> None:
    """The table of accounts."""
    data, home = folder / "fifty", folder / "home"
    if not (data / "desk.toml").is_file():
        list(made(data, WIDE))
    print("| accounts | what | wall s | CPU s | CPU s an account | peak MB |\n|---|---|---|---|---|---|")
    for count in COUNTS:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        settings = yaml.safe_load((ROOT / "dagster.yaml").read_text())
        (home / "dagster.yaml").write_text(yaml.safe_dump(settings | {"storage": {"sqlite": {"base_dir": str(home / "storage")}}}))
        config = home / "desk.toml"
        config.write_text(settings_text(Wide(count, WIDE.symbols, loops=WIDE.loops)))
        told = {"DAGSTER_HOME": str(home), "HEDGE_DATA": str(data), "HEDGE_CONFIG": str(config), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-W", "ignore", "-m", "tests.bench_scale", str(folder), "one", str(count)]
        out = subprocess.run(command, cwd=ROOT, env={**os.environ, **told}, check=True, capture_output=True, text=True).stdout
        for what, each in json.loads(out.splitlines()[-1]).items():
            per = each["cpu_s"] / count
            print(f"| {count} | {what} | {each['wall_s']:.2f} | {each['cpu_s']:.2f} | {per:.3f} | {each['peak_mb']:.0f} |", flush=True)
    shutil.rmtree(home)


def worked_s(spread: Cluster) -> float:
    """CPU seconds of the workers and all below them so far."""
    trees = [psutil.Process(worker.process.pid) for worker in spread.workers]
    all_ = [each for tree in trees for each in (tree, *tree.children(recursive=True))]
    return sum(sum(each.cpu_times()[:4]) for each in all_)


def lasted_s(log: str) -> float:
    """From a run's start to its end, by its own log, to the second."""
    at = [
        datetime.fromisoformat(line[:19]) for word in ("RUN_START", "RUN_SUCCESS") for line in log.splitlines() if f" - {word} - " in line
    ]
    return (at[-1] - at[0]).total_seconds()


def workers(folder: Path) -> None:
    """The table of workers."""
    data = folder / "days"
    if not (data / "desk.toml").is_file():
        list(made(data, MANY_DAYS))
    print("| workers | wall s | workers' CPU s | over one worker | load at the start |\n|---|---|---|---|---|")
    first_s = 0.0
    with cluster(data) as spread:
        for count in HANDS:
            spread.hire(count - len(spread.workers))
            assert done(spread.run("day_tables", DAYS), 600) == 0, spread.said()  # each has read its code by then
            load, before_s = os.getloadavg()[0], worked_s(spread)
            assert done(spread.run("day_tables", DAYS), 600) == 0, spread.said()
            wall_s = lasted_s(spread.said())
            first_s = first_s or wall_s
            print(f"| {count} | {wall_s:.1f} | {worked_s(spread) - before_s:.1f} | {first_s / wall_s:.2f} | {load:.1f} |", flush=True)


if __name__ == "__main__":
    where = Path(sys.argv[1])
    asked = sys.argv[2:] or ["workers", "accounts"]
    if asked[0] == "one":
        print(json.dumps(one(int(asked[1]))))
    else:
        for part in asked:
            {"workers": workers, "accounts": accounts}[part](where)
