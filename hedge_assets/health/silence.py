"""A service that was heard once and is heard no more, or that is heard and gets nothing done."""

import math
from collections.abc import Iterator

from executor.pulse import Pulse
from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Sign
from hedge_assets.health.scene import FRESH_S, PulseFacts, Scene

BEATS_BORNE = 10
TURNS_BORNE = 6
UNREAD_S = 3.0
"""So old a pulse that cannot be read is when its service has not written over it: three beats."""


def silence(scene: Scene, service: str, *, programs: tuple[str, ...], loss: str) -> Iterator[Sign]:
    """One sign once it is silent for too long: ten of its own beats, or `silent_s` if that is less; or beats and finishes no look.

    One that was never there, or ended as it was told, is not missed. `programs` are what it is made of under the supervisor.
    """
    facts = scene.pulses.get(service)
    if facts is None:
        return
    if facts.pulse is None:
        yield unread(service, facts, scene.now_us)
        return
    if facts.pulse.ended is not None:
        return
    age_s, limit_s = facts.age_s(scene.now_us), min(scene.limits.silent_s, max(FRESH_S, BEATS_BORNE * facts.pulse.every_s))
    idle_s, turn_s = idle(facts.pulse), max(limit_s, TURNS_BORNE * facts.pulse.turn_due_s)
    if age_s is not None and min(age_s, up_s(scene, programs)) > limit_s:
        reason = f"it was last heard {age_text(age_s)} ago (pid {facts.pulse.pid}), expected within {limit_s:.0f} s; {loss}"
        yield Sign(service, "error", reason, cure(scene, programs))
    elif idle_s > turn_s:
        reason = f"it beats but finished no look for {age_text(idle_s)} (pid {facts.pulse.pid}), expected within {turn_s:.0f} s; {loss}"
        yield Sign(
            service, "error", reason, f"see {logs_of(programs)} for what each look trips over, mend that, then start again: hedge up"
        )


def unread(service: str, facts: PulseFacts, now_us: int) -> Sign:
    """A pulse that cannot be read: a warning while its service may yet write over it, by the file system's time."""
    is_young = facts.mtime_us is not None and abs(now_us - facts.mtime_us) <= UNREAD_S * 1e6
    cure = "move that pulse.json away; it is written anew while the service runs"
    return Sign(service, "warn" if is_young else "error", f"its pulse cannot be read: {facts.fault}", cure)


def up_s(scene: Scene, programs: tuple[str, ...]) -> float:
    """How long all it is made of has run, as the supervisor says; while it is yet to start one, since the newest start of anything."""
    its = [scene.supervised[name].since_us for name in programs if name in scene.supervised]
    if not its:
        return math.inf
    began_us = max(its if all(its) else (each.since_us for each in scene.supervised.values()))
    return (scene.now_us - began_us) / 1e6


def idle(pulse: Pulse) -> float:
    """For how long it finished no turn of its work, by its own clock."""
    return (pulse.at_us - (pulse.started_us if pulse.turned_us is None else pulse.turned_us)) / 1e6


def logs_of(programs: tuple[str, ...]) -> str:
    """Where it said what it said last."""
    return " and ".join(f"run/{name}.log" for name in programs)


def cure(scene: Scene, programs: tuple[str, ...]) -> str:
    """What to do about it: another thing where a process is there and hangs than where there is none."""
    logs = logs_of(programs)
    alive = {name: scene.supervised[name].pid for name in programs if name in scene.supervised and scene.supervised[name].pid}
    if not alive:
        return f"start it: hedge up; its last words are in {logs}"
    named = " or ".join(f"{name} (pid {pid})" for name, pid in alive.items())
    pids = " ".join(map(str, alive.values()))
    return f"{named} hangs: {revived(pids)}; its last words are in {logs}"


def revived(pids: object) -> str:
    """What to type for processes that live and do nothing, in an order that harms none: the first does nothing to who was not stopped."""
    return f"kill -CONT {pids}; if that does not help within 10 s, kill -9 {pids}: it is started again"
