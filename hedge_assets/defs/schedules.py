"""When states are refreshed: fast ones every minute, slow ones every five, each pace in one run that never overlaps itself.

Beside them stands a job over all states without a schedule: healing asks it for those that are ill, whatever their pace.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from hedge_assets.catalog import State
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.specs import key_of
from hedge_assets.spec import Pace

CRON = {Pace.FAST: "* * * * *", Pace.SLOW: "*/5 * * * *"}
LIMIT_TAG = "dagster/max_runtime"
MAKES_TAG = "hedge/makes"
"""What a run makes, `states` or `tables`: the queue lets one of each go on at a time (`dagster.yaml`)."""
MEND = "mend_states"
NOT_BEGUN = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
UNFINISHED = [*NOT_BEGUN, dg.DagsterRunStatus.STARTED]


def job_name(pace: Pace) -> str:
    """`fast_states`, `slow_states`."""
    return f"{pace.value}_states"


def jobs(desk: Desk) -> list[Any]:
    """One job per pace that has states, and the one that mends any of them.

    Their runs carry the time after which Dagster's own monitoring ends them.
    """
    limit = {LIMIT_TAG: f"{desk.place.health.run_limit_s:g}", MAKES_TAG: "states"}
    paced = {pace: [state for state in desk.states if state.spec.pace is pace] for pace in Pace}
    found = [_job(job_name(pace), states, {"pace": pace.value, **limit}) for pace, states in paced.items() if states]
    return [*found, _job(MEND, desk.states, limit)]


def _job(name: str, states: Sequence[State], tags: dict[str, str]) -> Any:
    return dg.define_asset_job(name, selection=dg.AssetSelection.assets(*(key_of(each.name) for each in states)), tags=tags, run_tags=tags)


def schedules(made: Sequence[Any]) -> list[dg.ScheduleDefinition]:
    """A schedule for each job that has a pace, running from the start."""
    return [_schedule(job, CRON[pace]) for job in made for pace in Pace if job.name == job_name(pace)]


def _schedule(job: Any, cron: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def _tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if is_busy(context.instance, job.name):
            return dg.SkipReason(f"{job.name} is still queued or running")
        return dg.RunRequest()

    return _tick


def is_busy(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether a run of this job has not ended yet."""
    return instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=UNFINISHED)) > 0


def is_coming(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether a run of this job was asked for and has not begun: it will see everything as it is now."""
    return instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=NOT_BEGUN)) > 0
