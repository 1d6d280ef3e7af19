"""A survey told to people and programs: since when each thing is so, how each service stands, and all of it as plain values."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from hedge_assets.health.condition import Finding
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import Verdict, seconds_between
from hedge_assets.health.scene import DiskFacts, PulseFacts, Scene
from hedge_assets.health.survey import Survey

SERVICES = {"executor": "executor", "dagster": "Dagster", "watch": "watch"}
JUDGED_ALL_THE_SAME = "; files are judged all the same"
Key = tuple[str, str, str]
GIB = 1024**3


@dataclasses.dataclass(frozen=True)
class Service:
    """How one service stands by its pulse. `beats` is null when it was never seen, ages are null when unknown."""

    service: str
    beats: bool | None
    said: str
    pid: int | None = None
    beat_age_s: float | None = None
    turns: int | None = None
    turn_age_s: float | None = None
    metrics_port: int | None = None


def needs_dating(found: Survey) -> bool:
    """Whether there is anything of which a person would ask since when."""
    return bool(found.findings) or any(not each.is_healthy or each.late for each in found.verdicts)


def dated(found: Survey, incidents: Iterable[Incident], before: Mapping[Key, int]) -> Survey:
    """The survey with the earliest since when that anybody knows: the last health file, an open incident, or an earlier look.

    `before` is `since_known` of that earlier look.
    """
    opened = {("finding", each.cause, each.subject): each.opened_us for each in incidents if each.is_open}

    def since(key: Key, told_us: int | None, cause: str) -> int | None:
        known = (told_us, before.get(key), opened.get(("finding", cause, key[2])))
        return min((us for us in known if us is not None), default=None)

    verdicts = tuple(
        dataclasses.replace(each, since_us=since(key_of(each), each.since_us, "late" if each.late else each.condition))
        for each in found.verdicts
    )
    findings = tuple(dataclasses.replace(each, since_us=since(key_of(each), each.since_us, each.condition)) for each in found.findings)
    return dataclasses.replace(found, verdicts=verdicts, findings=findings)


def key_of(each: Verdict | Finding) -> Key:
    """What is remembered of a thing from look to look: it is the same as long as this is."""
    if isinstance(each, Finding):
        return ("finding", each.condition, each.subject)
    return ("file", f"{each.condition}{' late' if each.late else ''}", each.name)


def since_known(found: Survey) -> dict[Key, int]:
    """Since when each thing is as it is; since this look where nobody knows better."""
    now_us = found.scene.now_us
    things: tuple[Verdict | Finding, ...] = (*found.verdicts, *found.findings)
    return {key_of(each): now_us if each.since_us is None else each.since_us for each in things}


def services(scene: Scene) -> tuple[Service, ...]:
    """Every service that should be there, by its pulse."""
    return tuple(service_of(name, scene.pulses.get(name), scene.now_us) for name in SERVICES)


def service_of(name: str, facts: PulseFacts | None, now_us: int) -> Service:
    """One service: what is known of it, and the same in words."""
    same = JUDGED_ALL_THE_SAME if name == "dagster" else ""
    if facts is None:
        return Service(name, None, f"never seen{same}")
    if facts.pulse is None:
        return Service(name, False, f"its pulse cannot be read ({facts.fault}){same}")
    pulse, age_s = facts.pulse, facts.age_s(now_us)
    beats = facts.beating(now_us) is not None
    if beats:
        said = f"last beat {age_text(age_s)} ago (pid {pulse.pid})"
    elif pulse.ended is not None:
        said = f"ended {age_text(age_s)} ago ({pulse.ended}){same}"
    else:
        said = f"silent for {age_text(age_s)}{same}"
    turn_age_s = None if pulse.turned_us is None else round(seconds_between(pulse.turned_us, now_us), 3)
    age_s = None if age_s is None else round(age_s, 3)
    return Service(name, beats, said, pulse.pid, age_s, pulse.turns, turn_age_s, pulse.metrics_port)


def as_plain(found: Survey, executor: Mapping[str, Any], root: str) -> dict[str, Any]:
    """The survey as one JSON object, for programs. Ages in seconds, times in microseconds UTC."""
    return {
        "healthy": found.is_healthy,
        "at_us": found.scene.now_us,
        "data": root,
        "replayed": found.feed_end_us is not None,
        "executor": dict(executor),
        "files": [dataclasses.asdict(verdict) for verdict in found.verdicts],
        "findings": [dataclasses.asdict(finding) for finding in found.findings],
        "services": [dataclasses.asdict(service) for service in services(found.scene)],
        "disk": None if found.scene.disk is None else dataclasses.asdict(found.scene.disk),
    }


def disk_text(disk: DiskFacts | None) -> str:
    """The room on the disk, as a person says it."""
    if disk is None or disk.free_bytes is None:
        return f"unknown ({'not asked' if disk is None else disk.fault})"
    size = "" if disk.size_bytes is None else f" of {disk.size_bytes / GIB:.1f}"
    return f"{disk.free_bytes / GIB:.1f}{size} GiB free{', read-only' if disk.is_read_only else ''}"


def age_text(age_s: float | None) -> str:
    """An age as a person says it; a dash when it is unknown."""
    if age_s is None:
        return "-"
    for size_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(age_s) >= 2 * size_s:
            return f"{age_s / size_s:.0f} {unit}"
    return f"{age_s:.1f} s"
