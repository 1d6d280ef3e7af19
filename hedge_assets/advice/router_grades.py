"""How well routing works, in a word: quality and regime, each with the measure, the number, the limit and the sample that decided it.

The bootstrap rule: a measure speaks from `min_fills` observations of its own on. A bad word (degraded, broken) needs one
measure that speaks; a good one (good, ok) needs both of slippage and refusals. Until then there is no word: unproven.
"""

from typing import Literal

import msgspec

from hedge_assets.document import Shape
from hedge_assets.settings import Telemetry

Quality = Literal["good", "ok", "degraded", "broken"]
ORDER: tuple[Quality, ...] = ("good", "ok", "degraded", "broken")
GOOD_ENOUGH = ("good", "ok")


class Grade(Shape):
    """A word, and what decided it: `measure` was `value` over `n` observations, against `limit`. All null, with a reason, where
    too little is known."""

    word: str | None
    measure: str | None
    value: float | None
    limit: float | None
    n: int | None
    reason: str | None


class Measured(msgspec.Struct, frozen=True):
    """One measure: its value over `n` observations; null without any."""

    value: float | None
    n: int


def ungraded(reason: str) -> Grade:
    """No word yet."""
    return Grade(word=None, measure=None, value=None, limit=None, n=None, reason=reason)


def quality_of(slippage: Measured, refusals: Measured, lines: Telemetry) -> Grade:
    """The worse of mean slippage against arrival (bps, by notional) and the share of orders refused."""
    worst, rank, silent = ungraded("nothing is known"), -1, []
    for measure, seen, degraded, broken in (
        ("slippage_bps_mean", slippage, lines.degraded_slippage_bps, lines.broken_slippage_bps),
        ("reject_frac", refusals, lines.degraded_reject_frac, lines.broken_reject_frac),
    ):
        if seen.value is None or seen.n < lines.min_fills:
            silent.append(f"{measure} rests on {seen.n} of {lines.min_fills}")
            continue
        word, limit = level(seen.value, degraded, broken, good_frac=lines.good_line_frac)
        if ORDER.index(word) > rank:
            worst = Grade(word=word, measure=measure, value=seen.value, limit=limit, n=seen.n, reason=None)
            rank = ORDER.index(word)
    if silent and (worst.word is None or worst.word in GOOD_ENOUGH):
        return ungraded(f"unproven: {', '.join(silent)}")
    return worst


def level(value: float, degraded: float, broken: float, *, good_frac: float) -> tuple[Quality, float]:
    """One measure's word, and the line that decided it: good ends at a share of the degraded line."""
    if value >= broken:
        return "broken", broken
    if value >= degraded:
        return "degraded", degraded
    return ("ok", degraded) if value >= good_frac * degraded else ("good", good_frac * degraded)


def regime_of(quality: Grade, *, fallbacks: Measured, slippage: Measured, makers: Measured, lines: Telemetry) -> Grade:
    """What kind of routing it is: the first of broken, fallback heavy, slippage hot, maker strong that holds, else balanced.

    Each is judged only where its measure speaks; where the share of maker notional does not either, there is no word.
    """
    if quality.word == "broken":
        return quality
    for word, measure, seen, limit in (
        ("fallback_heavy", "fallback_frac", fallbacks, lines.heavy_fallback_frac),
        ("slippage_hot", "slippage_bps_mean", slippage, lines.hot_slippage_bps),
        ("maker_strong", "maker_frac", makers, lines.strong_maker_frac),
    ):
        if seen.value is not None and seen.n >= lines.min_fills and seen.value >= limit:
            return Grade(word=word, measure=measure, value=seen.value, limit=limit, n=seen.n, reason=None)
    if makers.value is None or makers.n < lines.min_fills:
        return ungraded(f"unproven: maker_frac rests on {makers.n} of {lines.min_fills}")
    limit = lines.strong_maker_frac
    return Grade(word="balanced", measure="maker_frac", value=makers.value, limit=limit, n=makers.n, reason=None)
