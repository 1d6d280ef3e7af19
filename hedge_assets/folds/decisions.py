"""Every decision beside what the other pipeline would have decided over the same recorded view."""

from typing import Any

import msgspec


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One pipeline's answer, short. `rule` is the veto's; quantities in base units; null after a veto."""

    pipeline: str
    approved: bool
    rule: str | None
    mode: str
    qty: float | None
    notional_usd: float | None
    style: str | None
    offset_bps: float | None


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One intent, both answers."""

    intent_id: str
    ts_us: int
    symbol: str
    strategy: str
    side: str
    purpose: str
    live: Outcome
    shadow: Outcome


class Decisions(msgspec.Struct, kw_only=True):
    """The newest 50,000 pairs, counts since the beginning, and the newest decisions whole.

    `head` holds `{"intent", "live", "shadow"}` as plain values. `vetoes` counts the live pipeline's vetoes
    by rule, `shadow_vetoes` the other's; `hours` maps an hour (UTC, as hours since 1970) to counts by rule
    (`approved` for none), for the last 48 hours.
    """

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
    open_intents: dict[str, Any] = {}
    live: str = ""
    newest_us: int | None = None
