"""The newest shadow decision whole, beside the live one; a marked heartbeat decision when no intent came; counts by rule and symbol."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from executor.flags import Flags
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.comparison import BESIDE, PairTally, count
from hedge_assets.folds.decisions import Decisions
from hedge_assets.folds.in_force import newest_of, switched_off
from hedge_assets.folds.market import Market
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.placeholder import placeholder_decision
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.statistics.windows import span_of

PERIODS: dict[str, str] = {"hour": "1h", "day": "24h", "all": "all"}


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
    """One intent, the view it was decided over, and both answers. A `heartbeat` was nobody's wish and is never counted."""

    heartbeat: bool
    decided_ts: datetime
    intent: dict[str, Any]
    view: dict[str, Any]
    live: Answer
    shadow: Answer


class Counts(Shape):
    """Decisions in a period, as journaled and as the shadow would have had them, by rule (`approved` for none) and by symbol.

    `hour` and `day` count from the full hour that lies so long ago, `all` from the beginning.
    """

    period: Literal["hour", "day", "all"]
    n: int
    live: dict[str, int]
    shadow: dict[str, int]
    symbols: dict[str, int]


class ShadowHead(Document):
    """`n` counts intents decided since the beginning, heartbeats not among them; `unpaired` could not be decided again."""

    live_pipeline: str | None
    last_intent_ts: datetime | None
    head: Head | None
    newest_by_verdict: tuple[Head, ...] = Field(description="the newest decision for each answer the live pipeline has given")
    counts: tuple[Counts, ...] = Field(description="the last hour, the last day, and all there ever were")
    intents: int
    approved: int
    shadow_approved: int
    unpaired: int


def shadow_head(
    decisions: Decisions, market: Market, account: Account, *, services: Services, now_us: int, telemetry: Telemetry, flags: Flags
) -> ShadowHead:
    """The head: a journaled intent while it is fresh, else a heartbeat decided now over the last view."""
    off = switched_off(flags, "PIPELINE_V6_SHADOW_ENABLED")
    last_us = decisions.recent[-1].ts_us if decisions.recent else None
    head, reason = (None, off) if off else head_now(decisions, market, account, services=services, now_us=now_us, telemetry=telemetry)
    has_facts = off is None and decisions.intents > 0
    return ShadowHead(
        status="ok" if has_facts else "empty",
        n=decisions.intents if off is None else 0,
        reason=reason,
        event_us=newest_of(decisions, market, account),
        live_pipeline=decisions.live or None,
        last_intent_ts=None if last_us is None else moment(last_us),
        head=head,
        newest_by_verdict=()
        if off
        else tuple(head_of(decisions.last_by_verdict[word].plain()) for word in sorted(decisions.last_by_verdict)),
        counts=() if off else all_counts(decisions, now_us),
        intents=decisions.intents,
        approved=decisions.approved,
        shadow_approved=decisions.shadow_approved,
        unpaired=decisions.unpaired,
    )


def head_now(
    decisions: Decisions, market: Market, account: Account, *, services: Services, now_us: int, telemetry: Telemetry
) -> tuple[Head | None, str | None]:
    """The newest decision; when it is older than the heartbeat interval, a placeholder's. With why, where there is something to say."""
    patience_s = telemetry.shadow_heartbeat_s
    newest = decisions.head
    if newest is not None and now_us - newest.live.ts_us <= patience_s * 1e6:
        return head_of(newest.plain()), None
    quiet = f"no intent within {patience_s:.0f} s" if decisions.intents else "no intent yet"
    decided = placeholder_decision(market, account, services, now_us=now_us)
    if isinstance(decided, str):
        return (None if newest is None else head_of(newest.plain())), f"{quiet}, and no heartbeat decision: {decided}"
    return head_of(decided, heartbeat=True), f"{quiet}: the head is a heartbeat decision"


def head_of(decided: dict[str, Any], *, heartbeat: bool = False) -> Head:
    """Both decisions on one intent, from plain values."""
    return Head(
        heartbeat=heartbeat,
        decided_ts=moment(decided["live"]["ts_us"]),
        intent=decided["intent"],
        view=decided["live"]["slice"],
        live=answer_of(decided["live"]),
        shadow=answer_of(decided["shadow"]),
    )


def answer_of(decision: dict[str, Any]) -> Answer:
    """One decision, from plain values."""
    verdict = decision["verdict"]
    return Answer(
        pipeline=decision["pipeline"],
        verdict=verdict["verdict"],
        rule=verdict.get("rule"),
        risk=verdict,
        qty=decision["qty"],
        notional_usd=decision["notional_usd"],
        route=decision["plan"],
        policy=decision["policy"],
        limits_hash=decision["limits_hash"],
    )


def all_counts(decisions: Decisions, now_us: int) -> tuple[Counts, ...]:
    """Counts of the last hour, the last day, and everything."""
    return tuple(
        counts_of(period, decisions.results.since(span_of(window).start_us(now_us), PairTally)) for period, window in PERIODS.items()
    )


def counts_of(period: str, sums: Mapping[str, PairTally]) -> Counts:
    """Both pipelines' answers in one period, whichever of them was live."""
    live: dict[str, int] = {}
    shadow: dict[str, int] = {}
    symbols: dict[str, int] = {}
    for key, tally in sums.items():
        _, dimension, value = key.split("/", 2)
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
)
