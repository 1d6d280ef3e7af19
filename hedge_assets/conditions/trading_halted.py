"""The executor lives and takes no new risk: a brake was pulled, or an operator halted it. Exits and reductions go on."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

OPERATOR = "operator"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign while a living executor says in its heartbeats that it is halted; what an operator wanted can wait for the morning."""
    halted = None if scene.heartbeat is None else scene.heartbeat.halted
    if not halted or not (scene.executor_is_held or "executor" in scene.beating):
        return
    rule = halted.partition(":")[0]
    if rule == OPERATOR:
        yield Sign("executor", "warn", f"no new risk is taken, {halted}", "executor resume, once whoever halted it agrees")
    else:
        yield Sign("executor", "error", f"no new risk is taken, {halted}", f"look at docs/runbook.md#{rule}; then executor resume")


CONDITION = Condition(judge=signs)
