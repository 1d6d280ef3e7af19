"""Dagster's own storage is kept within its days and its bytes: finished runs, their files, old checks, events and ticks go.

First goes what is older than it may be. While more is left than the budget, the ages are halved: the oldest runs go
first, and the newest materialization and check of every asset stay whatever their age. What others left lying about
between refreshes goes with it.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from hedge_assets.defs.resources import Desk
from hedge_assets.health.measuring import measure
from hedge_assets.refreshing.aside import FOLDER, keep_within, swept
from hedge_assets.settings import Health, Telemetry
from hedge_assets.sqlite_upkeep import (
    ENDED,
    LEAST_SLACK_BYTES,
    bytes_under,
    forget_checks,
    forget_runless,
    forget_ticks,
    orphans,
    remove_shards,
    shrink,
)

KEEP_FAILED = 100
KEEP_TICKS_S = 3600.0
LEAST_KEPT_S = 60.0
RUNS_A_TICK = 300
RUNS_AT_MOST = 600  # a sensor must answer within a minute; the next upkeep goes on
WELL = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED]
ILL = [dg.DagsterRunStatus.FAILURE]


@dataclass(frozen=True)
class Ages:
    """How long things may stay, in seconds: runs that went well, failed ones, ticks that went well. `least_bytes` is worth a rewrite."""

    runs_s: float
    failed_s: float
    ticks_s: float
    least_bytes: int = LEAST_SLACK_BYTES

    @property
    def halved(self) -> "Ages":
        """Half of each, where bytes are what counts."""
        return Ages(self.runs_s / 2, min(self.failed_s / 2, self.runs_s), self.ticks_s / 2, least_bytes=0)


@dataclass(frozen=True)
class Pruned:
    """What one upkeep removed, and the bytes that Dagster's storage has after it; `over_bytes` is what is above its budget."""

    runs: int
    rows: int
    given_back_bytes: int
    left_bytes: int
    over_bytes: int = 0

    def __str__(self) -> str:
        over = f", {self.over_bytes} above the budget: the newest of everything is more" if self.over_bytes else ""
        return (
            f"{self.runs} runs and {self.rows} rows removed, {self.given_back_bytes} bytes given back, {self.left_bytes} bytes left{over}"
        )


def upkeep(desks: Sequence[Desk]) -> dg.SensorDefinition:
    """The sensor that prunes; a sensor, for a run would add what it removes. Dagster's storage has the first account's settings."""
    desk = desks[0]

    @dg.sensor(
        name="upkeep",
        minimum_interval_seconds=max(1, round(desk.place.telemetry.upkeep_every_s)),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def _upkeep(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        said = [line for each in desks for line in (*tidied(each), *above(each))]
        runs = shards_of(context.instance)
        if runs is None:
            return dg.SkipReason("; ".join(["storage is not SQLite; its own database keeps it in bounds", *said]))
        try:
            pruned = prune(
                context.instance, runs, now_s=desk.clock.now_us() / 1e6, telemetry=desk.place.telemetry, health=desk.place.health
            )
        except sqlite3.OperationalError as error:
            return dg.SkipReason("; ".join([f"put off, the database was busy: {error}", *said]))
        return dg.SkipReason("; ".join([str(pruned), *said]))

    return _upkeep


def tidied(desk: Desk) -> list[str]:
    """What was left lying about and went: damaged files past their lines, files half-made by a writer that was killed."""
    place, now_us = desk.place, desk.clock.now_us()
    gone = keep_within(place.tables / FOLDER, place.health, now_us)
    swept_away = [*swept(place.tables, now_us), *swept(place.state, now_us)]
    said = [f"damaged files removed: {', '.join(gone)}"] if gone else []
    return [*said, f"half-made files removed: {', '.join(swept_away)}"] if swept_away else said


def above(desk: Desk) -> list[str]:
    """What else is above its budget, and is not Dagster's to prune: told, for it can only be raised or looked at."""
    return [
        f"{each.name} holds {each.size_bytes} bytes, its budget is {each.budget_bytes}"
        for each in measure(desk.place)
        if each.name != "dagster" and each.budget_bytes is not None and each.size_bytes > each.budget_bytes
    ]


def shards_of(instance: dg.DagsterInstance) -> Path | None:
    """Where the per-run databases lie; null when storage is not SQLite in files."""
    storage = getattr(instance.event_log_storage, "_storage", instance.event_log_storage)
    storage = getattr(storage, "event_log_storage", storage)
    return Path(storage.path_for_shard("x")).parent if isinstance(storage, SqliteEventLogStorage) else None


def prune(instance: dg.DagsterInstance, runs: Path, *, now_s: float, telemetry: Telemetry, health: Health) -> Pruned:
    """Remove what is older than it may be, then the oldest of the rest until it fits; the newest of every asset stays."""
    base = runs.parent.parent
    ages = Ages(telemetry.keep_runs_s, telemetry.keep_failed_runs_s, min(telemetry.keep_runs_s, KEEP_TICKS_S))
    gone, rows, given_back = forget(instance, runs, now_s=now_s, ages=ages)
    while (left := bytes_under(base)) > health.dagster_bytes and ages.runs_s > LEAST_KEPT_S and gone < RUNS_AT_MOST:
        ages = ages.halved
        more = forget(instance, runs, now_s=now_s, ages=ages)
        gone, rows, given_back = gone + more[0], rows + more[1], given_back + more[2]
    return Pruned(gone, rows, given_back, left, max(0, left - health.dagster_bytes))


def forget(instance: dg.DagsterInstance, runs: Path, *, now_s: float, ages: Ages) -> tuple[int, int, int]:
    """Remove what is older than these ages; how many runs, how many rows, how many bytes that was."""
    index, runless, ticks = runs / "index.db", runs / ".db", runs.parent.parent / "schedules" / "schedules.db"
    gone = old_runs(instance, now_s, ages)
    for run_id in gone:
        instance.delete_run(run_id)
    remove_shards(runs, gone)
    known = {record.dagster_run.run_id for record in instance.get_run_records()}
    remove_shards(runs, orphans(runs, known, now_s - ages.runs_s))
    rows = forget_checks(index, now_s - ages.runs_s)
    rows += forget_ticks(ticks, now_s - ages.ticks_s) + forget_ticks(ticks, now_s - ages.failed_s, ENDED)
    rows += sum(forget_runless(database, now_s - ages.runs_s) for database in (index, runless))
    given_back = sum(shrink(database, ages.least_bytes) for database in (index, runless, ticks, runs.parent / "runs.db"))
    return len(gone), rows, given_back


def old_runs(instance: dg.DagsterInstance, now_s: float, ages: Ages) -> list[str]:
    """Finished runs past their time, oldest first; failures are kept longer, but not more than so many."""
    well = _ended_before(instance, WELL, now_s - ages.runs_s)
    ill = _ended_before(instance, ILL, now_s - ages.failed_s)
    failed = [record.dagster_run.run_id for record in instance.get_run_records(dg.RunsFilter(statuses=ILL))]
    return list(dict.fromkeys([*well, *ill, *failed[KEEP_FAILED:]]))


def _ended_before(instance: dg.DagsterInstance, statuses: list[dg.DagsterRunStatus], before_s: float) -> list[str]:
    wanted = dg.RunsFilter(statuses=statuses, updated_before=datetime.fromtimestamp(before_s, UTC))
    return [record.dagster_run.run_id for record in instance.get_run_records(wanted, limit=RUNS_A_TICK, ascending=True)]
