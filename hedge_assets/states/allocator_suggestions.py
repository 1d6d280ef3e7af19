"""How the book might better be shared out: weights by symbol from shrunk edge and volatility, bounded, with rationale and expiry."""

import math
from datetime import datetime

from pydantic import Field

from executor.flags import Flags
from executor.records.trading import Mode
from executor.risk.modes import mode_size
from executor.settings import Settings
from hedge_assets.advice.weighing import Weight, weights_of
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.in_force import newest_of, settings_in_force, switched_off
from hedge_assets.folds.market import Market
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.states.autotune_suggestions import version_of
from hedge_assets.states.expectancy import Expectancy
from hedge_assets.states.risk_snapshot import RiskSnapshot
from hedge_assets.states.symbol_scores import traded

UNKNOWN_VOL = "volatility is not known before 5 minutes"


class Excluded(Shape):
    """A symbol without a weight, and why."""

    symbol: str
    reason: str


class AllocatorSuggestions(Document):
    """`n` counts symbols with a weight. Opinions: they hold until `expires_ts`, and the executor clamps them by its own limits.

    Weights are not reduced by `total_frac`: v6 applies the risk mode to size itself.
    """

    version: str = Field(description="names this content; the executor writes down which version shaped a decision")
    made_ts: datetime
    expires_ts: datetime
    window: str
    mature_trades: int
    mode: Mode | None
    mode_reason: str
    total_frac: float | None = Field(description="what the risk mode leaves of an ordinary size, 0..1")
    weight_step_frac: float
    turnover_frac: float | None = Field(description="half of the sum of all moves")
    weights: tuple[Weight, ...]
    excluded: tuple[Excluded, ...]


def allocator_suggestions(
    expectancy: Expectancy,
    risk_snapshot: RiskSnapshot,
    market: Market,
    *,
    services: Services,
    account: Account,
    now_us: int,
    telemetry: Telemetry,
    flags: Flags,
) -> AllocatorSuggestions:
    """Weights for every symbol of the universe whose volatility is known."""
    off, settings, window = switched_off(flags, "FEEDBACK_ALLOCATOR_V6_ENABLED"), settings_in_force(services), telemetry.research_window
    names = [] if off or settings is None else sorted(instrument.symbol for instrument in services.boots[-1].instruments)
    vols = {name: market.symbols[name].vol_bps if name in market.symbols else None for name in names}
    rows = () if settings is None else weights_of(vols, traded(expectancy, window), settings, telemetry=telemetry)
    mode = risk_snapshot.mode
    return AllocatorSuggestions(
        status="ok" if rows else "empty",
        n=len(rows),
        reason=None if rows else off or why_none(settings),
        event_us=newest_of(market, account),
        version=version_of("allocator", rows),
        made_ts=moment(now_us),
        expires_ts=moment(now_us + int(telemetry.suggestion_ttl_s * 1e6)),
        window=window,
        mature_trades=telemetry.mature_trades,
        mode=mode,
        mode_reason=risk_snapshot.mode_reason,
        total_frac=None if mode is None or settings is None else mode_size(mode, settings.candidate),
        weight_step_frac=telemetry.weight_step_frac,
        turnover_frac=turnover_of(rows) if rows else None,
        weights=rows,
        excluded=tuple(Excluded(symbol=name, reason=UNKNOWN_VOL) for name, vol in vols.items() if vol is None),
    )


def turnover_of(rows: tuple[Weight, ...]) -> float:
    """How much of the book changes hands on the way from the current weights."""
    return math.fsum(abs(row.weight_frac - row.current_weight_frac) for row in rows) / 2


def why_none(settings: Settings | None) -> str:
    """Why there are no weights."""
    return "no symbol's volatility is known yet" if settings else "no boot record with settings of this version: the universe is not known"


def overdrawn(document: AllocatorSuggestions) -> str | None:
    """Weights are shares, sum to at most 1, and none moves further than a step."""
    total = math.fsum(row.weight_frac for row in document.weights)
    if total > 1 + 1e-9:
        return f"weights sum to {total}, at most 1 is allowed"
    for row in document.weights:
        if not 0 <= row.weight_frac <= 1:
            return f"{row.symbol} weight_frac was {row.weight_frac}, must be in [0, 1]"
        if abs(row.weight_frac - row.current_weight_frac) > document.weight_step_frac + 1e-9:
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
