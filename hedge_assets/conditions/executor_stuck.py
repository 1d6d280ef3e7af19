"""The executor runs and does not trade, exits wait for it: it beats but completes no loop, or holds its lock and no longer beats."""

from collections.abc import Iterator

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import FRESH_S, PulseFacts, Scene
from hedge_assets.health.silence import revived

LOOPS_MISSED = 5


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign while the lock is held and no loop comes of it."""
    facts = scene.pulses.get("executor")
    if facts is None or not scene.executor_is_held:
        return
    if facts.pulse is None:
        yield Sign(
            "executor", "warn", f"whether it loops cannot be known: {facts.fault}", "move raw/pulse.json away; the executor writes it anew"
        )
        return
    silent_s = silence_s(facts, scene)
    if silent_s is not None and silent_s > FRESH_S:
        reason = f"it holds the lock but has not beaten for {age_text(silent_s)} (pid {facts.pulse.pid}), expected within {FRESH_S:.0f} s"
        yield Sign(
            "executor",
            "error",
            reason,
            f"{revived(facts.pulse.pid)}, and sends nothing twice",
        )
        return
    idle_s = idle(facts, scene)
    limit_s = max(scene.limits.stuck_s, LOOPS_MISSED * facts.pulse.turn_due_s)
    if idle_s is not None and idle_s > limit_s:
        reason = f"it beats but completed no loop for {age_text(idle_s)} (pid {facts.pulse.pid}), expected within {limit_s:.0f} s"
        cure = (
            f"run/executor.log has its last words; kill -9 {facts.pulse.pid}: it is started again (a plain kill waits for the loop to end)"
        )
        yield Sign("executor", "error", reason, cure)


def silence_s(facts: PulseFacts, scene: Scene) -> float | None:
    """How long the one who holds the lock has said nothing: since its pulse, or since it took the lock if that was later."""
    heard_us = max((each for each in (facts.mtime_us, scene.lock_taken_us) if each is not None), default=None)
    return None if heard_us is None else (scene.now_us - heard_us) / 1e6


def idle(facts: PulseFacts, scene: Scene) -> float | None:
    """How long the life that holds the lock has completed no loop, by its own clock; null for a pulse of the life before."""
    pulse = facts.pulse
    if pulse is None or pulse.ended is not None:
        return None
    if scene.lock_taken_us is not None and facts.mtime_us is not None and facts.mtime_us < scene.lock_taken_us:
        return None
    return (pulse.at_us - (pulse.started_us if pulse.turned_us is None else pulse.turned_us)) / 1e6


CONDITION = Condition(judge=signs, reach=1)
