"""A program runs and does not answer at its port: it was stopped, or hangs."""

from collections.abc import Iterator

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene
from hedge_assets.health.silence import revived

LIMIT_S = 10.0


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each; of one whose pulse has stopped as well, its own condition tells."""
    for name, program in scene.supervised.items():
        if program.mute_s is None or program.mute_s <= LIMIT_S or not program.pid or (name in scene.pulses and name not in scene.beating):
            continue
        reason = f"it runs (pid {program.pid}) but has not answered {program.fault or 'at its port'} for {age_text(program.mute_s)}"
        pid = program.pid
        cure = f"{revived(pid)}; its last words are in run/{name}.log"
        yield Sign(name, "error", f"{reason}, expected within {LIMIT_S:.0f} s", cure)


CONDITION = Condition(judge=signs, reach=1)
