"""Why the last run that was asked for did not mend a state, in words."""

import dagster as dg
from dagster import DagsterEventType

from hedge_assets.defs.patience import Tried
from hedge_assets.health.judge import one_line
from hedge_assets.refreshing.fates import Fate


def why_not(instance: dg.DagsterInstance, fate: Fate | None, tried: Tried, job: str) -> str | None:
    """What the refresh said of this state, or else why the run never came so far; null while neither is known."""
    if not tried.asked_s:
        return None if fate is None else fate.reason
    if fate is not None and fate.at_us >= tried.asked_s * 1e6:
        return fate.reason
    failed = instance.get_run_records(dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.FAILURE]), limit=1)
    if not failed or failed[0].create_timestamp.timestamp() < tried.asked_s - 1:
        return None if fate is None else fate.reason
    return one_line(failure_of(instance, failed[0].dagster_run.run_id))


def failure_of(instance: dg.DagsterInstance, run_id: str) -> str:
    """What a failed run said last: of its step if that failed, else of itself."""
    for kind in (DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE):
        for entry in reversed(instance.all_logs(run_id, of_type=kind)):
            event = entry.dagster_event
            if event is None:
                continue
            if kind is DagsterEventType.STEP_FAILURE and event.step_failure_data.error is not None:
                error = event.step_failure_data.error
                return f"the run failed: {(error.cause or error).message}"
            return f"the run failed: {event.message or entry.user_message}"
    return "the run failed and said nothing"
