"""Dagster's daemon does not tick: nothing is refreshed, healed or shown in its pages, and numbers grow old. Trading goes on."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene
from hedge_assets.health.silence import silence

SERVICE = "dagster"
PROGRAMS = ("daemon", "code")
LOSS = "states are refreshed and healed by nobody"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign once it is silent for too long."""
    yield from silence(scene, SERVICE, programs=PROGRAMS, loss=LOSS)


CONDITION = Condition(judge=signs, reach=1)
