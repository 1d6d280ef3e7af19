"""Whether a decision can be made from these numbers at all: finite, and above 0 where they must be.

Not-a-number fails every comparison here, so it is refused with the rest.
"""

from executor.records.trading import Intent, Policy, Slice

# Wide enough for any market, narrow enough that no quotient or product of two of them overflows.
SMALLEST, LARGEST = 1e-12, 1e15


def unusable_market(view: Slice) -> str | None:
    """What is wrong with the symbol's market or rules, or null: every decision needs these."""
    for name, value in (("bid", view.bid), ("ask", view.ask), ("tick_size", view.tick_size), ("step_size", view.step_size)):
        if not SMALLEST <= value <= LARGEST:
            return f"{name} was {value}, must be in [{SMALLEST:g}, {LARGEST:g}]"
    if view.ask < view.bid:
        return f"ask was {view.ask}, must not be below bid {view.bid}"
    if not abs(view.position_qty) <= LARGEST:
        return f"position_qty was {view.position_qty}, must be within {LARGEST:g} of 0"
    return None


def unusable_entry(intent: Intent, view: Slice, policy: Policy) -> str | None:
    """What is wrong with the further numbers that only new risk needs, or null."""
    if not 0 <= intent.strength <= 1:
        return f"strength was {intent.strength}, must be in [0, 1]"
    if view.nav_usd is not None and not 0 < view.nav_usd <= LARGEST:
        return f"nav_usd was {view.nav_usd}, must be in (0, {LARGEST:g}]"
    for name, value in signed_numbers(view):
        if value is not None and not abs(value) <= LARGEST:
            return f"{name} was {value}, must be within {LARGEST:g} of 0"
    for name, value in known_numbers(view, policy):
        if value is not None and not 0 <= value <= LARGEST:
            return f"{name} was {value}, must be in [0, {LARGEST:g}]"
    return None


def signed_numbers(view: Slice) -> tuple[tuple[str, float | None], ...]:
    """Numbers that may stand on either side of 0 (ages too: clocks differ)."""
    return (
        ("quote_age_s", view.quote_age_s),
        ("nav_age_s", view.nav_age_s),
        ("symbol_usd", view.symbol_usd),
        ("tier_usd", view.tier_usd),
        ("gross_usd", view.gross_usd),
        ("available_usd", view.available_usd),
        ("min_qty", view.min_qty),
        ("min_notional_usd", view.min_notional_usd),
    )


def known_numbers(view: Slice, policy: Policy) -> tuple[tuple[str, float | None], ...]:
    """Numbers that may be unknown, but neither below 0 nor absurd."""
    return (
        ("vol_bps", view.vol_bps),
        ("position_max_usd", view.position_max_usd),
        ("peak_nav_usd", view.peak_nav_usd),
        ("day_start_nav_usd", view.day_start_nav_usd),
        ("week_start_nav_usd", view.week_start_nav_usd),
        ("since_exit_s", view.since_exit_s),
        ("reject_frac", view.reject_frac),
        ("fallback_frac", view.fallback_frac),
        ("weight_frac", policy.weight_frac),
        ("symbol_cap_frac", policy.symbol_cap_frac),
        ("trade_cap_frac", policy.trade_cap_frac),
        ("offset_bps", policy.router.offset_bps),
        ("patience_s", policy.router.patience_s),
        ("taker_bias_frac", policy.router.taker_bias_frac),
    )
