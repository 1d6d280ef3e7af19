"""How far a suggestion may move what is in force: proposals become policies here, within bounds and one step, and nowhere else. Pure.

Bounds are those of `[apply]`, widened to what is in force where that lies outside: settings are a person's word, and a
suggestion may lead back inside them step by step. What was cut is said with the setting that cut it.
"""

from executor.records.trading import Policy, RouterPolicy
from executor.records.tuning import Proposal, WeightAdvice
from executor.settings import Apply, Lines
from executor.sizing.wanted import WEIGHT_CEILING

PLAIN = "settings"
"""The version of what no suggestion steers."""

REPRICES_STEP = 1

Bound = tuple[float, str]


def held(name: str, asked: float, low: Bound, high: Bound) -> tuple[float, tuple[str, ...]]:
    """What is asked, within two bounds; and if one of them cut it, what was asked, given, and by which setting."""
    given, by = min(max((asked, ""), low, key=lambda each: each[0]), high, key=lambda each: each[0])
    return given, (f"{name} {given:g}: asked {asked:g}, {by} allows no more",) if by else ()


def within(now: float, step: float, bound: float, names: tuple[str, str]) -> tuple[Bound, Bound]:
    """From 0 to a bound, and at most one step away from what is in force; the names are the bound's and the step's."""
    by_bound, by_step = f"{names[0]} {bound:g}", f"{names[1]} {step:g}"
    low = max((0.0, "0"), (now - step, by_step))
    return low, min((max(bound, now), by_bound), (now + step, by_step))


def clamped(proposal: Proposal, current: RouterPolicy, apply: Apply) -> tuple[RouterPolicy, tuple[str, ...]]:
    """The proposal as far as `[apply]` lets it go from what is in force, and what was cut by which setting, in words.

    Offset and taker bias move by a difference, patience by a ratio, reprices by one. Maker first is flipped only where that is allowed.
    """
    offset_bps, cut_offset = held(
        "offset_bps",
        proposal.offset_bps,
        *within(current.offset_bps, apply.offset_step_bps, apply.max_offset_bps, ("apply.max_offset_bps", "apply.offset_step_bps")),
    )
    patience_s, cut_patience = held("patience_s", proposal.patience_s, *patience_bounds(current.patience_s, apply))
    reprices, cut_reprices = held(
        "reprices", proposal.reprices, *within(current.reprices, REPRICES_STEP, apply.max_reprices, ("apply.max_reprices", "one step of"))
    )
    bias_frac, cut_bias = held(
        "taker_bias_frac",
        proposal.taker_bias_frac,
        *within(
            current.taker_bias_frac,
            apply.taker_bias_step_frac,
            apply.max_taker_bias_frac,
            ("apply.max_taker_bias_frac", "apply.taker_bias_step_frac"),
        ),
    )
    maker_first, cut_flip = flipped(proposal, current, apply)
    router = RouterPolicy(
        maker_first=maker_first, offset_bps=offset_bps, patience_s=patience_s, reprices=int(reprices), taker_bias_frac=bias_frac
    )
    return router, (*cut_flip, *cut_offset, *cut_patience, *cut_reprices, *cut_bias)


def patience_bounds(now_s: float, apply: Apply) -> tuple[Bound, Bound]:
    """At most one ratio away from what is in force; what is shorter than the least may become the least."""
    ratio, by_step = apply.patience_step_ratio, f"apply.patience_step_ratio {apply.patience_step_ratio:g}"
    low = max((min(apply.least_patience_s, now_s), f"apply.least_patience_s {apply.least_patience_s:g}"), (now_s / ratio, by_step))
    step = max((now_s * ratio, by_step), (apply.least_patience_s, f"apply.least_patience_s {apply.least_patience_s:g}"))
    return low, min((max(apply.max_patience_s, now_s), f"apply.max_patience_s {apply.max_patience_s:g}"), step)


def flipped(proposal: Proposal, current: RouterPolicy, apply: Apply) -> tuple[bool, tuple[str, ...]]:
    """Whether to quote first: as proposed where flipping is allowed, else as it is."""
    if proposal.maker_first == current.maker_first or apply.may_flip_maker_first:
        return proposal.maker_first, ()
    words = f"maker_first stays {str(current.maker_first).lower()}: asked to flip, apply.may_flip_maker_first is false"
    return current.maker_first, (words,)


def allotted(advice: WeightAdvice, current: Policy, lines: Lines, apply: Apply, *, version: str) -> tuple[Policy, tuple[str, ...]]:
    """What is in force with a new weight and caps, and what was cut by which setting, in words.

    A weight moves one step from the one in force, or from an even slot (1 / max_positions) where there is none, and no
    further than where it would scale sizes beyond `WEIGHT_CEILING`. Caps are never above the limits.
    """
    slots = max(1.0, lines.limits.max_positions)
    now = 1.0 / slots if current.weight_frac is None else current.weight_frac
    most = min(1.0, WEIGHT_CEILING / slots)
    names = (f"{WEIGHT_CEILING:g} / limits.max_positions", "apply.weight_step_frac")
    weight_frac, cut_weight = held("weight_frac", advice.weight_frac, *within(now, apply.weight_step_frac, most, names))
    limit, largest = lines.limits.symbol_cap_frac, lines.candidate.max_trade_frac
    symbol_cap_frac, cut_cap = held("symbol_cap_frac", advice.symbol_cap_frac, (0.0, "0"), (limit, f"limits.symbol_cap_frac {limit:g}"))
    trade_cap_frac, cut_trade = held(
        "trade_cap_frac", advice.trade_cap_frac, (0.0, "0"), (largest, f"candidate.max_trade_frac {largest:g}")
    )
    policy = Policy(
        router=current.router,
        version=current.version,
        weight_frac=weight_frac,
        weight_version=version,
        symbol_cap_frac=symbol_cap_frac,
        trade_cap_frac=trade_cap_frac,
    )
    return policy, (*cut_weight, *cut_cap, *cut_trade)


def routed(policy: Policy, router: RouterPolicy, version: str) -> Policy:
    """A policy with another routing, and whose it is."""
    return Policy(
        router=router,
        version=version,
        weight_frac=policy.weight_frac,
        weight_version=policy.weight_version,
        symbol_cap_frac=policy.symbol_cap_frac,
        trade_cap_frac=policy.trade_cap_frac,
    )


def unweighted(policy: Policy) -> Policy:
    """A policy without an allocator's weight and caps."""
    return Policy(router=policy.router, version=policy.version)


def outgrown(router: RouterPolicy, plain: RouterPolicy, apply: Apply) -> str | None:
    """Which setting of today a routing in force is beyond, in words; null while it is within all of them."""
    if router.maker_first != plain.maker_first and not apply.may_flip_maker_first:
        return "apply.may_flip_maker_first is false"
    least_s = min(apply.least_patience_s, plain.patience_s)
    if router.patience_s < least_s:
        return f"patience_s is {router.patience_s:g}, apply.least_patience_s is {least_s:g}"
    for name, value, setting in (
        ("offset_bps", router.offset_bps, "max_offset_bps"),
        ("patience_s", router.patience_s, "max_patience_s"),
        ("reprices", router.reprices, "max_reprices"),
        ("taker_bias_frac", router.taker_bias_frac, "max_taker_bias_frac"),
    ):
        most = max(getattr(apply, setting), getattr(plain, name))
        if value > most:
            return f"{name} is {value:g}, apply.{setting} is {most:g}"
    return None
