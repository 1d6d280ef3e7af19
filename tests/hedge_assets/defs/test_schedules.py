import contextlib
from pathlib import Path

import dagster as dg
import yaml

from hedge_assets.definitions import definitions
from hedge_assets.defs.assets import limited
from hedge_assets.defs.healing import missing_states
from hedge_assets.defs.schedules import jobs
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.defs.desks import desk_in, journaled


def asked(desk, instance, cursor=None):
    with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions([desk])) as context:
        result = missing_states([desk], jobs([desk])).evaluate_tick(context)
    return [[key.to_user_string() for key in request.asset_selection] for request in result.run_requests], result


def test_each_pace_has_a_job_and_a_schedule_that_runs_from_the_start(tmp_path):
    defs = definitions([desk_in(tmp_path)])
    names = {schedule.name: schedule for schedule in defs.schedules}
    assert {name: schedule.cron_schedule for name, schedule in names.items()} == {
        "fast_states_schedule": "* * * * *",
        "slow_states_schedule": "*/5 * * * *",
        "day_tables_schedule": "10 0 * * *",
        "mirror_job_schedule": "*/5 * * * *",
    }
    assert all(schedule.default_status is dg.DefaultScheduleStatus.RUNNING for schedule in names.values())


def test_a_job_holds_the_states_of_its_pace_and_runs_in_one_process(tmp_path):
    fast = definitions([desk_in(tmp_path)]).resolve_job_def("fast_states")
    assert {key.to_user_string() for key in fast.asset_layer.executable_asset_keys if key in fast.asset_layer.selected_asset_keys} == {
        "size",
        "health",
    }
    assert fast.executor_def.name == "in_process"


def test_runs_of_a_job_carry_the_limit_of_the_settings_and_runs_by_hand_none(tmp_path):
    assert definitions([desk_in(tmp_path)]).resolve_job_def("fast_states").run_tags["dagster/max_runtime"] == "300"
    assert isinstance(limited({}), contextlib.nullcontext)
    assert not isinstance(limited({"dagster/max_runtime": "300"}), contextlib.nullcontext)


def test_a_schedule_skips_while_its_last_run_is_not_over(tmp_path):
    defs = definitions([desk_in(tmp_path / "data")])
    schedule = next(each for each in defs.schedules if each.name == "fast_states_schedule")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        with dg.build_schedule_context(instance=instance) as context:
            assert len(schedule.evaluate_tick(context).run_requests) == 1
        instance.create_run_for_job(defs.resolve_job_def("fast_states"), status=dg.DagsterRunStatus.STARTED)
        with dg.build_schedule_context(instance=instance) as context:
            assert schedule.evaluate_tick(context).skip_message == "fast_states is still queued or running"


def test_missing_files_are_asked_for_once_and_then_with_more_patience(tmp_path, instance):
    names, result = asked(desk_in(tmp_path, T0), instance)
    assert [set(each) for each in names] == [{"size", "double", "health"}]
    assert asked(desk_in(tmp_path, T0 + 29 * SECOND), instance, result.cursor)[0] == []
    again, result = asked(desk_in(tmp_path, T0 + 31 * SECOND), instance, result.cursor)
    assert again == names
    assert asked(desk_in(tmp_path, T0 + 80 * SECOND), instance, result.cursor)[0] == []


def test_files_that_are_there_need_nothing_even_when_their_facts_are_old(tmp_path, instance):
    journaled(tmp_path, 3)
    desk = desk_in(tmp_path, T0 + 2000 * SECOND)
    definitions([desk]).resolve_job_def("fast_states").execute_in_process(instance=instance)
    definitions([desk]).resolve_job_def("slow_states").execute_in_process(instance=instance)
    names, result = asked(desk, instance)
    assert (names, result.skip_message) == ([], "every state file is there")


def test_history_never_waits_for_states_nor_they_for_it(tmp_path):
    made = definitions([desk_in(tmp_path)])
    wanted = {"fast_states": "states", "mend_states": "states", "day_tables": "tables"}
    assert {name: made.resolve_job_def(name).run_tags["hedge/makes"] for name in wanted} == wanted
    queue = yaml.safe_load((Path(__file__).parents[3] / "dagster.yaml").read_text())["run_queue"]
    limits = {(each["key"], str(each.get("value"))): each["limit"] for each in queue["tag_concurrency_limits"]}
    each_pace = ("pace", "{'applyLimitPerUniqueValue': True}")
    assert limits == {each_pace: 1, ("hedge/makes", "states"): 1, ("hedge/makes", "tables"): 1, ("dagster/backfill", "None"): 1}
    assert made.resolve_job_def("fast_states").run_tags["pace"] == "fast"
    assert queue["max_concurrent_runs"] > 2
