"""How the book might better be shared out: weights by symbol from edge, volatility and correlation, bounded, with rationale and expiry."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from executor.flags import Flags
from executor.records.trading import Mode
from executor.risk.modes import mode_size
from executor.settings import Settings
from hedge_assets.advice.book_limits import turnover_of
from hedge_assets.advice.judging import weights_judged
from hedge_assets.advice.scoring import KindScore, Score, told
from hedge_assets.advice.weighing import Known, Weighed, weigh
from hedge_assets.advice.weight_rows import Tier, Weight, rows_of, tiers_of
from hedge_assets.document import Document, Shape
from hedge_assets.folds.applied import Applied
from hedge_assets.folds.in_force import newest_of, settings_in_force, switched_off
from hedge_assets.folds.market import Market
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.states.autotune_suggestions import lasting, version_of
from hedge_assets.states.expectancy import Expectancy
from hedge_assets.states.risk_snapshot import RiskSnapshot
from hedge_assets.states.symbol_scores import traded
from hedge_assets.statistics.trade_stats import TradeStats

UNKNOWN_VOL = "volatility is not known before 5 minutes"
NO_VOL = "volatility is 0: stillness is no proof of calm"
BARRED = "not in limits.whitelist: it may not be traded"
MOST_WEIGHED = 200
TOO_MANY = f"{MOST_WEIGHED} symbols are weighed, those in force or with most trades first, then the deepest: there are more"
MOST_LISTED = 200
NO_BOOT = "no boot record with settings of this version: the universe is not known"
TOLERANCE = 1e-6
PROPOSED = {"symbol", "weight_frac", "symbol_cap_frac", "trade_cap_frac"}


class Excluded(Shape):
    """A symbol without a weight, and why."""

    symbol: str
    reason: str


class Likeness(Shape):
    """What correlations rest on: 5-minute returns of the newest 24 hours in which all of `symbols` were quoted (`n` of them).

    They are drawn toward `mean_correlation` by `shrinkage_frac` (Ledoit and Wolf 2003). `reason` says why they were left out, null
    where they were not.
    """

    n: int
    symbols: tuple[str, ...]
    shrinkage_frac: float | None
    mean_correlation: float | None
    reason: str | None


class AllocatorSuggestions(Document):
    """`n` counts symbols with a weight. Opinions: they hold until `expires_ts`, and the executor clamps them by its own limits.

    Weights are not reduced by `total_frac`: v6 applies the risk mode to size itself. `way_frac` is how far of the way from the
    weights in force to the targets they go, and `held_by` what keeps them from going further.
    """

    version: str = Field(
        description="names the weights and caps: equal ones, equal name; the executor writes down which version shaped a decision"
    )
    made_ts: datetime
    expires_ts: datetime
    window: str
    mature_trades: int
    mode: Mode | None
    mode_reason: str
    total_frac: float | None = Field(description="what the risk mode leaves of an ordinary size, 0..1")
    total_in_weights: bool = Field(description="whether weights are already reduced by total_frac: never")
    even_weight_frac: float | None = Field(description="the same weight for all: 1 / max_positions, less where there are more symbols")
    most_weight_frac: float | None = Field(description="what all weights together may be at most")
    nav_frac: float | None = Field(description="what the book would be of NAV in this mode with every slot filled at its largest size")
    weight_step_frac: float
    max_turnover_frac: float
    turnover_frac: float | None = Field(description="half of the sum of all moves")
    way_frac: float | None
    held_by: str | None
    correlations: Likeness
    tiers: tuple[Tier, ...]
    weights: tuple[Weight, ...]
    excluded: tuple[Excluded, ...] = Field(description="by name, the first 200")
    excluded_n: int
    scores: tuple[Score, ...] = Field(description="what weights that were applied did, against an even slot: the newest 200")
    scores_n: int
    kinds: tuple[KindScore, ...]


def allocator_suggestions(
    expectancy: Expectancy,
    risk_snapshot: RiskSnapshot,
    market: Market,
    *,
    applied: Applied,
    services: Services,
    now_us: int,
    telemetry: Telemetry,
    flags: Flags,
) -> AllocatorSuggestions:
    """Weights for every symbol of the universe whose volatility is known."""
    off, settings = switched_off(flags, "FEEDBACK_ALLOCATOR_V6_ENABLED"), settings_in_force(services)
    names = [] if off or settings is None else sorted(instrument.symbol for instrument in services.boots[-1].instruments)
    in_force = {name: each.weight_frac for name, each in applied.in_force.items() if each.weight_frac is not None}
    stats = traded(expectancy, telemetry.research_window)
    reasons = {} if settings is None else left_out(names, market, settings)
    known = Known(
        vols=vols_of(preferred([name for name in names if name not in reasons], in_force, stats, market=market), market),
        stats=stats,
        markets=market.symbols,
        in_force=in_force,
        judged=weights_judged(applied, telemetry, now_us),
    )
    weighed = weigh(known, settings, telemetry) if known.vols and settings is not None else None
    reasons |= {name: TOO_MANY for name in names if name not in reasons and name not in known.vols}
    rows = rows_of(weighed, settings) if weighed is not None and settings is not None else ()
    return AllocatorSuggestions(
        status="ok" if rows else "empty",
        n=len(rows),
        reason=None if rows else off or why_none(settings, reasons),
        event_us=max((us for us in (newest_of(market, applied), risk_snapshot.event_us) if us is not None), default=None),
        version=version_of("allocator", rows, PROPOSED),
        **lasting(now_us, telemetry),
        **lines_of(telemetry),
        **book_of(weighed, settings, risk_snapshot),
        weights=rows,
        **excluded_of(reasons),
        **told(known.judged),
    )


def excluded_of(reasons: Mapping[str, str]) -> dict[str, Any]:
    """Who has no weight, and how many those are."""
    listed = tuple(Excluded(symbol=name, reason=reasons[name]) for name in sorted(reasons)[:MOST_LISTED])
    return {"excluded": listed, "excluded_n": len(reasons)}


def lines_of(telemetry: Telemetry) -> dict[str, Any]:
    """The settings that weights are made by."""
    return {
        "window": telemetry.research_window,
        "mature_trades": telemetry.mature_trades,
        "weight_step_frac": telemetry.weight_step_frac,
        "max_turnover_frac": telemetry.max_turnover_frac,
    }


def book_of(weighed: Weighed | None, settings: Settings | None, risk: RiskSnapshot) -> dict[str, Any]:
    """What is said of all weights together, and the risk mode; null where there are none."""
    total_frac = None if risk.mode is None or settings is None else mode_size(risk.mode, settings.candidate)
    mode = {"mode": risk.mode, "mode_reason": risk.mode_reason, "total_frac": total_frac, "total_in_weights": False}
    if weighed is None:
        nothing = dict.fromkeys(("even_weight_frac", "most_weight_frac", "nav_frac", "turnover_frac", "way_frac", "held_by"))
        none = Likeness(n=0, symbols=(), shrinkage_frac=None, mean_correlation=None, reason="no symbol has a weight")
        return {**mode, **nothing, "correlations": none, "tiers": ()}
    room, found = weighed.room, weighed.correlations
    total = math.fsum(weighed.weights.values())
    part = found.shrunk
    alone = None if part is not None else "of no two symbols enough returns are known"
    return {
        **mode,
        "even_weight_frac": room.even_frac,
        "most_weight_frac": room.total_frac,
        "nav_frac": None if total_frac is None else total * room.book_frac * total_frac,
        "turnover_frac": turnover_of(weighed.current, weighed.weights),
        "way_frac": weighed.moved.way_frac,
        "held_by": weighed.moved.held_by,
        "correlations": Likeness(
            n=found.n,
            symbols=found.measured,
            shrinkage_frac=None if part is None else part.part_frac,
            mean_correlation=None if part is None else part.mean,
            reason=alone,
        ),
        "tiers": tiers_of(weighed),
    }


def why_none(settings: Settings | None, reasons: Mapping[str, str]) -> str:
    """Why there are no weights."""
    if settings is None:
        return NO_BOOT
    return (
        "no symbol's volatility is known yet" if set(reasons.values()) != {BARRED} else "limits.whitelist names no symbol of the universe"
    )


def left_out(names: Sequence[str], market: Market, settings: Settings) -> dict[str, str]:
    """Symbols that cannot have a weight, and why."""
    allowed, reasons = settings.limits.whitelist, {}
    for name in names:
        vol_bps = market.symbols[name].vol_bps if name in market.symbols else None
        if allowed and name not in allowed:
            reasons[name] = BARRED
        elif not vol_bps:
            reasons[name] = UNKNOWN_VOL if vol_bps is None else NO_VOL
    return reasons


def preferred(names: Sequence[str], in_force: Mapping[str, float], stats: Mapping[str, TradeStats], *, market: Market) -> list[str]:
    """As many as are weighed: those with a weight in force, then those with most trades, then the deepest markets."""

    def order(name: str) -> tuple[bool, int, float, str]:
        return name not in in_force, -stats[name].n if name in stats else 0, -(market.symbols[name].touch_usd or 0.0), name

    return sorted(names, key=order)[:MOST_WEIGHED]


def vols_of(names: Sequence[str], market: Market) -> dict[str, float]:
    """Volatilities of symbols that have one, in bps a minute."""
    return {name: vol_bps for name in names if (vol_bps := market.symbols[name].vol_bps)}


def overdrawn(document: AllocatorSuggestions) -> str | None:
    """Weights are shares within their caps, tiers and total; what rises, rises by a step at most, and what falls further fell to a cap."""
    total = math.fsum(row.weight_frac for row in document.weights)
    if total > (document.most_weight_frac or 0.0) + TOLERANCE:
        return f"weights sum to {total:.6f}, at most {document.most_weight_frac} is allowed"
    for tier in document.tiers:
        if tier.weight_frac > tier.most_weight_frac + TOLERANCE:
            return f"tier {tier.tier} has weight {tier.weight_frac}, at most {tier.most_weight_frac} is allowed"
    for row in document.weights:
        if not 0 <= row.weight_frac <= row.most_weight_frac + TOLERANCE:
            return f"{row.symbol} weight_frac was {row.weight_frac}, must be in [0, {row.most_weight_frac}]"
        if row.weight_frac - row.current_weight_frac > document.weight_step_frac + TOLERANCE:
            return f"{row.symbol} moved to {row.weight_frac} from {row.current_weight_frac}, a step is {document.weight_step_frac}"
    return None


STATE = StateSpec(
    build=allocator_suggestions,
    file="risk_allocation_suggestions_v6.json",
    group=Group.TUNING,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check(name="within_bounds", holds=overdrawn),),
)
