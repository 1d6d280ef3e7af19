"""One intent, and what both pipelines answered to it, in short."""

from typing import Any

import msgspec

from executor.records.base import Record
from executor.records.trading import Approved, Decision, Intent, Vetoed

APPROVED = "approved"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One pipeline's answer, short. `rule` is the veto's; quantities in base units; null after a veto."""

    pipeline: str
    approved: bool
    rule: str | None
    mode: str
    qty: float | None
    notional_usd: float | None
    style: str | None
    offset_bps: float | None


class Pair(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One intent, both answers. `number` counts pairs for ever, from 1; `policy` is the version that steered both."""

    intent_id: str
    ts_us: int
    symbol: str
    strategy: str
    side: str
    purpose: str
    live: Outcome
    shadow: Outcome
    number: int = 0
    policy: str = "settings"


def pair_of(intent: Intent, live: Decision, shadow: Decision, number: int) -> Pair:
    """Both decisions on one intent, in short."""
    return Pair(
        intent_id=intent.intent_id,
        ts_us=live.ts_us,
        symbol=intent.symbol,
        strategy=intent.strategy,
        side=intent.side,
        purpose=intent.purpose,
        live=outcome(live),
        shadow=outcome(shadow),
        number=number,
        policy=live.policy.version,
    )


def outcome(decision: Decision) -> Outcome:
    """A decision in short."""
    verdict, plan = decision.verdict, decision.plan
    return Outcome(
        pipeline=decision.pipeline,
        approved=isinstance(verdict, Approved),
        rule=verdict.rule if isinstance(verdict, Vetoed) else None,
        mode=verdict.mode,
        qty=decision.qty,
        notional_usd=decision.notional_usd,
        style=plan.style if plan is not None else None,
        offset_bps=plan.offset_bps if plan is not None else None,
    )


class Decided(msgspec.Struct, frozen=True):
    """One intent and both decisions on it, whole."""

    intent: Intent
    live: Decision
    shadow: Decision

    def plain(self) -> dict[str, Any]:
        """The same as plain values, under the same names."""
        return {name: plain(getattr(self, name)) for name in self.__struct_fields__}


def plain(record: Record) -> dict[str, Any]:
    """A record as plain values."""
    built: dict[str, Any] = msgspec.to_builtins(record)
    return built
