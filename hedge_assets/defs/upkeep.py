"""Dagster's own storage is kept within bounds: finished runs, their files, old checks, events and ticks go."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from hedge_assets.defs.resources import Desk
from hedge_assets.settings import Telemetry
from hedge_assets.sqlite_upkeep import bytes_under, forget_checks, forget_runless, forget_ticks, orphans, remove_shards, shrink

KEEP_FAILED = 100
KEEP_TICKS_S = 3600.0
RUNS_A_TICK = 300
WELL = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED]
ILL = [dg.DagsterRunStatus.FAILURE]


@dataclass(frozen=True)
class Pruned:
    """What one upkeep removed, and the bytes that Dagster's storage has after it."""

    runs: int
    rows: int
    given_back_bytes: int
    left_bytes: int

    def __str__(self) -> str:
        return f"{self.runs} runs and {self.rows} rows removed, {self.given_back_bytes} bytes given back, {self.left_bytes} bytes left"


def upkeep(desk: Desk) -> dg.SensorDefinition:
    """The sensor that prunes; a sensor, for a run would add what it removes."""

    @dg.sensor(
        name="upkeep",
        minimum_interval_seconds=max(1, round(desk.place.telemetry.upkeep_every_s)),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def _upkeep(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        runs = shards_of(context.instance)
        if runs is None:
            return dg.SkipReason("storage is not SQLite; its own database keeps it in bounds")
        try:
            return dg.SkipReason(str(prune(context.instance, runs, now_s=desk.clock.now_us() / 1e6, telemetry=desk.place.telemetry)))
        except sqlite3.OperationalError as error:
            return dg.SkipReason(f"put off, the database was busy: {error}")

    return _upkeep


def shards_of(instance: dg.DagsterInstance) -> Path | None:
    """Where the per-run databases lie; null when storage is not SQLite in files."""
    storage = getattr(instance.event_log_storage, "_storage", instance.event_log_storage)
    storage = getattr(storage, "event_log_storage", storage)
    return Path(storage.path_for_shard("x")).parent if isinstance(storage, SqliteEventLogStorage) else None


def prune(instance: dg.DagsterInstance, runs: Path, *, now_s: float, telemetry: Telemetry) -> Pruned:
    """Remove what is older than it may be; the newest materialization and check of every asset stay."""
    keep_s = telemetry.keep_runs_s
    gone = old_runs(instance, now_s, telemetry)
    for run_id in gone:
        instance.delete_run(run_id)
    remove_shards(runs, gone)
    known = {record.dagster_run.run_id for record in instance.get_run_records()}
    remove_shards(runs, orphans(runs, known, now_s - keep_s))
    index, runless, ticks = runs / "index.db", runs / ".db", runs.parent.parent / "schedules" / "schedules.db"
    rows = forget_checks(index, now_s - keep_s) + forget_ticks(ticks, now_s - min(keep_s, KEEP_TICKS_S))
    rows += sum(forget_runless(database, now_s - keep_s) for database in (index, runless))
    given_back = sum(shrink(database) for database in (index, runless, ticks, runs.parent / "runs.db"))
    return Pruned(len(gone), rows, given_back, bytes_under(runs.parent.parent))


def old_runs(instance: dg.DagsterInstance, now_s: float, telemetry: Telemetry) -> list[str]:
    """Finished runs past their time, oldest first; failures are kept longer, but not more than so many."""
    well = _ended_before(instance, WELL, now_s - telemetry.keep_runs_s)
    ill = _ended_before(instance, ILL, now_s - telemetry.keep_failed_runs_s)
    failed = [record.dagster_run.run_id for record in instance.get_run_records(dg.RunsFilter(statuses=ILL))]
    return list(dict.fromkeys([*well, *ill, *failed[KEEP_FAILED:]]))


def _ended_before(instance: dg.DagsterInstance, statuses: list[dg.DagsterRunStatus], before_s: float) -> list[str]:
    wanted = dg.RunsFilter(statuses=statuses, updated_before=datetime.fromtimestamp(before_s, UTC))
    return [record.dagster_run.run_id for record in instance.get_run_records(wanted, limit=RUNS_A_TICK, ascending=True)]
