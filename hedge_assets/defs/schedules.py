"""When states are refreshed: fast ones every minute, slow ones every five, each pace in one run that never overlaps itself."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from hedge_assets.defs.resources import Desk
from hedge_assets.defs.specs import key_of
from hedge_assets.spec import Pace

CRON = {Pace.FAST: "* * * * *", Pace.SLOW: "*/5 * * * *"}
LIMIT_TAG = "dagster/max_runtime"
UNFINISHED = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


def job_name(pace: Pace) -> str:
    """`fast_states`, `slow_states`."""
    return f"{pace.value}_states"


def jobs(desk: Desk) -> list[Any]:
    """One job per pace that has states. Its runs carry the time after which Dagster's own monitoring ends them."""
    found = []
    for pace in Pace:
        names = [key_of(state.name) for state in desk.states if state.spec.pace is pace]
        if names:
            tags = {"pace": pace.value, LIMIT_TAG: f"{desk.place.health.run_limit_s:g}"}
            found.append(dg.define_asset_job(job_name(pace), selection=dg.AssetSelection.assets(*names), tags=tags, run_tags=tags))
    return found


def schedules(made: Sequence[Any]) -> list[dg.ScheduleDefinition]:
    """A schedule for each job, running from the start."""
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
