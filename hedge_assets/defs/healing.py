"""A state file that is missing, damaged or left behind is made again without waiting for its schedule, and that is told.

One run mends them all, whatever their pace, and what tells of files is made anew with them.
`tables/healing.json` says of each state that is being mended, or was within the hour, how often a run was asked for,
when the next may be, why the last did not help, and where a damaged file was put.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import dagster as dg
import msgspec

from hedge_assets.defs.abandoned import end_abandoned
from hedge_assets.defs.failures import why_not
from hedge_assets.defs.names import Names
from hedge_assets.defs.patience import REMEMBERED_S, Memory, Tried, as_cursor, due, remembered, seen
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.rota import Rota
from hedge_assets.defs.schedules import MEND, is_busy, is_coming, job_name
from hedge_assets.health.gathering import note
from hedge_assets.health.judge import Verdict, seconds_between
from hedge_assets.health.scene import Healing, Healings
from hedge_assets.health.survey import Survey, survey
from hedge_assets.refreshing.fates import Fate, Fates, read_fates
from hedge_assets.spec import Pace, StateSpec
from hedge_assets.store import StoreError, replace
from hedge_assets.version import code_version

LOOP_S = 2  # the daemon's loop is 5 s; asking for 5 gives every second loop
SENSOR = "missing_states"
FILE = "healing.json"
TRIPPED_OVER = ("disk", "clock", "executor")


def missing_states(desks: Sequence[Desk], jobs: Sequence[Any]) -> dg.SensorDefinition:
    """The sensor that asks for one run of all that needs one, at once and then with more and more patience."""
    rota = Rota(desks)

    @dg.sensor(name=SENSOR, jobs=list(jobs), minimum_interval_seconds=LOOP_S, default_status=dg.DefaultSensorStatus.RUNNING)
    def _missing_states(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        memory, wanted, waiting = dict(remembered(context.cursor)), list[tuple[Desk, list[str]]](), list[str]()
        end_abandoned(context.instance)
        for desk in rota.turn():
            mine, names, reason = looked_after(desk, context.instance, own(memory, desk.names))
            memory = {**{path: each for path, each in memory.items() if not is_own(path, desk.names)}, **filed(mine, desk.names)}
            wanted += [(desk, names)] if names else []
            waiting.append(reason)
        skip = None if wanted else dg.SkipReason("; ".join(dict.fromkeys(waiting)))
        return dg.SensorResult(run_requests=requests(wanted), cursor=as_cursor(memory), skip_reason=skip)

    return _missing_states


def looked_after(desk: Desk, instance: dg.DagsterInstance, memory: Memory) -> tuple[dict[str, Tried], list[str], str]:
    """One account: what is remembered of its states now, those a run is to be asked for, and in words why not for others."""
    now_s = desk.clock.now_us() / 1e6
    found = survey(desk.place, desk.rows, desk.clock.now_us(), conditions=desk.conditions)
    ill = needing(desk, found.verdicts)
    mine = seen(memory, circumstances(found, ill), now_s)
    names = to_mend(desk, instance, due(mine, ill, now_s))
    mine.update({name: mine[name].asked(now_s) for name in names})
    return mine, names, reason_to_wait(ill) + tell(desk, instance, mine)


def is_own(path: str, names: Names) -> bool:
    """Whether a name in the cursor is of this account."""
    return not names.account or path.startswith(names.path(""))


def own(memory: Memory, names: Names) -> Memory:
    """What is remembered of one account's states, by their plain names."""
    return {path.removeprefix(names.path("")) if names.account else path: each for path, each in memory.items() if is_own(path, names)}


def filed(memory: Memory, names: Names) -> Memory:
    """The same, as the cursor has it."""
    return {names.path(name): each for name, each in memory.items()}


def requests(wanted: Sequence[tuple[Desk, Sequence[str]]]) -> list[dg.RunRequest]:
    """One run of these states of every account, and of those that tell of files, which said that these are ill; none for none."""
    if not wanted:
        return []
    made = [(desk, state) for desk, names in wanted for state in desk.states if state.name in names or state.is_about_files]
    tags = {"asked_by": SENSOR, "for": ",".join(desk.names.path(name) for desk, names in wanted for name in names)[:200]}
    return [dg.RunRequest(job_name=MEND, asset_selection=[desk.names.key(state.name) for desk, state in made], tags=tags)]


def to_mend(desk: Desk, instance: dg.DagsterInstance, names: Sequence[str]) -> list[str]:
    """Those of the names that nobody else is about to make.

    None while a run that mends is not over; none of a pace whose run has yet to begin. One that has begun may have passed
    them by already, and is not waited for.
    """
    if not names or is_busy(instance, MEND):
        return []
    coming = {pace for pace in Pace if is_coming(instance, job_name(pace))}
    pace_of = {state.name: state.spec.pace for state in desk.states}
    return [name for name in names if pace_of[name] not in coming]


def needing(desk: Desk, verdicts: Sequence[Verdict]) -> list[str]:
    """States that a run could mend: not there, damaged, not written in time, or older inside than the journals."""
    state_of = {state.name: state for state in desk.states}
    newest_us = {verdict.name: verdict.event_us for verdict in verdicts if verdict.group == "raw" and verdict.is_healthy}
    found = []
    for verdict in verdicts:
        state = state_of.get(verdict.name)
        if state is None:
            continue
        known_us = max((us for stream in state.streams if (us := newest_us.get(f"raw/{stream}")) is not None), default=None)
        if is_mendable(verdict, state.spec, known_us):
            found.append(verdict.name)
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


def circumstances(found: Survey, ill: Sequence[str]) -> dict[str, int]:
    """For each ill state a sum over what is wrong with it and with what a run of it could trip over.

    What is said of states themselves, or of Dagster, is left out: asking for runs would change it.
    """
    wrong = [each for each in found.findings if each.is_error and (each.subject in TRIPPED_OVER or each.subject.startswith("raw"))]
    others = {f"{each.condition} {each.subject}" for each in wrong}
    journals = {f"{each.name} {each.is_healthy}" for each in found.verdicts if each.group == "raw"}
    words = "\n".join([code_version(), *sorted(others), *sorted(journals)])
    condition = {each.name: each.condition for each in found.verdicts}
    return {name: zlib.crc32(f"{condition[name]}\n{words}".encode()) for name in ill}


def tell(desk: Desk, instance: dg.DagsterInstance, memory: Memory) -> str:
    """Write what is being done where others read it, if that is news; in words why it cannot be written."""
    now_us = desk.clock.now_us()
    fates = read_fates(desk.place.tables) or Fates()
    known = {state.name for state in desk.states}
    names = {*memory, *(name for name, fate in fates.states.items() if is_lately(fate.kept_us, now_us))} & known
    told = []
    for name in sorted(names):
        tried = memory.get(name, Tried())
        failure = None if tried.well_s is not None else why_not(instance, fates.states.get(name), tried, MEND)
        told.append(healing(name, tried, lately(fates.states.get(name), now_us), failure=failure))
    path = desk.place.tables / FILE
    before = note(path, Healings)
    if before is not None and before.states == tuple(told):
        return ""
    try:
        replace(path, msgspec.json.encode(Healings(at_us=now_us, states=tuple(told))))
    except StoreError as error:
        return f"; {error}"
    return ""


def lately(fate: Fate | None, now_us: int) -> Fate | None:
    """A fate that put a damaged file aside within the hour; null for others."""
    return fate if fate is not None and is_lately(fate.kept_us, now_us) else None


def healing(name: str, tried: Tried, fate: Fate | None, *, failure: str | None) -> Healing:
    """One state's row; without a next time once it is well."""
    is_ill = tried.well_s is None and tried.next_s > 0
    return Healing(
        name=name,
        tries=tried.tries,
        asked_us=round(tried.asked_s * 1e6) if tried.asked_s else None,
        next_us=round(tried.next_s * 1e6) if is_ill else None,
        failure=failure,
        kept=None if fate is None else fate.kept,
        kept_us=None if fate is None else fate.kept_us,
    )


def is_lately(at_us: int | None, now_us: int) -> bool:
    """Within the time that mended states are told of."""
    return at_us is not None and now_us - at_us < REMEMBERED_S * 1e6


def reason_to_wait(ill: Sequence[str]) -> str:
    """Why nothing is asked for, in words."""
    return f"asked already for {', '.join(ill)}" if ill else "every state file is there"
