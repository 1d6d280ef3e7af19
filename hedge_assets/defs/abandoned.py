"""Runs whose process is gone are ended at once, so that no others wait behind them until their limit.

Dagster's own launcher does not look: a run that was going on when everything was killed stays "started" in its storage.
A run's process says its number in the run's log. Numbers mean something on one machine only, so nothing is ended unless
Dagster's storage is on this one: files, or a Postgres that is reached by loopback.
"""

import contextlib
import os

import dagster as dg
from dagster import DagsterEventType

from hedge_assets.defs.pruning import rows_of

BEGUN = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def end_abandoned(instance: dg.DagsterInstance) -> list[str]:
    """Mark every run as failed that has begun and whose every process is gone; gives their ids."""
    rows = rows_of(instance)
    if rows is None or not rows.is_here:
        return []
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=BEGUN)):
        run = record.dagster_run
        pids = processes_of(instance, run.run_id)
        if pids and not any(is_alive(pid) for pid in pids):
            instance.report_run_failed(run, f"its process (pid {max(pids)}) ended before the run did")
            ended.append(run.run_id)
    return ended


def processes_of(instance: dg.DagsterInstance, run_id: str) -> set[int]:
    """The processes that said they work on a run; none before the first has."""
    found = set()
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT):
        said = None if entry.dagster_event is None else entry.dagster_event.engine_event_data.metadata.get("pid")
        if said is not None:
            with contextlib.suppress(ValueError, TypeError):
                found.add(int(str(said.value)))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
