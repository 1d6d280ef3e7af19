"""What an exit may close: never more than is held, never in the direction of the position.

The only questions asked of an exit are whether there is something to reduce and whether the venue takes the
quantity. No rule that limits new risk is asked; each is noted as exempt.
"""

from decimal import Decimal
from math import isfinite

import msgspec

from executor.records.trading import Intent, RuleCheck, Slice
from executor.risk.rooms import CAPS
from executor.risk.rules import RULES
from executor.sizing.steps import exact, steps_down

EXEMPT: tuple[RuleCheck, ...] = tuple(RuleCheck(name, "exempt") for name in (*(name for name, _ in (*RULES, *CAPS)), "min_notional"))


class Reduction(msgspec.Struct, frozen=True):
    """How much is closed (base units, above 0), or which rule says that nothing can be, and why."""

    qty: Decimal = Decimal(0)
    rule: str | None = None
    detail: str = ""


def reduction(intent: Intent, view: Slice) -> Reduction:
    """The part of the position an exit closes; without a quantity it closes all of it."""
    held = view.position_qty
    if held == 0 or (held > 0) == (intent.side == "buy"):
        return Reduction(rule="nothing_to_reduce", detail=f"asked to {intent.side} to close, {held:g} is held")
    asked = abs(held) if intent.qty is None else intent.qty
    if not (isfinite(asked) and asked > 0):
        return Reduction(rule="bad_input", detail=f"qty was {asked}, must be finite and above 0")
    qty = steps_down(min(asked, abs(held)), exact(view.step_size))
    least = max(view.min_qty, view.step_size) if isfinite(view.min_qty) else view.step_size
    if float(qty) < least:
        return Reduction(rule="min_qty", detail=f"asked to close {asked:g} of {abs(held):g}, the venue takes {least:g} or more")
    return Reduction(qty)
