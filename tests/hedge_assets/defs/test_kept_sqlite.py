"""A step's events go through files that stay open, are all there for everybody else, and the storage is as it was afterwards."""

import sqlite3

import dagster as dg
import pytest

from hedge_assets.defs.kept_sqlite import AT_EASE, Kept, events_of, kept_open
from tests.hedge_assets.defs.desks import desk_in, journaled


@pytest.fixture
def instance(tmp_path):
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


def told(instance: dg.DagsterInstance, name: str) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(name))


def test_what_is_told_meanwhile_is_there_for_others_at_once(instance, tmp_path):
    with kept_open(instance):
        told(instance, "size")
        with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as other:
            assert other.get_latest_materialization_event(dg.AssetKey("size")) is not None
    told(instance, "double")
    assert {key.to_user_string() for key in instance.all_asset_keys()} == {"size", "double"}


def test_a_file_is_opened_once_however_often_it_is_asked(instance, monkeypatch):
    opened = []
    plain = sqlite3.connect
    with kept_open(instance):
        told(instance, "size")
        monkeypatch.setattr(sqlite3, "connect", lambda *words, **more: opened.append(words) or plain(*words, **more))
        for number in range(5):
            told(instance, f"n{number}")
    assert opened == []


def test_the_storage_is_as_it_was_after_a_step_that_broke_off(instance):
    storage = events_of(instance)
    with pytest.raises(ValueError, match="broken"), kept_open(instance):
        raise ValueError("broken")
    assert "_connect" not in vars(storage)
    told(instance, "size")


def test_the_disk_is_left_to_flush_when_it_likes(instance):
    kept = Kept(events_of(instance))
    with kept.connect("index") as line:
        assert line.exec_driver_sql(AT_EASE.partition("=")[0]).scalar() == 1  # NORMAL
    kept.close()


def test_a_storage_that_is_no_sqlite_in_files_is_left_alone():
    with dg.DagsterInstance.ephemeral() as memory, kept_open(memory):
        told(memory, "size")
        assert events_of(memory) is None


def test_a_job_tells_of_every_check_once_without_planning_it(instance, tmp_path):
    from hedge_assets.definitions import definitions  # noqa: PLC0415 - the real definitions read the environment where they are imported

    journaled(tmp_path, 3)
    defs = definitions([desk_in(tmp_path)])
    done = defs.resolve_job_def("fast_states").execute_in_process(instance=instance)
    kinds = [event.event_type_value for event in done.all_events]
    assert kinds.count("ASSET_CHECK_EVALUATION") == len(done.get_asset_check_evaluations()) >= 8
    assert kinds.count("STEP_OUTPUT") == len(done.get_asset_materialization_events())
    for each in done.get_asset_check_evaluations():
        newest = instance.get_latest_materialization_event(each.asset_key)
        assert each.target_materialization_data.run_id == newest.run_id == done.run_id
