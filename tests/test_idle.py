"""An idle run is a healthy run: everything is written, on time, says that it is empty and why, and every check is green."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg

from executor.clock import Clock, FixedClock, WallClock
from executor.records.streams import STREAMS
from executor.settings import Limits, Settings, Synthetic
from hedge_assets.definitions import definitions
from hedge_assets.defs.resources import Desk
from hedge_assets.health.journals import heartbeat_in, peek
from hedge_assets.settings import Place
from tests.boxes import until
from tests.recomputed import lines
from tests.runs import FLAGS, NOW_US, STATES, document, ran

ROOT = Path(__file__).parents[1]
HALF_HOUR = 1_800
BUSY = {"executor_stuck", "clock_off"}
"""What shows for a moment where the whole machine stood still for some seconds."""

QUIET = Synthetic(scenario="quiet_weekend", start="2025-06-07")
ALWAYS_EMPTY = {
    "expectancy_v6.json",
    "pipeline_v6_compare_summary.json",
    "positions.json",
    "router_health.json",
    "router_policy_suggestions_v6.json",
    "symbol_scores_v6.json",
    "trades.json",
}


def red(root: Path, clock: Clock) -> list[dg.AssetCheckEvaluation]:
    """Materialize everything with the real definitions, as a schedule does: every file written; the checks that did not pass."""
    made = definitions([Desk(place=Place(root=root), states=STATES, flags=FLAGS, clock=clock)])
    with dg.DagsterInstance.ephemeral() as instance:
        result = made.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    checks = result.get_asset_check_evaluations()
    made_of = {"mirror", *(state.name for state in STATES)}
    assert {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()} == made_of
    assert {check.asset_key.to_user_string() for check in checks} == {"raw/ticks", "raw/orders", "raw/positions", *made_of}
    return [check for check in checks if not check.passed]


def told(checks: list[dg.AssetCheckEvaluation]) -> list[tuple[str, str, object]]:
    return [(check.asset_key.to_user_string(), check.check_name, check.metadata) for check in checks]


def has_looped(root: Path) -> bool:
    """Whether an executor has written of every kind what a running one writes."""
    peeks = {stream: peek(root / "raw", stream) for stream in STREAMS}
    return all(facts.newest_seq for facts, _ in peeks.values()) and heartbeat_in(peeks["positions"][1]) is not None


def statuses(root: Path) -> dict[str, tuple[str, str | None]]:
    said = {state.spec.file: document(root, state.spec.file) for state in STATES}
    return {file: (one["status"], one["reason"]) for file, one in said.items()}


def judged(root: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "hedge", "status", "--data", root]
    return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_half_an_hour_of_a_quiet_weekend_is_written_empty_and_green(tmp_path):
    ran(tmp_path, Settings(synthetic=QUIET), HALF_HOUR)
    assert [record["kind"] for record in lines(tmp_path, "orders")] == ["boot"]
    assert told(red(tmp_path, WallClock())) == []
    said = statuses(tmp_path)
    assert {file for file, (status, _) in said.items() if status == "empty"} >= ALWAYS_EMPTY
    assert [file for file, (status, reason) in said.items() if status == "empty" and not reason] == []
    assert {row["state"] for row in document(tmp_path, "health.json")["files"]} <= {"ok", "empty"}
    done = judged(tmp_path)
    assert done.returncode == 0, done.stdout


def test_an_executor_that_refuses_everything_is_as_healthy(tmp_path):
    ran(tmp_path, Settings(limits=Limits(whitelist=("NONE",)), synthetic=Synthetic(step_ms=5_000)), HALF_HOUR)
    assert told(red(tmp_path, FixedClock(NOW_US))) == []
    kinds = {record["kind"] for record in lines(tmp_path, "orders")}
    assert kinds == {"boot", "intent", "decision"}
    rules = {row["rule"] for row in document(tmp_path, "risk_snapshot.json")["vetoes"]}
    assert rules == {"whitelist"}
    said = statuses(tmp_path)
    assert said["positions.json"] == ("empty", "flat: no open position")
    assert said["expectancy_v6.json"][0] == "empty"
    assert said["pipeline_v6_compare_summary.json"][0] == "ok"


def test_a_paced_quiet_executor_is_green_by_the_walls_clock_while_it_runs_and_after(tmp_path):
    command = [sys.executable, "-m", "executor", "run", "--scenario", "quiet_weekend", "--data", str(tmp_path)]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("HEDGE_")}
    found: list[dg.AssetCheckEvaluation] = []

    def is_green_or_worse_than_busy() -> bool:
        found[:] = red(tmp_path, WallClock())
        return not found or not {check.check_name for check in found} <= BUSY

    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            assert until(lambda: has_looped(tmp_path))
            until(is_green_or_worse_than_busy)
            assert told(found) == []
            assert until(lambda: judged(tmp_path).returncode == 0), judged(tmp_path).stdout
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
        finally:
            process.kill()
    assert judged(tmp_path).returncode == 0
    assert document(tmp_path, "nav.json")["clock"] == "wall"
    assert {file for file, (status, _) in statuses(tmp_path).items() if status == "empty"} >= ALWAYS_EMPTY
