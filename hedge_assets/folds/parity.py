"""How one pair of decisions differs, and by which cause."""

from typing import Literal

from hedge_assets.folds.pairs import APPROVED, Outcome, Pair

Cause = Literal["signal", "rule", "limit", "size", "price", "route", "timing", "missing_input", "suggestion_version"]
CAUSES: tuple[Cause, ...] = ("signal", "rule", "limit", "size", "price", "route", "timing", "missing_input", "suggestion_version")

MISSING = frozenset({"stale_nav", "stale_quote", "bad_input", "unknown_orders"})
TIMING = frozenset({"cooldown", "burst"})
LIMITS = frozenset({"symbol_cap", "tier_cap", "gross_cap", "leverage", "instrument_leverage", "margin", "max_positions"})
SAME = 1e-9


def rule_of(outcome: Outcome) -> str:
    """The veto's rule, or `approved`."""
    return outcome.rule or APPROVED


def same_verdict(pair: Pair) -> bool:
    """Whether both pipelines said yes, or both no."""
    return pair.live.approved == pair.shadow.approved


def causes_of(pair: Pair) -> tuple[Cause, ...]:
    """Why the answers differ; nothing when they do not.

    Both pipelines decide one recorded intent over one recorded view under one policy, so `signal` and
    `suggestion_version` cannot differ between them. A veto is named by the rule that gave it: its
    input was missing, it counts time, it is a cap, or it is another rule. Two approvals differ by
    size, route (maker or taker) and price (offset from the touch).
    """
    live, shadow = pair.live, pair.shadow
    if rule_of(live) != rule_of(shadow):
        return (_veto_cause(live.rule or shadow.rule or ""),)
    if not live.approved:
        return ()
    found: list[Cause] = []
    if differs(live.qty, shadow.qty):
        found.append("size")
    if live.style != shadow.style:
        found.append("route")
    elif differs(live.offset_bps, shadow.offset_bps):
        found.append("price")
    return tuple(found)


def differs(a: float | None, b: float | None) -> bool:
    """Whether two numbers are not the same beyond rounding; an unknown equals only an unknown."""
    if a is None or b is None:
        return a is not b
    return abs(a - b) > SAME * max(abs(a), abs(b))


def stake_usd(pair: Pair) -> float:
    """The notional at stake in a difference: between two approvals what one has more, else what one side approved."""
    return abs((pair.shadow.notional_usd or 0.0) - (pair.live.notional_usd or 0.0))


def _veto_cause(rule: str) -> Cause:
    if rule in MISSING:
        return "missing_input"
    if rule in TIMING:
        return "timing"
    return "limit" if rule in LIMITS else "rule"
