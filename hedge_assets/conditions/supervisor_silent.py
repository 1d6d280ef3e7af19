"""Nobody supervises: `hedge up` or its supervisor hangs or was killed, and what falls is not started again."""

from collections.abc import Iterator

from hedge_assets.conditions import disk_full
from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import PROGRAMS_FRESH_S, Scene

CURE = (
    "if hedge up is still there, its supervisor was stopped or hangs: kill -CONT its pid (run/supervisord.pid), else end hedge up; "
    "then start it: hedge up; on a box: supervisorctl restart tend"
)


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign once the note on the programs is old; an end that was meant takes it away, and a full disk keeps it from being written."""
    if scene.programs is None or any(sign.severity == "error" for sign in disk_full.signs(scene)):
        return
    age_s = (scene.now_us - scene.programs.at_us) / 1e6
    if age_s > PROGRAMS_FRESH_S:
        reason = (
            f"hedge up last told of its programs {age_text(age_s)} ago, expected within {PROGRAMS_FRESH_S:.0f} s; what falls stays down"
        )
        yield Sign("supervisor", "error", reason, CURE)


CONDITION = Condition(judge=signs, reach=1)
