"""Which conditions forbid new risk, in the order they are asked: the first that fails names the veto.

Each rule is one function named like its rule. It compares one value with one limit; standing exactly at the
limit passes, and an unknown value (null) never does. `words` is the sentence an operator reads after a veto.
"""

from collections.abc import Callable

import msgspec

from executor.records.trading import RuleCheck, Slice
from executor.settings import Limits


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What one rule saw. `words` may name `{value}` and `{limit}`."""

    passes: bool
    value: float | None
    limit: float | None
    words: str


def at_most(value: float | None, limit: float, words: str) -> Finding:
    """Passes when the value is known and not above the limit."""
    return Finding(value is not None and value <= limit, value, limit, words)


def halted(view: Slice, _limits: Limits) -> Finding:
    """Nothing new while a brake or the operator has halted."""
    return at_most(float(view.halted), 0.0, "new risk is halted; resume to trade again")


def whitelist(view: Slice, limits: Limits) -> Finding:
    """Only named symbols, unless none is named."""
    is_listed = not limits.whitelist or view.symbol in limits.whitelist
    return Finding(is_listed, None, None, f"{view.symbol} is not in limits.whitelist")


def symbol_closed(view: Slice, _limits: Limits) -> Finding:
    """Nothing new in a symbol that the venue does not trade now."""
    return at_most(float(not view.is_trading), 0.0, "the venue does not trade the symbol now")


def unknown_orders(view: Slice, _limits: Limits) -> Finding:
    """Nothing new in a symbol while the fate of an order in it is unproved."""
    return at_most(float(view.unknown_orders), 0.0, "{value:.0f} orders of unknown fate in the symbol, {limit:.0f} are allowed")


def stale_nav(view: Slice, limits: Limits) -> Finding:
    """NAV must be known, and lately."""
    age_s = None if view.nav_usd is None else view.nav_age_s
    return at_most(age_s, limits.nav_max_age_s, "NAV is {value:.1f} s old, at most {limit:.1f} s is allowed")


def stale_quote(view: Slice, limits: Limits) -> Finding:
    """The quote that sizes and prices the order must be fresh."""
    return at_most(view.quote_age_s, limits.quote_max_age_s, "quote is {value:.1f} s old, at most {limit:.1f} s is allowed")


def drawdown(view: Slice, limits: Limits) -> Finding:
    """NAV may stand so far below its peak."""
    return at_most(view.drawdown_frac, limits.max_drawdown_frac, "NAV is {value:.2%} below its peak, at most {limit:.2%} is allowed")


def daily_loss(view: Slice, limits: Limits) -> Finding:
    """So much of the day's opening NAV may be lost."""
    return at_most(view.daily_loss_frac, limits.max_daily_loss_frac, "lost {value:.2%} of NAV today, at most {limit:.2%} is allowed")


def weekly_loss(view: Slice, limits: Limits) -> Finding:
    """So much of the week's opening NAV may be lost."""
    return at_most(view.weekly_loss_frac, limits.max_weekly_loss_frac, "lost {value:.2%} of NAV this week, at most {limit:.2%} is allowed")


def error_breaker(view: Slice, limits: Limits) -> Finding:
    """A venue that answers with errors is left alone for a while."""
    return at_most(
        float(view.errors_in_window), float(limits.error_limit), "{value:.0f} venue errors in the window, {limit:.0f} are allowed"
    )


def burst(view: Slice, limits: Limits) -> Finding:
    """So many entries a minute, this one counted."""
    entries = float(view.entries_last_minute + 1)
    return at_most(entries, float(limits.burst_per_minute), "this would be entry {value:.0f} within a minute, {limit:.0f} are allowed")


def cooldown(view: Slice, limits: Limits) -> Finding:
    """After an exit a symbol rests; one never left has nothing to rest from."""
    since_s = view.since_exit_s
    rested = since_s is None or since_s >= limits.cooldown_s
    return Finding(rested, since_s, limits.cooldown_s, "left the symbol {value:.1f} s ago, it rests for {limit:.1f} s")


def max_positions(view: Slice, limits: Limits) -> Finding:
    """So many positions at once; adding to one that is open opens none."""
    after = float(view.open_positions + (view.position_qty == 0))
    passes = view.position_qty != 0 or after <= limits.max_positions
    return Finding(passes, after, float(limits.max_positions), "would be position {value:.0f}, {limit:.0f} are allowed at once")


Rule = Callable[[Slice, Limits], Finding]

RULES: tuple[tuple[str, Rule], ...] = tuple(
    (rule.__name__, rule)
    for rule in (
        halted,
        whitelist,
        symbol_closed,
        unknown_orders,
        stale_nav,
        stale_quote,
        drawdown,
        daily_loss,
        weekly_loss,
        error_breaker,
        burst,
        cooldown,
        max_positions,
    )
)


class Review(msgspec.Struct, frozen=True):
    """The rules asked, in order. After a veto `rule` and `detail` say which and why, and nothing further was asked."""

    checks: tuple[RuleCheck, ...]
    rule: str | None = None
    detail: str = ""


def review(view: Slice, limits: Limits) -> Review:
    """Ask every rule until one forbids new risk."""
    checks: list[RuleCheck] = []
    for name, rule in RULES:
        found = rule(view, limits)
        if not found.passes:
            checks.append(RuleCheck(name, "veto", found.value, found.limit))
            return Review(tuple(checks), name, sentence(name, found))
        checks.append(RuleCheck(name, "pass", found.value, found.limit))
    return Review(tuple(checks))


def sentence(name: str, found: Finding) -> str:
    """A finding in words, with its numbers; an unknown value is called unknown."""
    if found.value is None and found.limit is not None:
        return f"{name} cannot be judged: its value is unknown, the limit is {found.limit:g}"
    return found.words.format(value=found.value, limit=found.limit)
