"""On a real Postgres as on SQLite: old runs, checks, events and ticks go, the newest of everything stays, and its bytes have a bound."""

import dagster as dg
import pytest

from hedge_assets.definitions import definitions
from hedge_assets.defs.pruning import PostgresRows, rows_of
from hedge_assets.defs.upkeep import prune, upkeep
from hedge_assets.settings import Health, Telemetry
from tests.hedge_assets.defs.desks import desk_in, journaled
from tests.hedge_assets.defs.test_upkeep import last_end_s, newest_of
from tests.postgres import postgres

RUNS = 4


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A server with Dagster's storage after some runs, to begin with again and again."""
    folder = tmp_path_factory.mktemp("runs")
    journaled(folder / "data", 3)
    job = definitions([desk_in(folder / "data")]).resolve_job_def("fast_states")
    with postgres() as made:
        with dg.DagsterInstance.local_temp(str(folder), overrides=made.config) as instance:
            for _ in range(RUNS):
                job.execute_in_process(instance=instance)
        dispose(instance)
        made.keep("after_runs")
        yield made


@pytest.fixture
def instance(database, tmp_path):
    database.begin_with("after_runs")
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=database.config) as made:
        yield made
    dispose(made)


def dispose(instance):
    """Close its lines: a database with lines to it is neither renamed nor copied."""
    instance.run_storage._engine.dispose()


def test_old_runs_go_and_what_is_newest_stays(instance, database):
    ended_s = last_end_s(instance)
    for number in range(50):
        instance.report_runless_asset_event(dg.AssetMaterialization("raw", metadata={"number": number}))
    rows = rows_of(instance)
    assert isinstance(rows, PostgresRows)
    kept = prune(instance, rows, now_s=ended_s + 1, telemetry=Telemetry(), health=Health())
    assert (kept.runs, kept.rows, kept.over_bytes) == (0, 0, 0)
    pruned = prune(instance, rows, now_s=ended_s + 90, telemetry=Telemetry(keep_runs_s=30), health=Health())
    assert pruned.runs == RUNS
    assert instance.get_runs_count() == 0
    assert database.ask("SELECT count(*) FROM event_logs WHERE run_id != ''", "hedge") == [(0,)]
    assert instance.get_latest_materialization_event(dg.AssetKey("raw")).asset_materialization.metadata["number"].value == 49


def test_each_check_keeps_its_newest_result(instance, database):
    ended_s = last_end_s(instance)
    prune(instance, rows_of(instance), now_s=ended_s + 3600, telemetry=Telemetry(keep_runs_s=30), health=Health())
    counted = "SELECT count(*) FROM asset_check_executions GROUP BY asset_key, check_name"
    assert set(database.ask(counted, "hedge")) == {(1,)}
    assert newest_of(instance) == ({"size": "ok", "health": "ok"}, [True] * 4)


def test_above_its_bytes_space_goes_back_to_the_disk_and_what_does_not_fit_is_told(instance):
    rows = rows_of(instance)
    for number in range(60):
        instance.report_runless_asset_event(dg.AssetMaterialization("raw", metadata={"text": f"{number}" * 3000}))
    before = rows.size_bytes()
    pruned = prune(instance, rows, now_s=last_end_s(instance) + 3600, telemetry=Telemetry(), health=Health(dagster_bytes=1000))
    assert pruned.left_bytes < before
    assert pruned.given_back_bytes > 0
    assert f"{pruned.over_bytes} above the budget" in str(pruned)


def test_a_database_that_is_away_puts_the_upkeep_off(instance, database, tmp_path):
    sensor = upkeep([desk_in(tmp_path / "data")])
    with dg.build_sensor_context(instance=instance) as context:
        database.stop()
        try:
            said = sensor.evaluate_tick(context).skip_message
        finally:
            database.start()
        assert said.startswith("put off, the database was busy or away")
        assert "runs and" in sensor.evaluate_tick(context).skip_message
