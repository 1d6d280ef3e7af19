"""The candidate: the same hard lines, but cut to the room left; volatility-targeted size; risk modes; maker first.

A suggestion in force steers the routing, scales the size by its weight, and tightens the symbol's and the trade's cap.
"""

from executor.outcome import Case
from executor.records.trading import Decision, Intent, Policy, Slice
from executor.risk.inputs import unusable_entry, unusable_market
from executor.risk.modes import assess, vitals
from executor.risk.rules import review
from executor.routing.plans import candidate_plan
from executor.settings import Lines
from executor.sizing.fit import fit, tightened
from executor.sizing.wanted import targeted_usd


class Candidate:
    """v6. A mode scales size; whatever makes it `halted` is also a rule, so that the veto names its cause."""

    name = "v6"

    def decide(self, intent: Intent, view: Slice, lines: Lines, policy: Policy) -> Decision:
        """Refuse what breaks a rule, cut the rest to every cap, and route it by the policy in force."""
        state = assess(vitals(view), lines)
        case = Case(pipeline=self.name, intent=intent, view=view, lines=lines, policy=policy, mode=state.mode)
        if intent.purpose == "exit":
            return case.close(lambda qty: candidate_plan(intent, qty, view, policy=policy))
        problem = unusable_market(view) or unusable_entry(intent, view, policy)
        if problem is not None:
            return case.veto("bad_input", problem)
        asked = review(view, lines.limits)
        nav_usd = view.nav_usd
        if asked.rule is not None or nav_usd is None:
            return case.veto(asked.rule or "stale_nav", asked.detail, asked.checks)
        wanted_usd = targeted_usd(intent, view, policy, lines=lines, mode=state.mode, nav_usd=nav_usd)
        fitted = fit(wanted_usd, view, tightened(lines.limits, policy), nav_usd=nav_usd, clamps=True)
        checks = asked.checks + fitted.checks
        if fitted.rule is not None:
            return case.veto(fitted.rule, fitted.detail, checks)
        return case.approve(fitted.budget_usd, candidate_plan(intent, fitted.qty, view, policy=policy), checks)


PIPELINE = Candidate()
