"""The executor died, and nobody trades: nobody holds its lock, and its last word was not that it ended."""

from collections.abc import Iterator

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

STARTED_AGAIN = ("RUNNING", "STARTING")
RESTART_S = 3.0


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign while the lock is free and the pulse says of no end, or cannot be read; an end that was meant is no fault.

    Under a supervisor it has a moment to be started again: a fall is told as such, and is no death.
    """
    facts = scene.pulses.get("executor")
    if facts is None or scene.executor_is_held:
        return
    if facts.pulse is None:
        reason = f"nobody is seen to hold its lock, and its pulse cannot be read: {facts.fault}; whether it lives cannot be known"
        yield Sign("executor", "warn", reason, "make raw/ readable for whoever looks, or move raw/pulse.json away; then start it: hedge up")
        return
    if facts.pulse.ended is not None:
        return
    age_s = facts.age_s(scene.now_us)
    program = scene.supervised.get("executor")
    if program is not None and program.state in STARTED_AGAIN and age_s is not None and age_s <= RESTART_S:
        return
    beat = "" if age_s is None else f", its last beat was {age_text(age_s)} ago"
    reason = f"nobody holds its lock, and pid {facts.pulse.pid} did not say that it ended{beat}"
    yield Sign("executor", "error", reason, "start it: hedge up, or python -m executor run; run/executor.log has why it died")


CONDITION = Condition(judge=signs, reach=1)
