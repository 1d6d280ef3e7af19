import os
import shutil
import sqlite3
from contextlib import closing

import dagster as dg
import msgspec
import pytest

from hedge_assets.definitions import definitions
from hedge_assets.defs.pruning import rows_of
from hedge_assets.defs.upkeep import prune, upkeep
from hedge_assets.settings import Health, Telemetry
from hedge_assets.sqlite_upkeep import bytes_under
from tests.hedge_assets.builders import DAY, T0
from tests.hedge_assets.defs.desks import desk_in, journaled

RUNS = 9


@pytest.fixture(scope="module")
def after_runs(tmp_path_factory):
    """Dagster's storage after some runs, to be copied."""
    folder = tmp_path_factory.mktemp("runs")
    journaled(folder / "data", 3)
    (folder / "dagster").mkdir()
    job = definitions([desk_in(folder / "data")]).resolve_job_def("fast_states")
    with dg.DagsterInstance.local_temp(str(folder / "dagster")) as made:
        for _ in range(RUNS):
            job.execute_in_process(instance=made)
    return folder / "dagster"


@pytest.fixture
def instance(tmp_path, after_runs):
    shutil.copytree(after_runs, tmp_path / "dagster")
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


def last_end_s(instance):
    return max(record.end_time for record in instance.get_run_records())


def newest_of(instance):
    """Of every asset the newest materialization, of every check the newest result, as its pages show them."""
    states, checks = ("size", "health"), [("size", "whole"), ("size", "on_disk"), ("health", "whole"), ("health", "counts")]
    keys = [dg.AssetCheckKey(dg.AssetKey(asset), name) for asset, name in checks]
    made = {name: instance.get_latest_materialization_event(dg.AssetKey(name)) for name in states}
    found = instance.event_log_storage.get_asset_check_summary_records(keys)
    return (
        {name: event.asset_materialization.metadata["status"].value for name, event in made.items()},
        [found[key].last_check_execution_record.evaluation.passed for key in keys],
    )


def test_old_runs_go_with_their_files_and_what_is_newest_stays(tmp_path, instance):
    ended_s = last_end_s(instance)
    for number in range(50):
        instance.report_runless_asset_event(dg.AssetMaterialization("raw", metadata={"number": number}))
    rows, before = rows_of(instance), bytes_under(tmp_path / "dagster")
    runs = rows.runs
    kept = prune(instance, rows, now_s=ended_s + 1, telemetry=Telemetry(), health=Health())
    assert (kept.runs, kept.rows, kept.over_bytes) == (0, 0, 0)
    pruned = prune(instance, rows, now_s=ended_s + 90, telemetry=Telemetry(keep_runs_s=30), health=Health())
    assert pruned.runs == RUNS
    assert bytes_under(tmp_path / "dagster") < before / 2
    assert list(runs.glob("*-*.db")) == []
    assert instance.get_latest_materialization_event(dg.AssetKey("raw")).asset_materialization.metadata["number"].value == 49
    assert newest_of(instance) == ({"size": "ok", "health": "ok"}, [True] * 4)


def test_above_its_bytes_the_oldest_go_first_and_the_newest_of_everything_stays(tmp_path, instance):
    ended_s = last_end_s(instance)
    rows, before = rows_of(instance), bytes_under(tmp_path / "dagster")
    runs = rows.runs
    shards = {path.stem for path in runs.glob("*-*.db")}
    with closing(sqlite3.connect(runs.parent / "runs.db")) as connection, connection:
        order = [run_id for (run_id,) in connection.execute("SELECT run_id FROM runs ORDER BY id")]
        for age, run_id in enumerate(reversed(order)):  # as if one had ended every two minutes
            connection.execute(
                "UPDATE runs SET update_timestamp = datetime(?, 'unixepoch') WHERE run_id = ?", (ended_s - 120 * age, run_id)
            )
    index_before = (runs / "index.db").stat().st_size
    budget = before // 3
    pruned = prune(instance, rows, now_s=ended_s + 1, telemetry=Telemetry(keep_runs_s=7200), health=Health(dagster_bytes=budget))
    left = {path.stem for path in runs.glob("*-*.db")}
    assert pruned.left_bytes == bytes_under(tmp_path / "dagster") <= budget
    assert pruned.over_bytes == 0
    assert 0 < len(left) < len(shards)
    assert left == set(order[-len(left) :])
    assert (runs / "index.db").stat().st_size < index_before
    assert newest_of(instance) == ({"size": "ok", "health": "ok"}, [True] * 4)


def test_a_budget_that_the_newest_alone_do_not_fit_into_is_told(tmp_path, instance):
    ended_s = last_end_s(instance)
    pruned = prune(instance, rows_of(instance), now_s=ended_s + 300, telemetry=Telemetry(), health=Health(dagster_bytes=1000))
    assert pruned.runs == RUNS
    assert pruned.over_bytes == pruned.left_bytes - 1000 > 0
    assert f"{pruned.over_bytes} above the budget" in str(pruned)
    assert newest_of(instance) == ({"size": "ok", "health": "ok"}, [True] * 4)


def test_what_lies_about_is_removed_and_that_is_said(tmp_path, instance):
    desk = desk_in(tmp_path / "data")
    place = desk.place
    (place.tables / "damaged").mkdir(parents=True)
    for day in (1, 2):
        (place.tables / "damaged" / f"nav.json.2025120{day}T000000.000000Z.invalid").write_text("x")
    (place.tables / ".folds.msgpack.77.new").write_text("x")
    os.utime(place.tables / ".folds.msgpack.77.new", ((T0 - DAY) / 1e6,) * 2)
    with dg.build_sensor_context(instance=instance) as context:
        said = upkeep([desk]).evaluate_tick(context).skip_message
    assert "damaged files removed: nav.json.20251202T000000.000000Z.invalid, nav.json.20251201T000000.000000Z.invalid" in said
    assert said.endswith("half-made files removed: .folds.msgpack.77.new")


def test_what_is_above_its_budget_and_cannot_be_pruned_is_told(tmp_path, instance):
    desk = desk_in(tmp_path / "data")
    place = msgspec.structs.replace(desk.place, health=Health(tables_bytes=3))
    place.tables.mkdir(parents=True)
    (place.tables / "folds.msgpack").write_bytes(b"x" * 10)
    with dg.build_sensor_context(instance=instance) as context:
        said = upkeep([placed(desk, place)]).evaluate_tick(context).skip_message
    assert said.endswith("tables holds 10 bytes, its budget is 3")


def placed(desk, place):
    return type(desk)(place=place, states=desk.states, flags=desk.flags, clock=desk.clock)


def test_storage_in_memory_is_left_alone():
    with dg.DagsterInstance.ephemeral() as instance:
        assert rows_of(instance) is None
