"""What is mirrored elsewhere falls behind: a sink does not get what is newest, will not take it, or nobody pushes."""

from collections.abc import Iterator

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Severity, Sign
from hedge_assets.health.scene import Mirrored, Mirroring, Scene

FLAG = "FIRESTORE_ENABLED"
BEGIN_S = 60.0
SUBJECT = "mirror"
START = "start it: hedge mirror run (hedge up does where it is wanted); its last words are in run/mirror.log"
WAIT = "it is tried again by itself every few seconds; if this stays, look at the way there and at the other side's own status"
SHARE = "raise mirror.writes_per_day if the other side allows more, or name fewer mirror.states"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign if nobody pushes, one for what is wrong on this side, and one for each sink that is behind or refuses."""
    mirrored = scene.mirrored
    if mirrored is None:
        yield from never(scene)
        return
    if mirrored.off is not None:
        return
    yield from silent(scene, mirrored)
    if mirrored.fault is not None:
        yield Sign(SUBJECT, "error", mirrored.fault, "make room, or give back the permission; the mirror goes on by itself")
    for sink in mirrored.sinks:
        yield from behind(scene, mirrored, sink)
        if sink.refused:
            first = min(sink.refused)
            reason = f"{len(sink.refused)} documents are refused by {sink.target}, {first}: {sink.refused[first]}"
            yield Sign(sink.sink, "warn", reason, "look at that file; it is offered again when its content is another")


def never(scene: Scene) -> Iterator[Sign]:
    """One sign while the executor runs with the flag on, for longer than a start takes, and there was never a push."""
    executor = scene.beating.get("executor")
    if executor is not None and executor.flags.get(FLAG) == "1" and executor.at_us - executor.started_us > BEGIN_S * 1e6:
        yield Sign(SUBJECT, "warn", f"{FLAG} is 1, and nothing was ever pushed", START)


def silent(scene: Scene, mirrored: Mirrored) -> Iterator[Sign]:
    """One sign when it was not heard for so long, while the desk trades."""
    age_s = (scene.now_us - mirrored.at_us) / 1e6
    severity = severity_of(age_s - mirrored.every_s, mirrored)
    if severity is not None and "executor" in scene.beating:
        how = "it ended as it was told" if mirrored.ended is not None else "it fell silent"
        yield Sign(SUBJECT, severity, f"nothing was pushed for {age_text(age_s)}: {how}; copies elsewhere grow old", START)


def behind(scene: Scene, mirrored: Mirrored, sink: Mirroring) -> Iterator[Sign]:
    """One sign when documents are owed for too long, with why."""
    if sink.owed_since_us is None:
        return
    age_s = (scene.now_us - sink.owed_since_us) / 1e6
    severity = severity_of(age_s, mirrored)
    if severity is None:
        return
    what = f"{len(sink.owed)} of {sink.documents} documents are owed to {sink.target} since {age_text(age_s)} ago"
    if sink.fault is not None:
        yield Sign(sink.sink, severity, f"{what}: {sink.fault}", WAIT)
    elif sink.is_held_back:
        told = f"{sink.written_today} of {sink.writes_per_day} writes were used today"
        yield Sign(sink.sink, "warn", f"{what}: the quota holds them back, {told}", SHARE)
    else:
        yield Sign(sink.sink, severity, what, WAIT)


def severity_of(age_s: float, mirrored: Mirrored) -> Severity | None:
    """How bad it is that something is so old; null while it may be."""
    if age_s > mirrored.fail_s:
        return "error"
    return "warn" if age_s > mirrored.late_s else None


CONDITION = Condition(judge=signs)
