"""The shadow pipeline decides otherwise than the live one more often than is borne, and that is no chance."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene
from hedge_assets.states.compare_summary import CompareSummary

STATE = "compare_summary"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign when enough entries are compared and even the upper end of the interval of agreement is below the line."""
    summary = scene.documents.get(STATE)
    if not isinstance(summary, CompareSummary) or summary.warmup_missing > 0:
        return
    found, least_frac = next((group for group in summary.purposes if group.key == "entry"), None), scene.limits.min_agree_frac
    if found is None or found.agree_frac is None or found.agree_frac_high is None or found.agree_frac_high >= least_frac:
        return
    reason = (
        f"live and shadow agree in {found.agree_frac:.0%} of {found.n} entries, at best {found.agree_frac_high:.0%}; "
        f"expected are {least_frac:.0%}"
    )
    yield Sign("shadow", "warn", reason, "state/pipeline_v6_compare_summary.json has the causes, each with its worst example")


CONDITION = Condition(judge=signs, reads=(STATE,))
