"""How orders might better be worked, by symbol: the routing in force, a bounded step away from it, the evidence, when it expires, and what
became of earlier steps."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field

from executor.flags import Flags
from executor.records.trading import RouterPolicy
from executor.settings import Settings
from hedge_assets.advice.judging import routing_judged
from hedge_assets.advice.routing_advice import advised, sayable, telling
from hedge_assets.advice.routing_evidence import RoutingEvidence, evidence_of
from hedge_assets.advice.routing_rules import LEAST_PATIENCE_S, MOST_PATIENCE_S, MOST_REPRICES, PATIENCE_STEP, Case, Waiting
from hedge_assets.advice.scoring import Judged, KindScore, Score, told
from hedge_assets.advice.steadiness import History, counted_since, history_of, outside_step
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.applied import Applied
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import followed, newest_of, policy_in_force, settings_in_force, switched_off
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.statistics.windows import span_of

RECENT_WINDOW = "24h"
"""Evidence is of so long where there is plenty of it, of `execution_window` else."""

MOST_ROWS = 300
"""Of so many symbols at most something is suggested: the executor reads no file larger than `apply.max_bytes`."""

UNKNOWN_SETTINGS = "no boot record with settings of this version: the routing in force is not known"


class Routing(Shape):
    """One symbol's routing: quote first or take, bps behind the touch, seconds a quote, further quotes, bias to take (0..1)."""

    maker_first: bool
    offset_bps: float
    patience_s: float
    reprices: int
    taker_bias_frac: float


class Steps(Shape):
    """The most that one suggestion moves, and its bounds; the executor clamps by its own again.

    A step back needs its line crossed by `hysteresis_frac` more than a first step, and the step before it judged.
    """

    offset_step_bps: float
    max_offset_bps: float
    patience_step_ratio: float
    least_patience_s: float
    max_patience_s: float
    max_reprices: int
    taker_bias_step_frac: float
    max_taker_bias_frac: float
    hysteresis_frac: float


class Suggestion(Shape):
    """One symbol. `proposed` is null where nothing is to be changed, and `rationale` says why either way: what is in force then
    holds on, but under the rule `not_recommended`, where it may end.

    `n` worked intents stand behind it: those of the evidence, and those that what is in force was suggested on.
    `expected_saving_bps` is a mean per intent in bps of notional, with its 95 % interval, or null with `saving_reason`.
    """

    symbol: str
    n: int
    current: Routing
    current_version: str = Field(description="whose the routing in force is; `settings` where no suggestion steers it")
    current_since_ts: datetime | None = Field(description="since when it is in force, null where it never changed")
    proposed: Routing | None
    rule: str
    rationale: str
    expected_saving_bps: float | None
    saving_low_bps: float | None
    saving_high_bps: float | None
    saving_reason: str | None
    evidence_since_ts: datetime = Field(
        description="24 hours back with 3 min_fills intents, else the window's start; never before the routing in force"
    )
    evidence: RoutingEvidence
    waiting: Waiting


class AutotuneSuggestions(Document):
    """`n` counts worked intents. Suggestions are opinions: they hold until `expires_ts`, the executor applies them.

    Each symbol that was traded in the window has a row, at most 300 of them: those traded last; `left_out` counts the others.

    `scores` tells of every applied suggestion what it saved, `kinds` of every rule; a rule that loses is not recommended and proposes
    nothing until its score recovers or the steps that lost are out of `score_window`.
    """

    version: str = Field(description="names what is proposed; the executor writes down which version shaped a decision")
    made_ts: datetime
    expires_ts: datetime
    window: str
    min_fills: int
    steps: Steps
    proposals: int
    suggestions: tuple[Suggestion, ...]
    left_out: int
    score_window: str
    scores: tuple[Score, ...] = Field(description="the newest 200")
    scores_n: int
    kinds: tuple[KindScore, ...]
    is_followed: bool | None = Field(description="whether the newest executor may apply these, by its flag; null before a boot")
    refused: int = Field(description="files and rows that the executor refused since the journal began, of both kinds of suggestions")


def autotune_suggestions(
    executions: Executions,
    services: Services,
    account: Account,
    *,
    applied: Applied,
    now_us: int,
    telemetry: Telemetry,
    flags: Flags,
) -> AutotuneSuggestions:
    """One row for a symbol that was traded in the window, whether or not it gets a proposal."""
    off, settings = switched_off(flags, "ROUTER_AUTOTUNE_V6_ENABLED"), settings_in_force(services)
    judged = Judged() if off else routing_judged(applied, telemetry, now_us)
    rows: tuple[Suggestion, ...] = ()
    left_out = 0
    if off is None and settings is not None:
        since_us = span_of(telemetry.execution_window).start_us(now_us) or 0
        symbols, left_out = newest_traded(applied, since_us)
        desk = Desk(executions=executions, applied=applied, settings=settings, telemetry=telemetry, judged=judged, now_us=now_us)
        rows = tuple(suggestion(symbol, desk) for symbol in symbols)
    n = sum(row.n for row in rows)
    idle = f"no {'worked intent ended' if rows else 'fill'} within {telemetry.execution_window}"
    return AutotuneSuggestions(
        status="ok" if n else "empty",
        n=n,
        reason=None if n else off or (UNKNOWN_SETTINGS if settings is None else idle),
        event_us=newest_of(executions, services, account, applied),
        version=version_of("autotune", tuple(row for row in rows if row.proposed is not None), only={"symbol", "proposed", "rule"}),
        **lasting(now_us, telemetry),
        window=telemetry.execution_window,
        min_fills=telemetry.min_fills,
        steps=steps_of(telemetry),
        proposals=sum(row.proposed is not None for row in rows),
        suggestions=rows,
        left_out=left_out,
        score_window=telemetry.score_window,
        **told(judged),
        is_followed=followed(applied, "ROUTER_AUTOTUNE_V6_APPLY_ENABLED"),
        refused=applied.refused_total,
    )


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What suggestions for any symbol are made from."""

    executions: Executions
    applied: Applied
    settings: Settings
    telemetry: Telemetry
    judged: Judged
    now_us: int


def suggestion(symbol: str, desk: Desk) -> Suggestion:
    """One symbol's row."""
    lines, applied = desk.telemetry, desk.applied
    policy = policy_in_force(applied, symbol, desk.settings)
    window_us = span_of(lines.execution_window).start_us(desk.now_us) or 0
    changed_us = applied.changed_us.get(symbol)
    starts = [counted_since(changed_us, window, desk.now_us) for window in (RECENT_WINDOW, lines.execution_window)]
    looks = [evidence_of(desk.executions, symbol, since_us) for since_us in starts]
    evidence = telling(looks, lines)
    history = history_of(applied, symbol, policy.router, window_us)
    case = Case(current=policy.router, evidence=evidence, waiting=waiting_of(history), lines=lines)
    advice = advised(case, history, desk.judged, symbol=symbol, since_us=window_us)
    saves, unsaid = sayable(advice.found)
    return Suggestion(
        symbol=symbol,
        n=case.evidence.n + (history.stretch.made_on if history.stretch is not None and history.is_suggested else 0),
        current=routing_of(policy.router),
        current_version=policy.version,
        current_since_ts=None if changed_us is None else moment(changed_us),
        proposed=None if advice.found is None else routing_of(advice.found.routing),
        rule=advice.rule,
        rationale=advice.words,
        expected_saving_bps=saves[0] if saves else None,
        saving_low_bps=saves[1] if saves else None,
        saving_high_bps=saves[2] if saves else None,
        saving_reason=unsaid,
        evidence_since_ts=moment(starts[looks.index(evidence)]),
        evidence=case.evidence,
        waiting=case.waiting,
    )


def waiting_of(history: History) -> Waiting:
    """How long quotes under the routing in force took to be filled; quantiles are right to 1 %."""
    if history.stretch is None:
        return Waiting(n=0, p50_s=None, p95_s=None)
    sketch = history.stretch.kept_s
    return Waiting(n=sketch.n, p50_s=sketch.quantile(0.5), p95_s=sketch.quantile(0.95))


def routing_of(policy: RouterPolicy) -> Routing:
    """A policy as part of a document."""
    return Routing.model_validate(msgspec.structs.asdict(policy))


def steps_of(telemetry: Telemetry) -> Steps:
    """How far one suggestion may go."""
    return Steps(
        offset_step_bps=telemetry.offset_step_bps,
        max_offset_bps=telemetry.max_offset_bps,
        patience_step_ratio=PATIENCE_STEP,
        least_patience_s=LEAST_PATIENCE_S,
        max_patience_s=MOST_PATIENCE_S,
        max_reprices=MOST_REPRICES,
        taker_bias_step_frac=telemetry.taker_bias_step_frac,
        max_taker_bias_frac=telemetry.max_taker_bias_frac,
        hysteresis_frac=telemetry.hysteresis_frac,
    )


def newest_traded(applied: Applied, since_us: int) -> tuple[list[str], int]:
    """The symbols that were traded last since a moment, by name, and how many are left out."""
    latest = sorted((symbol for symbol, ts_us in applied.traded_us.items() if ts_us >= since_us), key=applied.traded_us.__getitem__)
    return sorted(latest[-MOST_ROWS:]), max(0, len(latest) - MOST_ROWS)


def lasting(now_us: int, telemetry: Telemetry) -> dict[str, Any]:
    """When suggestions are made, and until when they hold."""
    return {"made_ts": moment(now_us), "expires_ts": moment(now_us + int(telemetry.suggestion_ttl_s * 1e6))}


def version_of(kind: str, rows: tuple[Shape, ...], only: set[str] | None = None) -> str:
    """A short name for this content (of each row all fields, or only some): equal suggestions, equal name."""
    digest = hashlib.blake2b(digest_size=6)
    for row in rows:
        digest.update(row.model_dump_json(include=only).encode())
    return f"{kind}-{digest.hexdigest()}"


def too_far(document: AutotuneSuggestions) -> str | None:
    """No proposal is below the sample floor, outside the bounds, further than one step, or of a kind that is not recommended."""
    steps = document.steps
    losing = {each.kind for each in document.kinds if each.not_recommended}
    for row in document.suggestions:
        if row.proposed is None:
            continue
        if row.n < document.min_fills:
            return f"{row.symbol} has a proposal on {row.n} intents, at least {document.min_fills} are needed"
        if row.rule in losing:
            return f"{row.symbol} has a proposal by {row.rule}, which is not recommended"
        now, to = (RouterPolicy(**routing.model_dump()) for routing in (row.current, row.proposed))
        step = (steps.offset_step_bps, steps.taker_bias_step_frac)
        problem = outside_step(now, to, step, (steps.max_offset_bps, steps.max_taker_bias_frac))
        if problem is not None:
            return f"{row.symbol} {problem}"
    return None


STATE = StateSpec(
    build=autotune_suggestions,
    file="router_policy_suggestions_v6.json",
    group=Group.TUNING,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check(name="within_steps", holds=too_far),),
)
