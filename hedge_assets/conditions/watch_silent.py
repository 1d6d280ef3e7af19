"""The watch does not look: nobody keeps incidents, sends alerts or pings the dead-man's address. Trading goes on."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene
from hedge_assets.health.silence import silence

SERVICE = "watch"
PROGRAMS = ("watch",)
LOSS = "incidents are kept and told by nobody"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign once it is silent for too long."""
    yield from silence(scene, SERVICE, programs=PROGRAMS, loss=LOSS)


CONDITION = Condition(judge=signs, reach=1)
