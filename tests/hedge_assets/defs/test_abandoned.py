import subprocess
import sys
import time
from contextlib import contextmanager

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from hedge_assets.definitions import definitions
from hedge_assets.defs.abandoned import end_abandoned, processes_of
from hedge_assets.defs.schedules import MEND, is_busy
from tests.hedge_assets.defs.desks import desk_in


@contextmanager
def a_process():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as found:
        yield found


@pytest.fixture
def run(tmp_path, instance):
    job = definitions([desk_in(tmp_path / "data")]).resolve_job_def(MEND)
    return instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)


def test_a_run_whose_process_was_killed_is_ended_and_blocks_nobody(instance, run):
    with a_process() as process:
        instance.report_engine_event("Started process for run", run, EngineEventData.in_process(process.pid))
        assert end_abandoned(instance) == []
        assert is_busy(instance, MEND)
    assert end_abandoned(instance) == [run.run_id]
    assert not is_busy(instance, MEND)
    assert end_abandoned(instance) == []


def test_a_run_that_no_process_has_taken_up_yet_is_left_alone(instance, run):
    assert processes_of(instance, run.run_id) == set()
    assert end_abandoned(instance) == []


def test_a_run_of_a_process_that_is_another_users_is_left_alone(instance, run):
    instance.report_engine_event("Started process for run", run, EngineEventData.in_process(1))
    assert end_abandoned(instance) == []


def test_why_it_was_ended_can_be_read(instance, run):
    with a_process() as process:
        instance.report_engine_event("Started process for run", run, EngineEventData.in_process(process.pid))
    end_abandoned(instance)
    ended = instance.get_run_records(dg.RunsFilter(run_ids=[run.run_id]))[0]
    assert ended.dagster_run.status is dg.DagsterRunStatus.FAILURE
    assert ended.end_time <= time.time()
    words = [entry.message for entry in instance.all_logs(run.run_id)]
    assert any(f"pid {process.pid}" in each and "ended before the run did" in each for each in words)
