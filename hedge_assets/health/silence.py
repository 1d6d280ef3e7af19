"""A service that was heard once and is heard no more."""

from collections.abc import Iterator

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Sign
from hedge_assets.health.scene import FRESH_S, Scene

BEATS_BORNE = 10


def silence(scene: Scene, service: str, *, programs: tuple[str, ...], loss: str) -> Iterator[Sign]:
    """One sign once it is silent for too long: ten of its own beats, or `silent_s` if that is less.

    One that was never there, or ended as it was told, is not missed. `programs` are what it is made of under the supervisor.
    """
    facts = scene.pulses.get(service)
    if facts is None:
        return
    if facts.pulse is None:
        yield Sign(
            service,
            "error",
            f"its pulse cannot be read: {facts.fault}",
            "move that pulse.json away; it is written anew while the service runs",
        )
        return
    age_s, limit_s = facts.age_s(scene.now_us), min(scene.limits.silent_s, max(FRESH_S, BEATS_BORNE * facts.pulse.every_s))
    if facts.pulse.ended is None and age_s is not None and age_s > limit_s:
        reason = f"it was last heard {age_text(age_s)} ago (pid {facts.pulse.pid}), expected within {limit_s:.0f} s; {loss}"
        yield Sign(service, "error", reason, cure(scene, programs))


def cure(scene: Scene, programs: tuple[str, ...]) -> str:
    """What to do about it: another thing where a process is there and hangs than where there is none."""
    logs = " and ".join(f"run/{name}.log" for name in programs)
    alive = {name: scene.supervised[name].pid for name in programs if name in scene.supervised and scene.supervised[name].pid}
    if not alive:
        return f"start it: hedge up; {logs} has its last words"
    named = " or ".join(f"{name} (pid {pid})" for name, pid in alive.items())
    pids = " ".join(map(str, alive.values()))
    return f"{named} hangs: kill -CONT {pids} if it was stopped, else kill -9 {pids}: it is started again; {logs} has its last words"
