"""When states are refreshed: fast ones every minute, slow ones every five, each pace in one run that never overlaps itself.

Beside them stands a job over all states without a schedule: healing asks it for those that are ill, whatever their pace.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from hedge_assets.catalog import State
from hedge_assets.defs.resources import Desk
from hedge_assets.spec import Pace

CRON = {Pace.FAST: "* * * * *", Pace.SLOW: "*/5 * * * *"}
LIMIT_TAG = "dagster/max_runtime"
MAKES_TAG = "hedge/makes"
"""What a run makes, `states` or `tables`: the queue lets one of each go on at a time (`dagster.yaml`)."""
QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}
"""What a run says on its standard error, beside what Dagster's storage keeps: by itself every event, fifty kilobytes a run."""

MEND = "mend_states"
WHOLE_JOB = "desk_states"
NOT_BEGUN = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
UNFINISHED = [*NOT_BEGUN, dg.DagsterRunStatus.STARTED]


def job_name(pace: Pace) -> str:
    """`fast_states`, `slow_states`."""
    return f"{pace.value}_states"


def jobs(desks: Sequence[Desk]) -> list[Any]:
    """One job per pace that has states, for all accounts at once, and the one that mends any of them.

    Their runs carry the time after which Dagster's own monitoring ends them.
    """
    limit = {LIMIT_TAG: f"{max(desk.place.health.run_limit_s for desk in desks):g}", MAKES_TAG: "states"}
    accounts, above = (
        [desk for desk in desks if not desk.accounts],
        [(desk, state) for desk in desks if desk.accounts for state in desk.states],
    )
    paced = {pace: [(desk, state) for desk in accounts for state in desk.states if state.spec.pace is pace] for pace in Pace}
    found = [_job(job_name(pace), made, {"pace": pace.value, **limit}) for pace, made in paced.items() if made]
    found += (
        [_job(WHOLE_JOB, above, {"pace": Pace.FAST.value, **limit})] if above else []
    )  # else what one account cannot do keeps the whole
    return [*found, _job(MEND, [(desk, state) for desk in desks for state in desk.states], limit)]


def _job(name: str, made: Sequence[tuple[Desk, State]], tags: dict[str, str]) -> Any:
    selection = dg.AssetSelection.assets(*(desk.names.key(state.name) for desk, state in made)).without_checks()  # told all the same
    return dg.define_asset_job(name, selection=selection, tags=tags, run_tags=tags, config=QUIET)


def schedules(made: Sequence[Any]) -> list[dg.ScheduleDefinition]:
    """A schedule for each job that has a pace, running from the start."""
    crons = {**{job_name(pace): cron for pace, cron in CRON.items()}, WHOLE_JOB: CRON[Pace.FAST]}
    return [_schedule(job, crons[job.name]) for job in made if job.name in crons]


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
