"""The watch looks but no longer reads the journals through: a hole or a turned bit inside them would go unseen."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

NOTED = "is_reading_journals"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign while a living watch says that its reading has ended; one that says nothing of it is not judged."""
    pulse = scene.beating.get("watch")
    if pulse is not None and pulse.note.get(NOTED) == 0:
        reason = f"the thread that reads whole journals has ended (pid {pulse.pid}); what it had read is remembered"
        yield Sign("watch", "warn", reason, f"kill {pulse.pid}: it is started again; run/watch.log has why it ended")


CONDITION = Condition(judge=signs)
