import dagster as dg
import msgspec

from executor.pulse import NAME, Pulse
from hedge_assets.definitions import definitions
from hedge_assets.defs.beat import Beat, oldest_run
from hedge_assets.defs.probe import raw_journals
from hedge_assets.defs.tables import day_tables, tables_job
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.defs.desks import desk_in, journaled


def pulse_in(root):
    return msgspec.json.decode((root / "tables" / NAME).read_bytes(), type=Pulse)


def test_each_tick_of_the_sensor_is_a_turn_of_one_life(tmp_path, instance):
    journaled(tmp_path, 3)
    desk = desk_in(tmp_path, environ={"ROUTER_AUTOTUNE_V6_ENABLED": "0"})
    sensor = raw_journals([desk])
    for _ in range(3):
        with dg.build_sensor_context(instance=instance) as context:
            sensor.evaluate_tick(context)
    pulse = pulse_in(tmp_path)
    assert (pulse.service, pulse.turns, pulse.turned_us, pulse.started_us, pulse.ended) == (
        "dagster",
        3,
        T0 + 10 * SECOND,
        T0 + 10 * SECOND,
        None,
    )
    assert pulse.flags["ROUTER_AUTOTUNE_V6_ENABLED"] == "0"
    assert pulse.versions["dagster"] == dg.__version__
    assert pulse.note == {"oldest_run_s": None, "oldest_run_id": None, "last_refresh_wall_s": None, "last_refresh_cpu_s": None}


def test_a_look_that_does_not_end_beats_and_does_not_turn(tmp_path, instance):
    beat = Beat(desk_in(tmp_path), T0)
    beat.begin(instance)
    beat.turn()
    beat.begin(instance)
    beat.begin(instance)
    assert pulse_in(tmp_path).turns == 1


def test_a_run_that_goes_on_and_the_cost_of_the_last_refresh_are_told(tmp_path, instance):
    journaled(tmp_path, 3)
    desk = desk_in(tmp_path)
    job = definitions([desk]).resolve_job_def("fast_states")
    job.execute_in_process(instance=instance)
    first = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    Beat(desk, T0).begin(instance)
    note = pulse_in(tmp_path).note
    assert note["oldest_run_id"] == first.run_id
    assert note["oldest_run_s"] < 0, "the clock of this test stands years before that of the instance"
    assert note["last_refresh_cpu_s"] > 0
    assert note["last_refresh_wall_s"] > 0


def test_days_of_tables_and_backfills_hold_nothing_back_while_they_may_go_on(tmp_path, instance):
    desk = desk_in(tmp_path)
    job = tables_job([desk])
    made = dg.Definitions(assets=[day_tables(desk)], jobs=[job]).resolve_job_def(job.name)
    table = instance.create_run_for_job(made, status=dg.DagsterRunStatus.STARTED, tags=dict(made.run_tags))
    instance.create_run_for_job(made, status=dg.DagsterRunStatus.STARTED, tags={"dagster/backfill": "b"})
    now_us = int(instance.get_run_record_by_id(table.run_id).create_timestamp.timestamp() * 1e6)
    assert oldest_run(instance, now_us + 3_600 * SECOND)["oldest_run_id"] is None
    assert oldest_run(instance, now_us + 7 * 3_600 * SECOND)["oldest_run_id"] == table.run_id
