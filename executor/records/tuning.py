"""Suggestions as their files say them, before anything of them is believed: what the executor reads of two state files.

Numbers here are proposals. The only way from a `Proposal` to a `RouterPolicy` is `policy.clamped`.
Unknown fields are passed over, so that a newer telemetry side may say more.
"""

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["router", "allocator"]


class Form(msgspec.Struct, frozen=True):
    """What a file says it is."""

    name: str
    version: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Routing as proposed for one symbol: bps behind the touch, seconds a quote, further quotes, bias to take (0..1)."""

    maker_first: bool
    offset_bps: float
    patience_s: float
    reprices: int
    taker_bias_frac: float


class RouterAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's row: `n` worked intents stand behind it; `proposed` is null where nothing is to be changed.

    Savings are in bps of notional per intent, null where they are not known.
    """

    symbol: str
    n: int
    proposed: Proposal | None
    rule: str
    expected_saving_bps: float | None = None
    saving_low_bps: float | None = None
    saving_high_bps: float | None = None


class WeightAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's share of the book, 0..1, and caps as shares of NAV that can only tighten; `n` closed trades stand behind it."""

    symbol: str
    n: int
    weight_frac: float
    symbol_cap_frac: float
    trade_cap_frac: float


class Headed(msgspec.Struct, frozen=True, kw_only=True):
    """The head of both files. Times are RFC 3339, UTC."""

    schema: Form
    account: str | None
    status: Literal["ok", "empty"]
    version: str
    made_ts: datetime
    expires_ts: datetime


class RouterFile(Headed, frozen=True, kw_only=True):
    """`router_policy_suggestions_v6.json`."""

    suggestions: tuple[RouterAdvice, ...]


class AllocatorFile(Headed, frozen=True, kw_only=True):
    """`risk_allocation_suggestions_v6.json`."""

    weights: tuple[WeightAdvice, ...]
