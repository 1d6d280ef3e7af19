"""How two answers to one intent differ, by which cause, and which rule made the difference."""

from typing import Literal

from hedge_assets.shadow.pairs import FLAT, HOLDS_ON, NO_QUOTE, Outcome, Pair

Cause = Literal["signal", "rule", "limit", "size", "price", "route", "timing", "missing_input", "suggestion_version"]
CAUSES: tuple[Cause, ...] = ("signal", "rule", "limit", "size", "price", "route", "timing", "missing_input", "suggestion_version")

MISSING = frozenset({"stale_nav", "stale_quote", "bad_input", "unknown_orders", NO_QUOTE})
TIMING = frozenset({"cooldown", "burst", HOLDS_ON})
LIMITS = frozenset({"symbol_cap", "tier_cap", "gross_cap", "leverage", "instrument_leverage", "margin", "max_positions"})
SIZE_RULE, ROUTE_RULE, PRICE_RULE, HELD_RULE = "sizing", "routing", "offset", "held_quantity"
SAME = 1e-9


def rule_of(outcome: Outcome) -> str:
    """The veto's rule, or `approved`."""
    return outcome.word


def same_verdict(live: Outcome, shadow: Outcome) -> bool:
    """Whether both said yes, or both no."""
    return live.approved == shadow.approved


def causes_of(live: Outcome, shadow: Outcome) -> tuple[Cause, ...]:
    """Why the answers differ; nothing when they do not.

    A no is named by the rule that gave it: its input was missing, it counts time, it is a cap, or it is another rule; a column
    that did not ask had no signal, or lets a position go at another time. Two approvals differ by the suggestion that steered
    them, by a cap that cut one of them, by size, route (maker or taker) and price (offset from the touch).
    """
    if live.word != shadow.word:
        return (no_cause(live, shadow),)
    if not live.approved:
        return ()
    found: list[Cause] = []
    if differs(live.qty, shadow.qty):
        found.append("limit" if set(live.clamps) ^ set(shadow.clamps) else "size")
    if live.style != shadow.style:
        found.append("route")
    elif differs(live.offset_bps, shadow.offset_bps):
        found.append("price")
    if found and (live.policy, live.weight) != (shadow.policy, shadow.weight):
        found.append("suggestion_version")
    return tuple(found)


def no_cause(live: Outcome, shadow: Outcome) -> Cause:
    """The cause of two answers of which at least one is a no."""
    rules = [each.rule for each in (live, shadow) if each.rule is not None]
    if FLAT in rules:
        return "signal"
    if HOLDS_ON in rules:
        return "timing"
    if NO_QUOTE in rules:
        return "missing_input"
    if live.is_silent or shadow.is_silent:
        return "signal"
    return veto_cause(told(live, shadow))


def by_rule(live: Outcome, shadow: Outcome, causes: tuple[str, ...], purpose: str = "entry") -> str:
    """The rule that made the difference: the veto's or the silence's, the cap that cut one of the two, or the step that differs. Exits
    of another size close what another size had opened."""
    if not causes:
        return ""
    if live.word != shadow.word:
        return told(live, shadow)
    cut = sorted(set(live.clamps) ^ set(shadow.clamps))
    if causes[0] == "limit" and cut:
        return cut[0]
    if causes[0] == "size" and purpose == "exit":
        return HELD_RULE
    return {"size": SIZE_RULE, "route": ROUTE_RULE, "price": PRICE_RULE}.get(causes[0], causes[0])


def told(live: Outcome, shadow: Outcome) -> str:
    """The rule by which two answers differ, whichever way round they stand: that of a silence, else, of two vetoes, the one whose cause
    comes first in `CAUSES`."""
    silent = [each.rule for each in (live, shadow) if each.is_silent and each.rule]
    vetoes = [each.rule for each in (live, shadow) if each.rule]
    return min(silent or vetoes, key=lambda rule: (CAUSES.index(veto_cause(rule)), rule), default="")


def follows(live: Outcome, shadow: Outcome, by: str) -> bool:
    """Whether a difference only follows from an earlier one: one of them did not ask, because of what it holds or works, or both close
    what they hold, which differs."""
    return live.is_silent or shadow.is_silent or by == HELD_RULE


def differs(a: float | None, b: float | None) -> bool:
    """Whether two numbers are not the same beyond rounding; an unknown equals only an unknown."""
    if a is None or b is None:
        return a is not b
    return abs(a - b) > SAME * max(abs(a), abs(b))


def stake_usd(pair: Pair) -> float:
    """The notional at stake in a difference: between two approvals what one has more, else what one side approved."""
    return abs((pair.shadow.notional_usd or 0.0) - (pair.live.notional_usd or 0.0))


def veto_cause(rule: str) -> Cause:
    """What kind of rule gave a veto."""
    if rule in MISSING:
        return "missing_input"
    if rule in TIMING:
        return "timing"
    return "limit" if rule in LIMITS else "rule"
