"""The executor was told to record its venue and does not, or not all of it: an incident now would be no cassette."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

FAULT, LOST = "record_fault", "record_lost"
ROOM = "free space on that disk, or name another venue.record_folder; it is tried again every half minute"
SLOW = "take a faster disk for venue.record_folder, or watch fewer symbols; what is missing is marked on the cassette"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign, as the executor says of itself: that it records nothing now, or else how much it lost."""
    executor = scene.beating.get("executor")
    note = {} if executor is None else executor.note
    fault, lost = note.get(FAULT), note.get(LOST)
    if isinstance(fault, str) and fault:
        yield Sign("executor", "warn", f"what is seen of the venue is not recorded: {fault}", ROOM)
    elif isinstance(lost, int) and lost > 0:
        yield Sign("executor", "warn", f"{lost} lines were not recorded since the start", SLOW)


CONDITION = Condition(judge=signs)
