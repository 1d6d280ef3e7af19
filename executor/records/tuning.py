"""Suggestions as their files say them, before anything of them is believed: what the executor reads of two state files.

Numbers here are proposals. The only way from a `Proposal` to a `RouterPolicy` is `policy.clamped`, and from a
`WeightAdvice` to a `Policy` it is `policy.allotted`. Unknown fields are passed over, so that a newer telemetry side may
say more; a number outside the ranges here is no number that could be meant, and its file is refused whole.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["router", "allocator"]

PLAIN_TEXT = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]*$"
"""No letter in it steers a terminal, or hides."""

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=PLAIN_TEXT)]
Version = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Saving = Annotated[float, Meta(ge=-1e5, le=1e5)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Form(msgspec.Struct, frozen=True):
    """What a file says it is."""

    name: str
    version: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Routing as proposed for one symbol: bps behind the touch, seconds a quote, further quotes, bias to take (0..1)."""

    maker_first: bool
    offset_bps: Annotated[float, Meta(ge=0, le=1_000)]
    patience_s: Annotated[float, Meta(ge=0, le=3_600)]
    reprices: Annotated[int, Meta(ge=0, le=1_000)]
    taker_bias_frac: Share


class RouterAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's row: `n` worked intents stand behind it; `proposed` is null where nothing is to be changed.

    Savings are in bps of notional per intent, null where they are not known.
    """

    symbol: Name
    n: Count
    proposed: Proposal | None
    rule: Annotated[str, Meta(max_length=100, pattern=PLAIN_TEXT)]
    expected_saving_bps: Saving | None = None
    saving_low_bps: Saving | None = None
    saving_high_bps: Saving | None = None


class WeightAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's share of the book, 0..1, and caps as shares of NAV that can only tighten; `n` closed trades stand behind it."""

    symbol: Name
    n: Count
    weight_frac: Share
    symbol_cap_frac: Annotated[float, Meta(ge=0, le=1_000)]
    trade_cap_frac: Annotated[float, Meta(ge=0, le=1_000)]


class Headed(msgspec.Struct, frozen=True, kw_only=True):
    """The head of both files. Times are RFC 3339 with their zone."""

    schema: Form
    account: str | None
    status: Literal["ok", "empty"]
    version: Version
    made_ts: Instant
    expires_ts: Instant


class RouterFile(Headed, frozen=True, kw_only=True):
    """`router_policy_suggestions_v6.json`."""

    suggestions: tuple[RouterAdvice, ...]

    @property
    def rows(self) -> tuple[RouterAdvice, ...]:
        """Rows by symbol."""
        return self.suggestions


class AllocatorFile(Headed, frozen=True, kw_only=True):
    """`risk_allocation_suggestions_v6.json`."""

    weights: tuple[WeightAdvice, ...]

    @property
    def rows(self) -> tuple[WeightAdvice, ...]:
        """Rows by symbol."""
        return self.weights
