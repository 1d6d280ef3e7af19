"""Every decision beside what the other pipeline would have decided over the same recorded view."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from executor.pipeline import v5, v6
from executor.pipeline.base import Pipeline
from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.trading import Approved, Decision, Intent, Vetoed
from executor.settings import Lines, Settings, lines_of
from hedge_assets.folds.base import keep_newest, remember, take

PAIRS_KEPT = 50_000
OPEN_KEPT = 1_000
HOUR_US = 3_600_000_000
HOURS_KEPT = 48
APPROVED = "approved"
PIPELINES: Mapping[str, Pipeline] = {"v5": v5.PIPELINE, "v6": v6.PIPELINE}
OTHER = {"v5": "v6", "v6": "v5"}


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


class Decisions(msgspec.Struct, kw_only=True):
    """The newest 50,000 pairs, counts since the beginning, and the newest decisions whole.

    `head` holds `{"intent", "live", "shadow"}` as plain values; `last_by_verdict` the newest such by what the
    live pipeline answered (`approved` or the veto's rule). `vetoes` counts the live pipeline's vetoes
    by rule, `shadow_vetoes` the other's; `hours` maps an hour (UTC, as hours since 1970) to counts by rule
    (`approved` for none), for the last 48 hours. `unpaired` counts decisions that could not be decided
    again: no boot record with readable settings, or no intent, came before them.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {Boot: "boot", Intent: "intent", Decision: "decision"}

    pairs: list[Pair] = []
    intents: int = 0
    approved: int = 0
    shadow_approved: int = 0
    vetoes: dict[str, int] = {}
    shadow_vetoes: dict[str, int] = {}
    hours: dict[int, dict[str, int]] = {}
    by_symbol: dict[str, int] = {}
    head: dict[str, Any] | None = None
    last_by_verdict: dict[str, dict[str, Any]] = {}
    open_intents: dict[str, Intent] = {}
    live: str = ""
    newest_us: int | None = None
    unpaired: int = 0
    lines: Lines | None = None
    paired: int = 0

    def take(self, record: Record) -> None:
        """Take one record of the orders journal."""
        take(self, record)

    def boot(self, record: Boot) -> None:
        """From here on the lines are this process's; settings of another version are none."""
        try:
            self.lines = lines_of(msgspec.convert(record.settings, type=Settings))
        except msgspec.ValidationError:
            self.lines = None
        self.live = record.pipeline

    def intent(self, record: Intent) -> None:
        """Wait for what is decided on it."""
        remember(self.open_intents, record.intent_id, record, limit=OPEN_KEPT)

    def decision(self, record: Decision) -> None:
        """Count the verdict, and decide again as the other pipeline."""
        self.newest_us = record.ts_us
        self.live = record.pipeline
        self.intents += 1
        symbol = record.slice.symbol
        self.by_symbol[symbol] = self.by_symbol.get(symbol, 0) + 1
        verdict = record.verdict
        word = verdict.rule if isinstance(verdict, Vetoed) else APPROVED
        if isinstance(verdict, Approved):
            self.approved += 1
        else:
            count(self.vetoes, word)
        self._hour(record.ts_us, word)
        intent = self.open_intents.pop(record.intent_id, None)
        if intent is None or self.lines is None:
            self.unpaired += 1
            return
        self._pair(intent, record, word)

    def _pair(self, intent: Intent, live: Decision, word: str) -> None:
        other = PIPELINES[OTHER.get(live.pipeline, "v6")]
        shadow = other.decide(intent, live.slice, self.lines or Lines(), live.policy)
        if isinstance(shadow.verdict, Vetoed):
            count(self.shadow_vetoes, shadow.verdict.rule)
        else:
            self.shadow_approved += 1
        self.paired += 1
        pair = Pair(
            intent_id=intent.intent_id,
            ts_us=live.ts_us,
            symbol=intent.symbol,
            strategy=intent.strategy,
            side=intent.side,
            purpose=intent.purpose,
            live=outcome(live),
            shadow=outcome(shadow),
            number=self.paired,
            policy=live.policy.version,
        )
        self.pairs.append(pair)
        keep_newest(self.pairs, PAIRS_KEPT)
        self.head = {"intent": plain(intent), "live": plain(live), "shadow": plain(shadow)}
        self.last_by_verdict[word] = self.head

    def _hour(self, ts_us: int, word: str) -> None:
        hour = ts_us // HOUR_US
        count(self.hours.setdefault(hour, {}), word)
        for old in [known for known in self.hours if known <= hour - HOURS_KEPT]:
            del self.hours[old]


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


def plain(record: Record) -> dict[str, Any]:
    """A record as plain values."""
    built: dict[str, Any] = msgspec.to_builtins(record)
    return built


def count(counts: dict[str, int], word: str) -> None:
    """One more of these."""
    counts[word] = counts.get(word, 0) + 1
