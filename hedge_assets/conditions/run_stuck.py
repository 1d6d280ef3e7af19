"""A Dagster run goes on for longer than any run may: what waits behind it is not refreshed."""

from collections.abc import Iterator

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

NOTED = "oldest_run_s"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign while the oldest unfinished run is past its limit; an error at twice that, for then it was not ended either."""
    pulse = scene.beating.get("dagster")
    age_s = None if pulse is None else pulse.note.get(NOTED)
    limit_s = scene.limits.run_limit_s
    if isinstance(age_s, (int, float)) and age_s > limit_s:
        reason = f"the oldest run has been going for {age_text(age_s)}, at most {limit_s:.0f} s are allowed"
        yield Sign(
            "dagster",
            "error" if age_s > 2 * limit_s else "warn",
            reason,
            "end it on the page of runs; run/daemon.log has why it hangs",
        )


CONDITION = Condition(judge=signs, reach=1)
