"""How well routing works, in a word: quality and regime, each with the number and the limit that decided it."""

from typing import Literal

from hedge_assets.document import Shape
from hedge_assets.settings import Telemetry

Quality = Literal["good", "ok", "degraded", "broken"]
Regime = Literal["maker_strong", "balanced", "slippage_hot", "fallback_heavy", "broken"]
GOOD_SHARE = 0.5
ORDER: tuple[Quality, ...] = ("good", "ok", "degraded", "broken")


class Grade(Shape):
    """A word, and what decided it: `measure` was `value` against `limit`. All null, with a reason, where too little is known."""

    word: str | None
    measure: str | None
    value: float | None
    limit: float | None
    reason: str | None


def ungraded(reason: str) -> Grade:
    """No word yet."""
    return Grade(word=None, measure=None, value=None, limit=None, reason=reason)


def quality_of(slippage_bps: float | None, reject_frac: float | None, telemetry: Telemetry) -> Grade:
    """The worse of mean slippage and refusals: broken and degraded at their lines, good below half of the degraded line."""
    worst, rank = ungraded("neither slippage nor refusals are known"), -1
    for measure, value, degraded, broken in (
        ("slippage_bps_mean", slippage_bps, telemetry.degraded_slippage_bps, telemetry.broken_slippage_bps),
        ("reject_frac", reject_frac, telemetry.degraded_reject_frac, telemetry.broken_reject_frac),
    ):
        if value is None:
            continue
        word, limit = level(value, degraded, broken)
        if ORDER.index(word) > rank:
            worst, rank = Grade(word=word, measure=measure, value=value, limit=limit, reason=None), ORDER.index(word)
    return worst


def level(value: float, degraded: float, broken: float) -> tuple[Quality, float]:
    """One measure's word, and the line that decided it."""
    if value >= broken:
        return "broken", broken
    if value >= degraded:
        return "degraded", degraded
    return ("ok", degraded) if value >= GOOD_SHARE * degraded else ("good", GOOD_SHARE * degraded)


def regime_of(
    quality: Grade, *, fallback_frac: float | None, slippage_bps: float | None, maker_frac: float | None, lines: Telemetry
) -> Grade:
    """What kind of routing it is: the first of broken, fallback heavy, slippage hot, maker strong that holds, else balanced."""
    if quality.word is None:
        return quality
    if quality.word == "broken":
        return quality
    for word, measure, value, limit in (
        ("fallback_heavy", "fallback_frac", fallback_frac, lines.heavy_fallback_frac),
        ("slippage_hot", "slippage_bps_mean", slippage_bps, lines.hot_slippage_bps),
        ("maker_strong", "maker_frac", maker_frac, lines.strong_maker_frac),
    ):
        if value is not None and value >= limit:
            return Grade(word=word, measure=measure, value=value, limit=limit, reason=None)
    return Grade(word="balanced", measure="maker_frac", value=maker_frac, limit=lines.strong_maker_frac, reason=None)
