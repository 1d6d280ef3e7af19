"""How a decision ends: verdict, size and plan, put beside everything they were made from."""

import hashlib
from collections.abc import Callable
from decimal import Decimal

import msgspec

from executor.records.trading import Approved, Decision, Intent, Mode, Plan, Policy, RuleCheck, Slice, Vetoed
from executor.risk.inputs import unusable_market
from executor.settings import Lines
from executor.sizing.reduction import EXEMPT, reduction

encoder = msgspec.json.Encoder(order="deterministic")


known: list[tuple[Lines, str]] = []
"""The lines asked of last, with their names: a process decides by the same few millions of times."""
KNOWN_KEPT = 16


def lines_hash(lines: Lines) -> str:
    """Sixteen hex digits that name these lines: SHA-256 of their JSON with sorted keys, the first 64 bits."""
    for same, name in known:
        if same is lines:
            return name
    name = hashlib.sha256(encoder.encode(lines)).hexdigest()[:16]
    known.insert(0, (lines, name))
    del known[KNOWN_KEPT:]
    return name


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What one decision is made from, by which pipeline, in which risk mode."""

    pipeline: str
    intent: Intent
    view: Slice
    lines: Lines
    policy: Policy
    mode: Mode

    def veto(self, rule: str, detail: str, checks: tuple[RuleCheck, ...] = ()) -> Decision:
        """The decision not to."""
        return self._decision(Vetoed(rule, detail, self.mode, checks), None, None)

    def approve(self, budget_usd: float, plan: Plan, checks: tuple[RuleCheck, ...]) -> Decision:
        """The decision to send `plan`, at most `budget_usd` worth."""
        return self._decision(Approved(budget_usd, self.mode, checks), plan.qty * self.view.mid, plan)

    def close(self, plan_of: Callable[[Decimal], Plan]) -> Decision:
        """The decision on an exit: whatever can be reduced is, whichever rule stands against new risk."""
        problem = unusable_market(self.view)
        if problem is not None:
            return self.veto("bad_input", problem)
        part = reduction(self.intent, self.view)
        if part.rule is not None:
            return self.veto(part.rule, part.detail, EXEMPT)
        return self.approve(float(part.qty) * self.view.mid, plan_of(part.qty), EXEMPT)

    def _decision(self, verdict: Approved | Vetoed, notional_usd: float | None, plan: Plan | None) -> Decision:
        return Decision(
            ts_us=self.view.ts_us,
            intent_id=self.intent.intent_id,
            pipeline=self.pipeline,
            verdict=verdict,
            qty=None if plan is None else plan.qty,
            notional_usd=notional_usd,
            plan=plan,
            slice=self.view,
            policy=self.policy,
            limits_hash=lines_hash(self.lines),
        )
