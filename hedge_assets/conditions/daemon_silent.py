"""Dagster's daemon does not tick: nothing is refreshed, healed or shown in its pages."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.judge import age_text
from hedge_assets.health.scene import Scene

SERVICE = "dagster"
CURE = "start it: hedge up; run/daemon.log has why it is silent"
LOSS = "states are refreshed and healed by nobody"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign once it was seen and is silent for too long; one that was never there, or ended as it was told, is not missed."""
    facts = scene.pulses.get(SERVICE)
    if facts is None:
        return
    if facts.pulse is None:
        yield Sign(
            SERVICE,
            "error",
            f"its pulse cannot be read: {facts.fault}",
            "move that pulse.json away; it is written anew while the service runs",
        )
        return
    age_s, limit_s = facts.age_s(scene.now_us), scene.limits.silent_s
    if facts.pulse.ended is None and age_s is not None and age_s > limit_s:
        reason = f"it was last heard {age_text(age_s)} ago (pid {facts.pulse.pid}), expected within {limit_s:.0f} s; {LOSS}"
        yield Sign(SERVICE, "error", reason, CURE)


CONDITION = Condition(judge=signs)
