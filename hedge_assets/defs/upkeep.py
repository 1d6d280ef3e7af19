"""Dagster's own storage is kept within its days and its bytes: finished runs, their files, old checks, events and ticks go.

First goes what is older than it may be. While more is left than the budget, the ages are halved: the oldest runs go
first, and the newest materialization and check of every asset stay whatever their age. What others left lying about
between refreshes goes with it.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
import psycopg2
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

from hedge_assets.defs.pruning import Ages, Rows, rows_of
from hedge_assets.defs.resources import Desk
from hedge_assets.health.measuring import measure
from hedge_assets.refreshing.aside import FOLDER, keep_within, swept
from hedge_assets.settings import Health, Telemetry

KEEP_FAILED = 100
KEEP_TICKS_S = 3600.0
LEAST_KEPT_S = 60.0
RUNS_A_TICK = 300
RUNS_AT_MOST = 600  # a sensor must answer within a minute; the next upkeep goes on
WELL = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED]
ILL = [dg.DagsterRunStatus.FAILURE]


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
        rows = rows_of(context.instance)
        if rows is None:
            return dg.SkipReason("; ".join(["storage is neither SQLite nor Postgres; what keeps it in bounds is its own affair", *said]))
        try:
            pruned = prune(
                context.instance, rows, now_s=desk.clock.now_us() / 1e6, telemetry=desk.place.telemetry, health=desk.place.health
            )
        except (sqlite3.OperationalError, psycopg2.Error, SQLAlchemyError, DagsterPostgresException) as error:
            return dg.SkipReason("; ".join([f"put off, the database was busy or away: {' '.join(str(error).split())}", *said]))
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


def prune(instance: dg.DagsterInstance, rows: Rows, *, now_s: float, telemetry: Telemetry, health: Health) -> Pruned:
    """Remove what is older than it may be, then the oldest of the rest until it fits; the newest of every asset stays."""
    rows.size_bytes()  # a database that is away says so here at once; Dagster would ask for ten seconds
    ages = Ages(telemetry.keep_runs_s, telemetry.keep_failed_runs_s, min(telemetry.keep_runs_s, KEEP_TICKS_S))
    gone, forgotten, given_back = forget(instance, rows, now_s=now_s, ages=ages)
    while (left := rows.size_bytes()) > health.dagster_bytes and ages.runs_s > LEAST_KEPT_S and gone < RUNS_AT_MOST:
        ages = ages.halved
        more = forget(instance, rows, now_s=now_s, ages=ages)
        gone, forgotten, given_back = gone + more[0], forgotten + more[1], given_back + more[2]
    return Pruned(gone, forgotten, given_back, left, max(0, left - health.dagster_bytes))


def forget(instance: dg.DagsterInstance, rows: Rows, *, now_s: float, ages: Ages) -> tuple[int, int, int]:
    """Remove what is older than these ages; how many runs, how many rows, how many bytes that was."""
    gone = old_runs(instance, now_s, ages)
    for run_id in gone:
        instance.delete_run(run_id)
    forgotten = rows.forget(instance, gone, now_s, ages)
    return len(gone), forgotten, rows.shrink(ages)


def old_runs(instance: dg.DagsterInstance, now_s: float, ages: Ages) -> list[str]:
    """Finished runs past their time, oldest first; failures are kept longer, but not more than so many."""
    well = _ended_before(instance, WELL, now_s - ages.runs_s)
    ill = _ended_before(instance, ILL, now_s - ages.failed_s)
    failed = [record.dagster_run.run_id for record in instance.get_run_records(dg.RunsFilter(statuses=ILL))]
    return list(dict.fromkeys([*well, *ill, *failed[KEEP_FAILED:]]))


def _ended_before(instance: dg.DagsterInstance, statuses: list[dg.DagsterRunStatus], before_s: float) -> list[str]:
    wanted = dg.RunsFilter(statuses=statuses, updated_before=datetime.fromtimestamp(before_s, UTC))
    return [record.dagster_run.run_id for record in instance.get_run_records(wanted, limit=RUNS_A_TICK, ascending=True)]
