"""A clock is off: a service's differs from the kernel's, this one's is behind what was written already, or a journal is ahead of it."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

CURE = "set the machine's clock right (timedatectl status), then restart what says another time"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each clock that is off: a service's, the judge's; journals ahead of now only where neither explains them."""
    clocks = (*services_off(scene), *judge_behind(scene))
    yield from clocks or journals_ahead(scene)


def services_off(scene: Scene) -> Iterator[Sign]:
    """One sign for each service whose clock differs from the kernel's."""
    limit_s = scene.limits.clock_off_s
    for name, pulse in scene.beating.items():
        written_us = scene.pulses[name].mtime_us
        off_s = 0.0 if written_us is None else (pulse.at_us - written_us) / 1e6
        if abs(off_s) > limit_s:
            reason = (
                f"its clock is {abs(off_s):.1f} s {'ahead of' if off_s > 0 else 'behind'} the kernel's, at most {limit_s:g} s are borne"
            )
            yield Sign(name, "error", reason, CURE)


def judge_behind(scene: Scene) -> Iterator[Sign]:
    """One sign when something was written after it was read: the clock of whoever judges is behind."""
    limit_s = scene.limits.clock_off_s
    newest_us = max((each.mtime_us for each in scene.pulses.values() if each.mtime_us is not None), default=scene.now_us)
    if newest_us - scene.until_us > limit_s * 1e6:
        reason = f"the newest pulse was written {(newest_us - scene.until_us) / 1e6:.1f} s after now, at most {limit_s:g} s are borne"
        yield Sign("clock", "error", reason, CURE)


def journals_ahead(scene: Scene) -> Iterator[Sign]:
    """One sign for each live journal that holds a record from after now."""
    if scene.feed_end_us is not None:
        return
    for name, facts in scene.journals.items():
        ahead_s = 0.0 if facts.newest_us is None else (facts.newest_us - scene.until_us) / 1e6
        if ahead_s > scene.limits.clock_off_s:
            reason = f"its newest record is {ahead_s:.1f} s ahead of now, at most {scene.limits.clock_off_s:g} s are borne"
            yield Sign(name, "error", reason, CURE)


CONDITION = Condition(judge=signs, reach=2)
