"""A service that was heard once and is heard no more."""

from collections.abc import Iterator

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Sign
from hedge_assets.health.scene import Scene


def silence(scene: Scene, service: str, *, cure: str, loss: str) -> Iterator[Sign]:
    """One sign once it is silent for too long; one that was never there, or ended as it was told, is not missed."""
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
    age_s, limit_s = facts.age_s(scene.now_us), scene.limits.silent_s
    if facts.pulse.ended is None and age_s is not None and age_s > limit_s:
        reason = f"it was last heard {age_text(age_s)} ago (pid {facts.pulse.pid}), expected within {limit_s:.0f} s; {loss}"
        yield Sign(service, "error", reason, cure)
