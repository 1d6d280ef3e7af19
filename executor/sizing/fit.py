"""What becomes of a wanted size under the caps: refused or clamped, then rounded, then big enough or not."""

from decimal import Decimal
from math import isfinite

import msgspec

from executor.records.trading import Policy, RuleCheck, Slice
from executor.risk.rooms import CAPS
from executor.settings import Limits
from executor.sizing.steps import exact, steps_down


class Fit(msgspec.Struct, frozen=True):
    """A budget in USD and the quantity it buys (base units, a multiple of the step), or the rule that forbids it and why."""

    checks: tuple[RuleCheck, ...]
    budget_usd: float = 0.0
    qty: Decimal = Decimal(0)
    rule: str | None = None
    detail: str = ""


def tightened(limits: Limits, policy: Policy) -> Limits:
    """The limits with the symbol's cap as low as the policy in force has it; a policy never raises it."""
    cap_frac = policy.symbol_cap_frac
    if cap_frac is None or cap_frac >= limits.symbol_cap_frac:
        return limits
    return msgspec.structs.replace(limits, symbol_cap_frac=cap_frac)


def fit(wanted_usd: float, view: Slice, limits: Limits, *, nav_usd: float, clamps: bool) -> Fit:
    """Hold a wanted size against every cap in order. One that does not fit refuses it, or with `clamps` cuts it to the room left.

    What a cut leaves is refused by the cap that cut last (the tightest) when it is less than the venue or the limits take.
    """
    checks: list[RuleCheck] = []
    budget_usd, cut_by, cut_detail = wanted_usd, None, ""
    for name, cap in CAPS:
        room = cap(view, limits, nav_usd)
        left_usd = room.left_usd
        after_usd = None if room.used_usd is None else room.used_usd + budget_usd
        if budget_usd <= left_usd:
            checks.append(RuleCheck(name, "pass", after_usd, room.limit_usd))
        elif clamps:
            checks.append(RuleCheck(name, "clamp", after_usd, room.limit_usd))
            cut_by, cut_detail = name, room.sentence(wanted_usd)
            budget_usd = left_usd
        else:
            checks.append(RuleCheck(name, "veto", after_usd, room.limit_usd))
            return Fit(tuple(checks), rule=name, detail=room.sentence(wanted_usd))
    return smallest(Fit(tuple(checks), budget_usd, rule=cut_by, detail=cut_detail), view, limits)


def smallest(cut: Fit, view: Slice, limits: Limits) -> Fit:
    """The quantity a budget buys at the mid, refused when it is less than one may send.

    `cut` names in `rule` the cap that cut last, to blame it.
    """
    qty = steps_down(cut.budget_usd / view.mid, exact(view.step_size)) if isfinite(cut.budget_usd) else Decimal(0)
    notional_usd = float(qty) * view.mid
    least_usd = max(limits.min_notional_usd, view.min_notional_usd)
    least_qty = max(view.min_qty, view.step_size)
    for name, value, least, unit in (("min_qty", float(qty), least_qty, "base units"), ("min_notional", notional_usd, least_usd, "USD")):
        if value < least:
            rule = cut.rule or name
            blame = f"{cut.detail}; " if cut.rule else ""
            checks = (*cut.checks, RuleCheck(name, "veto", value, least))
            return Fit(checks, rule=rule, detail=f"{blame}{value:,.10g} {unit} after rounding to the step, {least:,.10g} is the least")
    checks = (*cut.checks, RuleCheck("min_qty", "pass", float(qty), least_qty), RuleCheck("min_notional", "pass", notional_usd, least_usd))
    return Fit(checks, cut.budget_usd, qty)
