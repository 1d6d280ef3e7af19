"""How orders might better be worked, by symbol: the routing in force, a bounded step away from it, the evidence, and when it expires."""

import hashlib
from datetime import datetime

import msgspec
from pydantic import Field

from executor.flags import Flags
from executor.records.trading import RouterPolicy
from hedge_assets.advice.routing_evidence import RoutingEvidence, evidence_of
from hedge_assets.advice.routing_rules import MOST_PATIENCE_S, MOST_REPRICES, PATIENCE_STEP, RULES, Finding
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import newest_of, routing_in_force, settings_in_force, switched_off
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.statistics.windows import span_of


class Routing(Shape):
    """One symbol's routing: quote first or take, bps behind the touch, seconds a quote, further quotes, bias to take (0..1)."""

    maker_first: bool
    offset_bps: float
    patience_s: float
    reprices: int
    taker_bias_frac: float


class Steps(Shape):
    """The most that one suggestion moves, and its bounds; the executor clamps by its own again."""

    offset_step_bps: float
    max_offset_bps: float
    patience_step_ratio: float
    max_patience_s: float
    max_reprices: int


class Suggestion(Shape):
    """One symbol. `proposed` is null where nothing is to be changed, and `rationale` says why either way.

    `expected_saving_bps` is a mean per intent in bps of notional, with its 95 % interval, or null with `saving_reason`.
    """

    symbol: str
    n: int
    current: Routing
    proposed: Routing | None
    rule: str
    rationale: str
    expected_saving_bps: float | None
    saving_low_bps: float | None
    saving_high_bps: float | None
    saving_reason: str | None
    evidence: RoutingEvidence


class AutotuneSuggestions(Document):
    """`n` counts worked intents in the window. Suggestions are opinions: they hold until `expires_ts`, the executor applies them."""

    version: str = Field(description="names this content; the executor writes down which version shaped a decision")
    made_ts: datetime
    expires_ts: datetime
    window: str
    min_fills: int
    steps: Steps
    proposals: int
    suggestions: tuple[Suggestion, ...]


def autotune_suggestions(
    executions: Executions, services: Services, account: Account, *, now_us: int, telemetry: Telemetry, flags: Flags
) -> AutotuneSuggestions:
    """One row for every symbol that was traded in the window, whether or not it gets a proposal."""
    off, settings = switched_off(flags, "ROUTER_AUTOTUNE_V6_ENABLED"), settings_in_force(services)
    unknown = "no boot record with settings of this version: the routing in force is not known" if settings is None else None
    rows: tuple[Suggestion, ...] = ()
    if off is None and settings is not None:
        since_us = span_of(telemetry.execution_window).start_us(now_us) or 0
        symbols = sorted({row.symbol for row in executions.fills if row.ts_us > since_us})
        current = routing_in_force(settings)
        rows = tuple(suggestion(symbol, current, evidence_of(executions, symbol, since_us), telemetry) for symbol in symbols)
    n = sum(row.n for row in rows)
    return AutotuneSuggestions(
        status="ok" if n else "empty",
        n=n,
        reason=None if n else off or unknown or f"no fill within {telemetry.execution_window}",
        event_us=newest_of(executions, services, account),
        version=version_of("autotune", rows),
        made_ts=moment(now_us),
        expires_ts=moment(now_us + int(telemetry.suggestion_ttl_s * 1e6)),
        window=telemetry.execution_window,
        min_fills=telemetry.min_fills,
        steps=steps_of(telemetry),
        proposals=sum(row.proposed is not None for row in rows),
        suggestions=rows,
    )


def suggestion(symbol: str, current: RouterPolicy, evidence: RoutingEvidence, telemetry: Telemetry) -> Suggestion:
    """The first rule that has something to say, if there is enough to say it on."""
    rule, found = ruled(current, evidence, telemetry)
    saves = found.saves if found is not None else None
    return Suggestion(
        symbol=symbol,
        n=evidence.n,
        current=routing_of(current),
        proposed=None if found is None else routing_of(found.routing),
        rule=rule,
        rationale=found.words if found is not None else unproposed(rule, evidence, telemetry),
        expected_saving_bps=saves[0] if saves else None,
        saving_low_bps=saves[1] if saves else None,
        saving_high_bps=saves[2] if saves else None,
        saving_reason=None if saves else (found.unsaid if found is not None else "nothing is proposed"),
        evidence=evidence,
    )


def ruled(current: RouterPolicy, evidence: RoutingEvidence, telemetry: Telemetry) -> tuple[str, Finding | None]:
    """Which rule decided, and what it proposes; a proposal that changes nothing is none."""
    if evidence.n < telemetry.min_fills:
        return "sample_floor", None
    for name, rule in RULES:
        found = rule(current, evidence, telemetry)
        if found is not None and found.routing != current:
            return name, found
    return "inside_bands", None


def unproposed(rule: str, evidence: RoutingEvidence, telemetry: Telemetry) -> str:
    """Why nothing is proposed."""
    if rule == "sample_floor":
        return f"{evidence.n} worked intents of {telemetry.min_fills} needed"
    if evidence.quoted.n == 0 and evidence.post_only_orders == 0:
        return f"all {evidence.n} worked intents were taken at once: there is nothing to judge quoting by"
    return f"every measure of {evidence.n} worked intents is inside its band"


def routing_of(policy: RouterPolicy) -> Routing:
    """A policy as part of a document."""
    return Routing.model_validate(msgspec.structs.asdict(policy))


def steps_of(telemetry: Telemetry) -> Steps:
    """How far one suggestion may go."""
    return Steps(
        offset_step_bps=telemetry.offset_step_bps,
        max_offset_bps=telemetry.max_offset_bps,
        patience_step_ratio=PATIENCE_STEP,
        max_patience_s=MOST_PATIENCE_S,
        max_reprices=MOST_REPRICES,
    )


def version_of(kind: str, rows: tuple[Shape, ...]) -> str:
    """A short name for this content: equal suggestions, equal name."""
    digest = hashlib.blake2b(digest_size=6)
    for row in rows:
        digest.update(row.model_dump_json().encode())
    return f"{kind}-{digest.hexdigest()}"


def too_far(document: AutotuneSuggestions) -> str | None:
    """No proposal is below the sample floor, outside the bounds, or further than one step."""
    for row in document.suggestions:
        to = row.proposed
        if to is None:
            continue
        if row.n < document.min_fills:
            return f"{row.symbol} has a proposal on {row.n} intents, at least {document.min_fills} are needed"
        if not 0 <= to.offset_bps <= max(document.steps.max_offset_bps, row.current.offset_bps):
            return f"{row.symbol} offset_bps was {to.offset_bps}, must be in [0, {document.steps.max_offset_bps}]"
        if abs(to.offset_bps - row.current.offset_bps) > document.steps.offset_step_bps + 1e-9:
            moved = f"{row.current.offset_bps} to {to.offset_bps}"
            return f"{row.symbol} offset_bps moved from {moved}, a step is at most {document.steps.offset_step_bps}"
    return None


STATE = StateSpec(
    build=autotune_suggestions,
    file="router_policy_suggestions_v6.json",
    group=Group.TUNING,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check(name="within_steps", holds=too_far),),
)
