"""Walking forward: what the verdict would have been before each stretch of days, and what the stretch then brought."""

from collections.abc import Sequence

from hedge_assets.comparing.shapes import Standing
from hedge_assets.document import Shape
from hedge_assets.settings import Telemetry

STRETCH_DAYS = 7
SHORT_DAYS = 14
"""A period of fewer days is walked through day by day."""


class Step(Shape):
    """One stretch of days: the verdict on everything before it (by both intervals; the model's error is left out), and what the candidate
    then earned more, in USD, on intents settled in it. `followed_usd` is what following the verdicts so far would have added."""

    first_day: str
    last_day: str
    verdict: str
    known_n: int
    diff_usd: float
    followed_usd: float


def walked(standings: Sequence[Standing], telemetry: Telemetry) -> tuple[Step, ...]:
    """Every stretch, oldest first; the first has nothing before it."""
    size = 1 if len(standings) < SHORT_DAYS else STRETCH_DAYS
    steps: list[Step] = []
    followed_usd = 0.0
    for at in range(0, len(standings), size):
        stretch, before = standings[at : at + size], standings[at - 1] if at else None
        verdict = verdict_on(before, telemetry)
        diff_usd = sum(day.day_diff_usd for day in stretch)
        followed_usd += diff_usd if verdict == "promote" else 0.0
        steps.append(
            Step(
                first_day=stretch[0].day,
                last_day=stretch[-1].day,
                verdict=verdict,
                known_n=0 if before is None else before.money_n,
                diff_usd=diff_usd,
                followed_usd=followed_usd,
            )
        )
    return tuple(steps)


def verdict_on(before: Standing | None, telemetry: Telemetry) -> str:
    """What would have been said at the end of a day."""
    if before is None or before.low_usd is None or before.high_usd is None:
        return "keep watching"
    if before.n < telemetry.min_compare or before.money_n < telemetry.min_compare_trades:
        return "keep watching"
    if before.low_usd > 0:
        return "promote"
    return "reject" if before.high_usd < 0 else "keep watching"
