"""A survey told to people and programs: how each service stands, the room on the disk, and all of it as plain values."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from hedge_assets.health.ages import age_text
from hedge_assets.health.judge import seconds_between
from hedge_assets.health.scene import DiskFacts, PulseFacts, Scene
from hedge_assets.health.survey import Survey

SERVICES = {"executor": "executor", "dagster": "Dagster", "watch": "watch"}
JUDGED_ALL_THE_SAME = "; files are judged all the same"
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
