"""Tables as assets partitioned by day: a year is one backfill of one run, and every night makes the day before.

They are no states: nothing in a refresh reads them, and health does not demand them.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from executor.errors import HedgeError
from hedge_assets.defs.names import Names
from hedge_assets.defs.reports import told
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.schedules import LIMIT_TAG, MAKES_TAG, QUIET, is_busy
from hedge_assets.tables.building import Built, build
from hedge_assets.tables.catalog import scan
from hedge_assets.tables.days import day_of, named
from hedge_assets.tables.held import missing
from hedge_assets.tables.keeping import keep_within
from hedge_assets.tables.shape import RawTable, Table

GROUP = "tables"
JOB = "day_tables"
WHOLE = "whole"
FILLED = "filled"
BEGIN = "2017-01-01"
"""Before the first perpetual future of these venues: recordings of any year since then have their days."""
NIGHTLY = "10 0 * * *"
RUN_LIMIT_S = 6 * 3600
RETRIES_TAG, RETRIES = "dagster/max_retries", "2"
"""Where the instance takes up runs that were broken off (`ops/celery/dagster.yaml`): nobody would ask again for a past day."""

MOST_DAYS = 7
"""So many days are made up for by one night; a longer past is a backfill, which a person asks for."""

QUEUE_TAG = "dagster-celery/queue"
"""Where steps are handed out, those that make days wait in a queue of their own: history never holds fast states back."""

DAYS = dg.DailyPartitionsDefinition(start_date=BEGIN, timezone="UTC")


def asset_name(table: Table) -> str:
    """`tables/ticks`."""
    return f"{GROUP}/{table.name}"


def table_spec(table: Table, names: Names) -> dg.AssetSpec:
    """A table as an asset, made from journals: derived ones from all three, and from what the day before left."""
    streams = (table.stream,) if isinstance(table, RawTable) else ("ticks", "orders", "positions")
    columns = [dg.TableColumn(name=name, type=kind) for name, kind in table.columns.items()]
    return dg.AssetSpec(
        names.key(asset_name(table)),
        deps=[names.key(f"raw/{stream}") for stream in streams],
        description=table.description,
        group_name=names.word(GROUP),
        owners=["team:research"],
        kinds={"parquet", "duckdb"},
        skippable=True,
        partitions_def=DAYS,
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
    )


def check_specs(table: Table, names: Names) -> list[dg.AssetCheckSpec]:
    """What is promised of every day's file."""
    asset = names.key(asset_name(table))
    return [
        dg.AssetCheckSpec(
            WHOLE, asset=asset, description="Every day asked for was made, counted against its journals, sorted, without a hole."
        ),
        dg.AssetCheckSpec(FILLED, asset=asset, description="There are rows; a day on which nothing was journaled is told, not hidden."),
    ]


def day_tables(desk: Desk) -> dg.AssetsDefinition:
    """An account's tables as assets; any subset and any range of days can be asked for, and is one run."""
    tables, names = scan(), desk.names

    @dg.multi_asset(
        name=names.word("table_files"),
        can_subset=True,
        specs=[table_spec(table, names) for table in tables],
        check_specs=[spec for table in tables for spec in check_specs(table, names)],
        backfill_policy=dg.BackfillPolicy.single_run(),
        op_tags={QUEUE_TAG: GROUP},
    )
    def _day_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        if not (context.has_partition_key or context.has_partition_key_range):  # `--select '*'`
            context.log.info("no day was named, so no table was made; name one with --partition, or --partition-range FIRST...LAST")
            return
        wanted = [table for table in tables if names.key(asset_name(table)) in context.selected_asset_keys]
        done = list(build(desk.place, wanted, [named(key) for key in context.partition_keys]))
        gone = keep_within(desk.place, tables, now_us=desk.clock.now_us())
        if gone:
            context.log.info("days removed to stay within health.day_tables_bytes: %s", ", ".join(map(str, gone)))
        refused = [each for each in done if each.reason is not None]
        for table in wanted:
            mine = [each for each in done if each.table == table.name]
            if not refused:
                yield dg.MaterializeResult(asset_key=names.key(asset_name(table)), metadata=metadata(desk, table, mine))
            else:
                for each in (one for one in mine if one.reason is None):
                    context.log_event(event(desk, table, each))
            yield from results(table, mine, names)
        if refused:
            raise dg.Failure(description="; ".join(dict.fromkeys(str(each.reason) for each in refused)), allow_retries=False)

    return _day_tables


def event(desk: Desk, table: Table, each: Built) -> dg.AssetMaterialization:
    """One day's materialization, where others of the same run were refused."""
    return dg.AssetMaterialization(desk.names.key(asset_name(table)), partition=str(each.day), metadata=metadata(desk, table, [each]))


def results(table: Table, built: Sequence[Built], names: Names) -> Iterator[dg.AssetCheckResult]:
    """Both checks of one table over the days of a run."""
    asset = names.key(asset_name(table))
    broken = next((each.reason for each in built if each.reason is not None), None)
    idle = [str(each.day) for each in built if each.proof is not None and not each.proof.rows]
    yield dg.AssetCheckResult(asset_key=asset, check_name=WHOLE, passed=broken is None, metadata=told({"reason": broken}))
    yield dg.AssetCheckResult(
        asset_key=asset,
        check_name=FILLED,
        passed=not idle,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=told({"days without a row": ", ".join(idle) or None}),
    )


def metadata(desk: Desk, table: Table, built: Sequence[Built]) -> dict[str, Any]:
    """What a run made of one table."""
    proofs = [each.proof for each in built if each.proof is not None]
    return told(
        {
            "dagster/row_count": sum(proof.rows for proof in proofs),
            "size_bytes": sum(each.size_bytes for each in built),
            "took_s": round(sum(each.took_s for each in built), 3),
            "days": len(built),
            "first": min((proof.first_seq for proof in proofs if proof.first_seq is not None), default=None),
            "last": max((proof.last_seq for proof in proofs if proof.last_seq is not None), default=None),
            "path": dg.MetadataValue.path(str(desk.place.tables / table.name)),
        }
    )


def tables_job(desks: Sequence[Desk]) -> Any:
    """The job that makes days of tables of all accounts, with more time than a refresh has."""
    tags = {LIMIT_TAG: str(RUN_LIMIT_S), MAKES_TAG: GROUP, RETRIES_TAG: RETRIES}
    groups = dg.AssetSelection.groups(*(desk.names.word(GROUP) for desk in desks))
    return dg.define_asset_job(JOB, selection=groups, partitions_def=DAYS, tags=tags, run_tags=tags, config=QUIET)


def nightly(desks: Sequence[Desk], job: Any) -> dg.ScheduleDefinition:
    """Ten minutes after midnight UTC: yesterday, and days of the last week that were not made."""

    @dg.schedule(
        name=f"{JOB}_schedule",
        job=job,
        cron_schedule=NIGHTLY,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def _tick(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        if is_busy(context.instance, JOB):
            return dg.SkipReason(f"{JOB} is still queued or running")
        try:
            days = sorted({day for desk in desks for day in due(desk)})
        except (HedgeError, OSError) as error:
            return dg.SkipReason(f"the journals cannot be read: {error}")
        if not days:
            return dg.SkipReason("no day is over that was not made; a day is, five minutes after its end, once the executor has written on")
        tonight = day_of(desks[0].clock.now_us())
        return [dg.RunRequest(run_key=f"{day} asked for on {tonight}", partition_key=str(day)) for day in days]

    return _tick


def due(desk: Desk) -> list[date]:
    """Whole days that were not made into some table, of the last week of the journals, oldest first."""
    return missing(desk.place, scan())[-MOST_DAYS:]
