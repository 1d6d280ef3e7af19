"""The newest shadow decision whole, beside the live one; a marked heartbeat decision when no intent came; counts by rule and symbol."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from executor.flags import Flags
from executor.records.trading import Decision, Vetoed
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.in_force import newest_of, switched_off
from hedge_assets.folds.shadow import Shadow
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.candidates import PIPELINES
from hedge_assets.shadow.comparison import BESIDE, PairTally, count
from hedge_assets.shadow.pairs import Decided, plain
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.statistics.windows import span_of

PERIODS: dict[str, str] = {"hour": "1h", "day": "24h", "all": "all"}
HEADS_SHOWN = 40


class Answer(Shape):
    """One pipeline's decision, whole: the risk verdict with every rule's numbers, the size, and the route (null after a veto)."""

    pipeline: str
    verdict: Literal["approved", "vetoed"]
    rule: str | None = Field(description="the veto's rule; null when approved")
    risk: dict[str, Any] = Field(description="verdict, mode and checks, as journaled")
    qty: float | None
    notional_usd: float | None
    route: dict[str, Any] | None
    policy: dict[str, Any]
    limits_hash: str


class Head(Shape):
    """One intent, the shadow's view of it, and both answers. A `heartbeat` was nobody's wish and is never counted.

    An answer is null where that pipeline did not ask, which `live_silent` and `shadow_silent` explain: it held the symbol, worked an
    order in it, or had nothing to close.
    """

    heartbeat: bool
    decided_ts: datetime
    intent: dict[str, Any]
    view: dict[str, Any] | None
    live: Answer | None
    live_silent: str | None
    shadow: Answer | None
    shadow_silent: str | None


class Counts(Shape):
    """Answers in a period, the live pipeline's and the shadow's, by rule (`approved` for none) and by symbol.

    `hour` and `day` count from the full hour that lies so long ago, `all` from the beginning.
    """

    period: Literal["hour", "day", "all"]
    n: int
    live: dict[str, int]
    shadow: dict[str, int]
    symbols: dict[str, int]


class ShadowHead(Document):
    """`n` counts pairs of answers since the beginning, heartbeats not among them; `unpaired` could not be decided by the shadow."""

    live_pipeline: str | None
    shadow_pipeline: str | None
    last_intent_ts: datetime | None
    head: Head | None
    newest_by_verdict: tuple[Head, ...] = Field(description="the newest decision for each two answers that came together")
    counts: tuple[Counts, ...] = Field(description="the last hour, the last day, and all there ever were")
    journaled: int = Field(description="intents that the live desk journaled")
    approved: int
    shadow_approved: int
    unpaired: int


def shadow_head(shadow: Shadow, account: Account, *, now_us: int, telemetry: Telemetry, flags: Flags) -> ShadowHead:
    """The head: an intent while it is fresh, else a heartbeat decided now over the last view."""
    off = switched_off(flags, "PIPELINE_V6_SHADOW_ENABLED")
    known = Shadow() if off else shadow
    live = known.live_name or None
    other = None if live is None else next((name for name in PIPELINES if name != live), None)
    name = f"{live}>{other}"
    newest = known.ledger.head.get(name)
    head, reason = (None, off) if off else head_now(known, newest, (live, other), now_us=now_us, telemetry=telemetry)
    counts = () if off else all_counts(known, name, now_us)
    whole = counts[-1] if counts else None
    return ShadowHead(
        status="ok" if whole is not None and whole.n else "empty",
        n=0 if whole is None else whole.n,
        reason=reason,
        event_us=newest_of(shadow, account),
        live_pipeline=live,
        shadow_pipeline=other,
        last_intent_ts=None if newest is None else moment(newest.intent.ts_us),
        head=head,
        newest_by_verdict=heads(known.ledger.by_verdict, name),
        counts=counts,
        journaled=known.hearing.journaled,
        approved=0 if whole is None else whole.live.get("approved", 0),
        shadow_approved=0 if whole is None else whole.shadow.get("approved", 0),
        unpaired=known.unpaired,
    )


def head_now(
    shadow: Shadow, newest: Decided | None, names: tuple[str | None, str | None], *, now_us: int, telemetry: Telemetry
) -> tuple[Head | None, str | None]:
    """The newest decision; when it is older than the heartbeat interval, a placeholder's. With why, where there is something to say."""
    patience_s = telemetry.shadow_heartbeat_s
    if newest is not None and now_us - newest.intent.ts_us <= patience_s * 1e6:
        return head_of(newest), None
    quiet = f"no intent within {patience_s:.0f} s" if newest is not None else "no intent yet"
    shown = shadow.heartbeat(now_us)
    if isinstance(shown, str):
        return (None if newest is None else head_of(newest)), f"{quiet}, and no heartbeat decision: {shown}"
    live, other = (shown.decisions.get(name or "") for name in names)
    return head_of(Decided(shown.intent, live, other), heartbeat=True), f"{quiet}: the head is a heartbeat decision"


def heartbeat_line(document: ShadowHead) -> dict[str, Any] | None:
    """The head as a line of the shadow's log where it is a heartbeat; null where it is not."""
    head = document.head
    if head is None or not head.heartbeat:
        return None
    answers = {
        name: None if answer is None else {"pipeline": answer.pipeline, "approved": answer.verdict == "approved", "rule": answer.rule}
        for name, answer in (("live", head.live), ("shadow", head.shadow))
    }
    return {"intent_id": head.intent["intent_id"], "ts_us": head.intent["ts_us"], "symbol": head.intent["symbol"], **answers}


def heads(by_verdict: Mapping[str, Decided], name: str) -> tuple[Head, ...]:
    """The newest decision for each two answers of a comparison, the newest first."""
    found = [decided for key, decided in by_verdict.items() if key.partition(" ")[0] == name]
    ordered = sorted(found, key=lambda decided: (-decided.intent.ts_us, decided.intent.intent_id))
    return tuple(head_of(decided) for decided in ordered[:HEADS_SHOWN])


def head_of(decided: Decided, *, heartbeat: bool = False) -> Head:
    """Both decisions on one intent."""
    seen = decided.shadow or decided.live
    return Head(
        heartbeat=heartbeat,
        decided_ts=moment(decided.intent.ts_us),
        intent=plain(decided.intent),
        view=None if seen is None else plain(seen.slice),
        live=answer_of(decided.live),
        live_silent=decided.live_silent or None,
        shadow=answer_of(decided.shadow),
        shadow_silent=decided.shadow_silent or None,
    )


def answer_of(decision: Decision | None) -> Answer | None:
    """One decision."""
    if decision is None:
        return None
    verdict = decision.verdict
    return Answer(
        pipeline=decision.pipeline,
        verdict="vetoed" if isinstance(verdict, Vetoed) else "approved",
        rule=verdict.rule if isinstance(verdict, Vetoed) else None,
        risk=plain(verdict),
        qty=decision.qty,
        notional_usd=decision.notional_usd,
        route=None if decision.plan is None else plain(decision.plan),
        policy=plain(decision.policy),
        limits_hash=decision.limits_hash,
    )


def all_counts(shadow: Shadow, name: str, now_us: int) -> tuple[Counts, ...]:
    """Counts of the last hour, the last day, and everything."""
    return tuple(
        counts_of(period, shadow.ledger.results.since(span_of(window).start_us(now_us), PairTally), name)
        for period, window in PERIODS.items()
    )


def counts_of(period: str, sums: Mapping[str, PairTally], name: str) -> Counts:
    """Both pipelines' answers in one period."""
    live: dict[str, int] = {}
    shadow: dict[str, int] = {}
    symbols: dict[str, int] = {}
    for key, tally in sums.items():
        names, dimension, value = key.split("/", 2)
        if names != name:
            continue
        if dimension == "symbols":
            count(symbols, value, tally.n)
        elif dimension == "overall":
            for words, n in tally.matrix.items():
                ours, _, theirs = words.partition(BESIDE)
                count(live, ours, n)
                count(shadow, theirs, n)
    found = {"live": live, "shadow": shadow, "symbols": symbols}
    return Counts.model_validate(
        {"period": period, "n": sum(live.values()), **{name: dict(sorted(words.items())) for name, words in found.items()}}
    )


def counted_twice(document: ShadowHead) -> str | None:
    """Each pair is one answer of each pipeline."""
    for counts in document.counts:
        if not sum(counts.live.values()) == sum(counts.shadow.values()) == sum(counts.symbols.values()) == counts.n:
            return f"counts of the {counts.period} do not add up to n = {counts.n}"
    return None


STATE = StateSpec(
    build=shadow_head,
    file="pipeline_v6_shadow_head.json",
    group=Group.SHADOW,
    pace=Pace.FAST,
    checks=(Check(name="counts_add_up", holds=counted_twice),),
    schema_version=2,
)
