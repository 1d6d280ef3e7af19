"""How boldly v6 may trade now: `ok`, `warn`, `defensive` or `halted`, and what made it so."""

import msgspec

from executor.records.trading import Mode, Slice
from executor.settings import Candidate, Lines

ORDER: tuple[Mode, ...] = ("ok", "warn", "defensive", "halted")


class Vitals(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a risk mode is judged by. Ages in seconds, shares 0..1; null is unknown."""

    halted: bool
    nav_age_s: float | None
    drawdown_frac: float | None
    daily_loss_frac: float | None
    reject_frac: float | None
    fallback_frac: float | None


class Assessment(msgspec.Struct, frozen=True, gc=False):
    """A mode, and the one measure that made it the worst."""

    mode: Mode
    reason: str


def vitals(view: Slice) -> Vitals:
    """The vital signs in a slice; without NAV its age is unknown too."""
    return Vitals(
        halted=view.halted,
        nav_age_s=None if view.nav_usd is None else view.nav_age_s,
        drawdown_frac=view.drawdown_frac,
        daily_loss_frac=view.daily_loss_frac,
        reject_frac=view.reject_frac,
        fallback_frac=view.fallback_frac,
    )


def assess(signs: Vitals, lines: Lines) -> Assessment:
    """The worst mode that any vital sign calls for; the first named wins a tie."""
    if signs.halted:
        return Assessment("halted", "new risk is halted")
    limits, candidate = lines.limits, lines.candidate
    worst = Assessment("ok", "every measure is inside its lines")
    for name, value, limit in (
        ("nav_age_s", signs.nav_age_s, limits.nav_max_age_s),
        ("drawdown_frac", signs.drawdown_frac, limits.max_drawdown_frac),
        ("daily_loss_frac", signs.daily_loss_frac, limits.max_daily_loss_frac),
    ):
        mode = mode_by_share(value, limit, candidate)
        if ORDER.index(mode) > ORDER.index(worst.mode):
            worst = Assessment(mode, f"{name} is {'unknown' if value is None else format(value, '.4g')}, hard limit {limit:.4g}")
    routing = routing_mode(signs, candidate)
    return routing if ORDER.index(routing.mode) > ORDER.index(worst.mode) else worst


def mode_by_share(value: float | None, limit: float, candidate: Candidate) -> Mode:
    """How near a value stands to its hard limit; unknown, or beyond it, is `halted`. At the limit is not yet beyond."""
    if value is None or not value <= limit:
        return "halted"
    if value <= 0:
        return "ok"
    if value >= candidate.defensive_at * limit:
        return "defensive"
    return "warn" if value >= candidate.warn_at * limit else "ok"


def routing_mode(signs: Vitals, candidate: Candidate) -> Assessment:
    """Refusals or fallbacks above their lines warn, both together are `defensive`; unknown quality is no opinion."""
    rejects = signs.reject_frac is not None and signs.reject_frac > candidate.router_reject_frac
    fallbacks = signs.fallback_frac is not None and signs.fallback_frac > candidate.router_fallback_frac
    if rejects and fallbacks:
        return Assessment("defensive", f"reject_frac is {signs.reject_frac:.2f} and fallback_frac {signs.fallback_frac:.2f}")
    if rejects:
        return Assessment("warn", f"reject_frac is {signs.reject_frac:.2f}, line {candidate.router_reject_frac:.2f}")
    if fallbacks:
        return Assessment("warn", f"fallback_frac is {signs.fallback_frac:.2f}, line {candidate.router_fallback_frac:.2f}")
    return Assessment("ok", "routing is inside its lines")


def mode_size(mode: Mode, candidate: Candidate) -> float:
    """What a mode leaves of an ordinary size, 0..1."""
    return {"ok": 1.0, "warn": candidate.warn_size, "defensive": candidate.defensive_size, "halted": 0.0}[mode]
