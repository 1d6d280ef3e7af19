"""The mirror as an asset: what was pushed elsewhere, and whether all of it arrived. It gates nothing.

Where the program `hedge mirror run` works, materializing this tells how it stands there. Where none does, it makes one pass itself,
and so does a schedule every five minutes, while anything is to be mirrored.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from executor.errors import HedgeError, LockError, SettingsError
from hedge_assets.defs.names import Names
from hedge_assets.defs.reports import told
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.schedules import LIMIT_TAG, MAKES_TAG, is_busy
from hedge_assets.folder_lock import held
from hedge_assets.health.gathering import note
from hedge_assets.health.scene import Mirrored, Mirroring
from hedge_assets.mirror.desk import all_states_of, one_pass, permitted
from hedge_assets.mirror.running import STANDING
from hedge_assets.settings import Place

MIRROR = "mirror"
JOB = "mirror_job"
CRON = "*/5 * * * *"
LIMIT_S = 120
CHECKS = {
    "permitted": "What the settings ask for is allowed by the flags; nothing asked for is well.",
    "acknowledged": "Every sink has every document; what one refuses for ever is told here.",
    "in_time": "Nothing is owed for longer than mirror.late_s (warning), mirror.fail_s (error).",
    "within_quota": "The day's writes are within mirror.writes_per_day, and hold nothing back.",
    "reachable": "Every sink answered the last try.",
}


def mirror_asset(desk: Desk) -> dg.AssetsDefinition:
    """The asset with its checks, made from every state that is mirrored; the desk as a whole has one of its own."""
    names, known = desk.names, {state.name for state in desk.states}
    wanted = [name for name in place_of(desk).mirror.states if name in known] or sorted(known)

    @dg.asset(
        key=names.key(MIRROR),
        deps=[names.key(name) for name in wanted],
        group_name=names.word("health"),
        owners=["team:desk"],
        kinds={"firestore"},
        description=(__doc__ or "").strip(),
        check_specs=[dg.AssetCheckSpec(name, asset=names.key(MIRROR), description=promise) for name, promise in CHECKS.items()],
    )
    def _mirror() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        stood, refusal = standing(desk)
        yield dg.MaterializeResult(asset_key=names.key(MIRROR), metadata=metadata(stood, refusal))
        yield from checks(stood, refusal, names)

    return _mirror


def place_of(desk: Desk) -> Place:
    """The place with the settings by which it is mirrored, as the program has them."""
    return all_states_of(desk.place) if desk.accounts else desk.place


def standing(desk: Desk) -> tuple[Mirrored, str | None]:
    """How it stands after one pass, or as the program says that does the passes; with why nothing may be pushed, null where it may."""
    place = place_of(desk)
    nothing = Mirrored(at_us=desk.clock.now_us(), late_s=place.mirror.late_s, fail_s=place.mirror.fail_s)
    try:
        with held(place.mirrored, "the program has it"):
            return one_pass(place, desk.rows, desk.flags, clock=desk.clock), None
    except LockError:
        return note(place.mirrored / STANDING, Mirrored) or nothing, None
    except SettingsError as error:
        return nothing, str(error)


def checks(stood: Mirrored, refusal: str | None, names: Names) -> Iterator[dg.AssetCheckResult]:
    """Every check, told with what breaks it; all of them pass when nothing is to be mirrored."""
    sinks = stood.sinks
    refused = [f"{each.target}: {name}: {why}" for each in sinks for name, why in each.refused.items()]
    asset = names.key(MIRROR)
    yield check(asset, "permitted", [refusal] if refusal else [])
    yield check(asset, "acknowledged", [*refused, *(f"{name}: {why}" for name, why in stood.unread.items())], warn=True)
    overdue = {each.target: overdue_s(stood, each) for each in sinks}
    late = [f"{target}: owed for {age_s:.0f} s" for target, age_s in overdue.items() if age_s > stood.late_s]
    yield check(
        asset, "in_time", [*late, *([stood.fault] if stood.fault else [])], warn=all(age_s <= stood.fail_s for age_s in overdue.values())
    )
    over = [f"{each.target}: {each.written_today} of {each.writes_per_day} writes used" for each in sinks if is_over(each)]
    yield check(asset, "within_quota", over, warn=True)
    yield check(asset, "reachable", [f"{each.target}: {each.fault}" for each in sinks if each.fault])


def check(asset: dg.AssetKey, name: str, broken: list[str], *, warn: bool = False) -> dg.AssetCheckResult:
    """One check, failed where anything is broken."""
    severity = dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not broken,
        severity=severity,
        metadata=told({"reason": "; ".join(broken) or None}),
    )


def overdue_s(stood: Mirrored, sink: Mirroring) -> float:
    """For how long the document is owed that is owed for longest; 0 where none is."""
    return 0.0 if sink.owed_since_us is None else (stood.at_us - sink.owed_since_us) / 1e6


def is_over(sink: Mirroring) -> bool:
    """Whether the quota holds something back, or more was written than it allows."""
    return sink.is_held_back or sink.written_today > sink.writes_per_day


def metadata(stood: Mirrored, refusal: str | None) -> dict[str, Any]:
    """What stands, for the asset's page."""
    said: dict[str, Any] = {"state": "refused" if refusal else "skipped" if stood.off else "mirrored", "reason": refusal or stood.off}
    for each in stood.sinks:
        said[f"{each.sink} has"] = f"{each.acknowledged} of {each.documents}"
        said[f"{each.sink} written today"] = f"{each.written_today} of {each.writes_per_day}"
        said[f"{each.sink} owed"] = ", ".join(each.owed) or None
    return told(said)


def mirror_job(desks: Sequence[Desk]) -> Any:
    """The job that makes one pass over every account, and over the desk as a whole."""
    tags = {LIMIT_TAG: str(LIMIT_S), MAKES_TAG: MIRROR}
    return dg.define_asset_job(
        JOB, selection=dg.AssetSelection.assets(*(desk.names.key(MIRROR) for desk in desks)), tags=tags, run_tags=tags
    )


def mirror_schedule(desks: Sequence[Desk], job: Any) -> dg.ScheduleDefinition:
    """Every five minutes while anything may be mirrored; otherwise it says why not."""

    @dg.schedule(
        name=f"{JOB}_schedule", job=job, cron_schedule=CRON, execution_timezone="UTC", default_status=dg.DefaultScheduleStatus.RUNNING
    )
    def _tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            off = permitted(desks[0].place, desks[0].flags).off
        except HedgeError as error:
            off = str(error)
        if off is not None:
            return dg.SkipReason(off)
        return dg.SkipReason(f"{JOB} is still queued or running") if is_busy(context.instance, JOB) else dg.RunRequest()

    return _tick
