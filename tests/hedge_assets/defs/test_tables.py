"""Tables as Dagster has them: one run for a range of days, a schedule that catches up, and refusals in words."""

import dagster as dg
import pytest

from hedge_assets.defs.tables import DAYS, day_tables, due, nightly, tables_job
from hedge_assets.tables.catalog import part, scan
from tests.hedge_assets.defs.desks import desk_in
from tests.hedge_assets.tabled import FIRST, PAST, SECOND_DAY, journaled

KEY = dg.AssetKey(["tables", "trades"])
RANGE = {"dagster/asset_partition_range_start": str(FIRST), "dagster/asset_partition_range_end": str(SECOND_DAY)}


@pytest.fixture
def desk(tmp_path):
    journaled(tmp_path)
    return desk_in(tmp_path, now_us=PAST)


def materialize(desk, instance, **given):
    return dg.materialize([day_tables(desk)], instance=instance, raise_on_error=False, **given)


def test_a_day_of_one_table_needs_no_other(desk, instance):
    done = materialize(desk, instance, selection=[KEY], partition_key=str(SECOND_DAY))
    assert done.success
    assert part(desk.place.tables, "trades", SECOND_DAY).is_file()
    assert not (desk.place.tables / "ticks").exists()
    assert instance.get_materialized_partitions(KEY) == {str(SECOND_DAY)}


def test_a_range_of_days_is_one_run(desk, instance):
    done = materialize(desk, instance, tags=RANGE)
    assert done.success
    assert instance.get_materialized_partitions(KEY) == {str(FIRST), str(SECOND_DAY)}
    assert all(part(desk.place.tables, table.name, day).is_file() for table in scan() for day in (FIRST, SECOND_DAY))
    checks = {(each.asset_check_key.asset_key, each.check_name): each.passed for each in done.get_asset_check_evaluations()}
    assert checks[KEY, "whole"] is True
    assert checks[KEY, "filled"] is False  # nothing was closed on the second day, and that is said


def test_days_that_can_be_made_are_made_and_those_that_cannot_are_told(desk, instance):
    early = {**RANGE, "dagster/asset_partition_range_start": "2026-01-04"}
    done = materialize(desk, instance, selection=[KEY], tags=early)
    assert not done.success
    assert instance.get_materialized_partitions(KEY) == {str(FIRST), str(SECOND_DAY)}
    failed = next(event for event in done.all_events if event.is_step_failure)
    assert "2026-01-04 cannot be built: the journals begin with 2026-01-05" in failed.step_failure_data.user_failure_data.description


def test_the_night_asks_for_every_day_that_was_not_made(desk, tmp_path):
    assert due(desk) == [FIRST, SECOND_DAY]
    job = tables_job([desk])
    schedule = nightly([desk], job)
    assets = dg.Definitions(assets=[day_tables(desk)], jobs=[job], schedules=[schedule])
    (tmp_path / "dagster").mkdir()
    instance = dg.DagsterInstance.local_temp(str(tmp_path / "dagster"))
    with instance, dg.build_schedule_context(instance=instance, repository_def=assets.get_repository_def()) as context:
        asked = schedule.evaluate_tick(context).run_requests
        assert [each.partition_key for each in asked] == [str(FIRST), str(SECOND_DAY)]
        materialize(desk, instance, tags=RANGE)
        assert schedule.evaluate_tick(context).run_requests == []


def test_the_days_begin_before_any_recording_of_these_markets():
    assert DAYS.get_first_partition_key() < "2020-01-01"
