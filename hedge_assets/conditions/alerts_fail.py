"""An alert channel or the dead-man's address cannot be reached: what goes wrong is told to nobody there."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

TEST = "hedge alerts test tells which and why; mend its address under [alerts], or the way to it"
NOTED = (
    ("alerts", "alerts_error", "a channel could not be told", TEST),
    ("deadman", "ping_error", "the last dead-man's ping did not arrive", "mend alerts.deadman_url, or the way to it"),
)


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for the channels and one for the ping while the last that was sent to one of them failed."""
    watch = scene.beating.get("watch")
    if watch is None:
        return
    for subject, name, what, cure in NOTED:
        error = watch.note.get(name)
        if isinstance(error, str):
            yield Sign(subject, "warn", f"{what}: {error}", cure)


CONDITION = Condition(judge=signs)
