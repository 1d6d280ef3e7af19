"""A state file that is missing, damaged or left behind is made again without waiting for its schedule."""

import json
from collections.abc import Sequence
from typing import Any

import dagster as dg

from hedge_assets.defs.resources import Desk
from hedge_assets.defs.schedules import is_busy, job_name
from hedge_assets.health.judge import Verdict, seconds_between
from hedge_assets.health.survey import survey
from hedge_assets.spec import Pace, StateSpec

LOOP_S = 9
PATIENCE_S = 30.0
MOST_PATIENCE_S = 1800.0


def missing_states(desk: Desk, jobs: Sequence[Any]) -> dg.SensorDefinition:
    """The sensor that asks for a run of a pace whose files need one; each try waits twice as long as the last."""

    @dg.sensor(name="missing_states", jobs=list(jobs), minimum_interval_seconds=LOOP_S, default_status=dg.DefaultSensorStatus.RUNNING)
    def _missing_states(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now_us = desk.clock.now_us()
        ill = needing(desk, survey(desk.place, desk.rows, now_us).verdicts)
        tries = remembered(context.cursor)
        requests = []
        for pace in sorted(Pace):
            count, next_s = tries.get(pace.value, (0, 0.0))
            if not ill[pace]:
                tries.pop(pace.value, None)
            elif now_us / 1e6 >= next_s and not is_busy(context.instance, job_name(pace)):
                wait_s = min(PATIENCE_S * 2**count, MOST_PATIENCE_S)
                tries[pace.value] = (min(count + 1, 16), round(now_us / 1e6 + wait_s))
                requests.append(
                    dg.RunRequest(job_name=job_name(pace), tags={"asked_by": "missing_states", "for": ",".join(ill[pace])[:200]})
                )
        skip = None if requests else dg.SkipReason(reason_to_wait(ill))
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(tries, separators=(",", ":")), skip_reason=skip)

    return _missing_states


def needing(desk: Desk, verdicts: Sequence[Verdict]) -> dict[Pace, list[str]]:
    """States that a run could mend, by pace: not there, damaged, not written in time, or older inside than the journals."""
    state_of = {state.name: state for state in desk.states}
    newest_us = {verdict.name: verdict.event_us for verdict in verdicts if verdict.group == "raw" and verdict.is_healthy}
    found: dict[Pace, list[str]] = {pace: [] for pace in Pace}
    for verdict in verdicts:
        state = state_of.get(verdict.name)
        if state is None:
            continue
        known_us = max((us for stream in state.streams if (us := newest_us.get(f"raw/{stream}")) is not None), default=None)
        if is_mendable(verdict, state.spec, known_us):
            found[state.spec.pace].append(verdict.name)
    return found


def is_mendable(verdict: Verdict, spec: StateSpec, known_us: int | None) -> bool:
    """Whether a run would help; old facts are the executor's to mend, unless its journals know newer ones (`known_us`)."""
    if verdict.condition in ("missing", "invalid"):
        return True
    if verdict.written_age_s is not None and verdict.written_age_s > spec.written_deadlines.fail_s:
        return True
    if verdict.event_in_time != "stale" or verdict.event_us is None or known_us is None or spec.event_deadlines is None:
        return False
    return seconds_between(verdict.event_us, known_us) > spec.event_deadlines.fail_s


def reason_to_wait(ill: dict[Pace, list[str]]) -> str:
    """Why nothing is asked for, in words."""
    names = [name for each in ill.values() for name in each]
    return f"asked already for {', '.join(names)}" if names else "every state file is there"


def remembered(cursor: str | None) -> dict[str, tuple[int, float]]:
    """How often a pace was asked for, and when it may be again (seconds); nothing, from another version's cursor."""
    try:
        return {pace: (int(count), float(next_s)) for pace, (count, next_s) in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}
