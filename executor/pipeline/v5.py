"""The incumbent: static rules and caps that refuse, a fixed share of NAV, taker unless the spread is wide.

It is static: no suggestion steers its routing, size or caps. Its decisions carry the policy in force with its versions
all the same, so that the shadow decides by it, and so that a reader knows what was in force.
"""

from executor.outcome import Case
from executor.records.trading import Decision, Intent, Mode, Policy, Slice
from executor.risk.inputs import unusable_entry, unusable_market
from executor.risk.rules import review
from executor.routing.plans import incumbent_plan, taker
from executor.settings import Lines
from executor.sizing.fit import fit
from executor.sizing.wanted import fixed_usd


class Incumbent:
    """v5. It has no risk modes: `ok`, or `halted` while new risk is."""

    name = "v5"

    def decide(self, intent: Intent, view: Slice, lines: Lines, policy: Policy) -> Decision:
        """Refuse what breaks a rule or does not fit a cap; size and route the rest by the settings alone."""
        mode: Mode = "halted" if view.halted else "ok"
        case = Case(pipeline=self.name, intent=intent, view=view, lines=lines, policy=policy, mode=mode)
        if intent.purpose == "exit":
            return case.close(lambda qty: taker(intent, qty))
        problem = unusable_market(view) or unusable_entry(intent, view, policy)
        if problem is not None:
            return case.veto("bad_input", problem)
        asked = review(view, lines.limits)
        nav_usd = view.nav_usd
        if asked.rule is not None or nav_usd is None:
            return case.veto(asked.rule or "stale_nav", asked.detail, asked.checks)
        wanted_usd = fixed_usd(intent, lines.limits, nav_usd)
        fitted = fit(wanted_usd, view, lines.limits, nav_usd=nav_usd, clamps=False)
        checks = asked.checks + fitted.checks
        if fitted.rule is not None:
            return case.veto(fitted.rule, fitted.detail, checks)
        return case.approve(fitted.budget_usd, incumbent_plan(intent, fitted.qty, view, lines=lines), checks)


PIPELINE = Incumbent()
