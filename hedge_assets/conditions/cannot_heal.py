"""A state is wrong and rebuilding it has failed again and again: somebody must look."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Healing, Scene

TRIES = 3


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each state that is not well after three tries, with why and when the next is."""
    ill = {each.name: each for each in scene.verdicts if not each.is_healthy}
    for healing in () if scene.healings is None else scene.healings.states:
        verdict = ill.get(healing.name)
        if verdict is not None and healing.tries >= TRIES and healing.failure is not None:
            reason = f"{verdict.condition} after {healing.tries} tries: {healing.failure}; {next_try(healing, scene.now_us)}"
            cure = f"mend what the reason names, then dagster asset materialize --select {healing.name}"
            yield Sign(healing.name, "error", reason, cure)


def next_try(healing: Healing, now_us: int) -> str:
    """When it will be tried again."""
    if healing.next_us is None:
        return "no next try is planned"
    wait_s = (healing.next_us - now_us) / 1e6
    return f"next try in {wait_s:.0f} s" if wait_s > 0 else "the next try is due"


CONDITION = Condition(judge=signs)
