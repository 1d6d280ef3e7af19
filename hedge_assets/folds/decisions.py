"""What the live pipeline decided, counted: approvals, and vetoes by rule and hour."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.trading import Approved, Decision, Vetoed
from hedge_assets.folds.base import take

APPROVED = "approved"
HOUR_US = 3_600_000_000
HOURS_KEPT = 48


class Decisions(msgspec.Struct, kw_only=True):
    """`intents` were decided, `approved` of them; `vetoes` counts the others by rule. `hours` maps an hour (UTC, as hours since 1970) to
    counts by rule (`approved` for none), for the last 48 hours. `live` is the pipeline that decided last."""

    takes: ClassVar[Mapping[type[Record], str]] = {Boot: "boot", Decision: "decision"}

    intents: int = 0
    approved: int = 0
    vetoes: dict[str, int] = {}
    hours: dict[int, dict[str, int]] = {}
    live: str = ""
    newest_us: int | None = None

    def take(self, record: Record) -> None:
        """Take one record of the orders journal."""
        take(self, record)

    def boot(self, record: Boot) -> None:
        """From here on this pipeline decides."""
        self.live = record.pipeline

    def decision(self, record: Decision) -> None:
        """Count the verdict."""
        self.newest_us = record.ts_us
        self.live = record.pipeline
        self.intents += 1
        verdict = record.verdict
        word = verdict.rule if isinstance(verdict, Vetoed) else APPROVED
        if isinstance(verdict, Approved):
            self.approved += 1
        else:
            self.vetoes[word] = self.vetoes.get(word, 0) + 1
        hour = record.ts_us // HOUR_US
        counts = self.hours.setdefault(hour, {})
        counts[word] = counts.get(word, 0) + 1
        for old in [known for known in self.hours if known <= hour - HOURS_KEPT]:
            del self.hours[old]
