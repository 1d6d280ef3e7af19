"""A program went down unasked and was started again: nothing need be done, and nothing is kept quiet."""

from collections.abc import Iterator

from hedge_assets.conditions.crash_loop import fresh
from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

TOLD_S = 10.0


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each program whose newest fall is a few seconds old."""
    for program in fresh(scene):
        ago_s = (scene.now_us - max(program.falls_us, default=0)) / 1e6
        if 0 <= ago_s <= TOLD_S:
            reason = f"it went down {age_text(ago_s)} ago and is {program.state.lower()} (last exit code {program.exit_code})"
            yield Sign(program.name, "warn", reason, f"nothing, unless it falls again; run/{program.name}.log has why")


CONDITION = Condition(judge=signs)
