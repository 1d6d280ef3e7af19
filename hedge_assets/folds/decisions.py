"""Every decision beside what the other pipeline would have decided over the same recorded view."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from executor.pipeline import v5, v6
from executor.pipeline.base import Pipeline
from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.trading import Approved, Decision, Intent, Vetoed
from executor.settings import Lines, Settings, lines_of
from hedge_assets.folds.base import keep_newest, remember, take
from hedge_assets.folds.comparison import PairTally, count, keys_of
from hedge_assets.folds.pairs import APPROVED, Decided, Pair, pair_of
from hedge_assets.folds.rolling import Rolling

RECENT_KEPT = 256
OPEN_KEPT = 1_000
ANSWERED_KEPT = 1_000
HOUR_US = 3_600_000_000
HOURS_KEPT = 48
PIPELINES: Mapping[str, Pipeline] = {"v5": v5.PIPELINE, "v6": v6.PIPELINE}
OTHER = {"v5": "v6", "v6": "v5"}


class Decisions(msgspec.Struct, kw_only=True):
    """Pairs of answers as sums by the hour, the day and for ever, the newest 256 of them as rows, and the newest decisions whole.

    `results` is keyed as `comparison.keys_of` says. An intent is compared once: another answer to one of the newest 1,000 that
    were answered is counted in `repeated` alone.

    `head` is the newest; `last_by_verdict` the newest by what the live pipeline answered (`approved` or the veto's rule).
    `vetoes` counts the live pipeline's vetoes by rule, `shadow_vetoes` the other's; `hours` maps an hour (UTC, as hours since
    1970) to counts by rule (`approved` for none), for the last 48 hours. `unpaired` counts decisions that could not be decided
    again: no boot record with readable settings, or no intent, came before them.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {Boot: "boot", Intent: "intent", Decision: "decision"}

    results: Rolling[PairTally] = msgspec.field(default_factory=Rolling)
    recent: list[Pair] = []
    intents: int = 0
    approved: int = 0
    shadow_approved: int = 0
    vetoes: dict[str, int] = {}
    shadow_vetoes: dict[str, int] = {}
    hours: dict[int, dict[str, int]] = {}
    by_symbol: dict[str, int] = {}
    head: Decided | None = None
    last_by_verdict: dict[str, Decided] = {}
    open_intents: dict[str, Intent] = {}
    live: str = ""
    newest_us: int | None = None
    unpaired: int = 0
    lines: Lines | None = None
    paired: int = 0
    answered: dict[str, bool] = {}
    repeated: int = 0

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
        else:
            self._again(intent, record, lines=self.lines, word=word)

    def compare(self, pair: Pair) -> None:
        """Count a pair, unless its intent was answered before."""
        if pair.intent_id in self.answered:
            self.repeated += 1
            return
        remember(self.answered, pair.intent_id, value=True, limit=ANSWERED_KEPT)
        for key in keys_of(pair):
            self.results.at(pair.ts_us, key, PairTally).add(pair)
        self.recent.append(pair)
        keep_newest(self.recent, RECENT_KEPT)

    def _again(self, intent: Intent, live: Decision, *, lines: Lines, word: str) -> None:
        shadow = PIPELINES[OTHER.get(live.pipeline, "v6")].decide(intent, live.slice, lines, live.policy)
        if isinstance(shadow.verdict, Vetoed):
            count(self.shadow_vetoes, shadow.verdict.rule)
        else:
            self.shadow_approved += 1
        self.paired += 1
        self.compare(pair_of(intent, live, shadow, self.paired))
        self.head = self.last_by_verdict[word] = Decided(intent, live, shadow)

    def _hour(self, ts_us: int, word: str) -> None:
        hour = ts_us // HOUR_US
        count(self.hours.setdefault(hour, {}), word)
        for old in [known for known in self.hours if known <= hour - HOURS_KEPT]:
            del self.hours[old]
