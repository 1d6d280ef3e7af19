import dagster as dg

from hedge_assets.definitions import definitions
from hedge_assets.defs.upkeep import prune, shards_of
from hedge_assets.settings import Telemetry
from hedge_assets.sqlite_upkeep import bytes_under
from tests.hedge_assets.defs.desks import desk_in, journaled


def test_old_runs_go_with_their_files_and_what_is_newest_stays(tmp_path):
    journaled(tmp_path / "data", 3)
    job = definitions(desk_in(tmp_path / "data")).resolve_job_def("fast_states")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for _ in range(6):
            job.execute_in_process(instance=instance)
        for number in range(50):
            instance.report_runless_asset_event(dg.AssetMaterialization("raw", metadata={"number": number}))
        runs = shards_of(instance)
        before, now_s = bytes_under(tmp_path), max(record.end_time for record in instance.get_run_records())
        kept = prune(instance, runs, now_s=now_s + 1, telemetry=Telemetry())
        assert (kept.runs, kept.rows) == (0, 0)
        pruned = prune(instance, runs, now_s=now_s + 31, telemetry=Telemetry(keep_runs_s=30))
        assert pruned.runs == 6
        assert bytes_under(tmp_path) < before / 2
        assert list(runs.glob("*-*.db")) == []
        assert instance.get_latest_materialization_event(dg.AssetKey("raw")).asset_materialization.metadata["number"].value == 49
        key = dg.AssetCheckKey(dg.AssetKey("size"), "whole")
        assert instance.event_log_storage.get_asset_check_summary_records([key])[key].last_check_execution_record is not None


def test_storage_that_is_no_sqlite_is_left_alone():
    with dg.DagsterInstance.ephemeral() as instance:
        assert shards_of(instance) is None
