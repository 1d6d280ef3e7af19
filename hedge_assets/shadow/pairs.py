"""One intent, and what two columns answered to it, in short."""

from typing import Any

import msgspec

from executor.records.trading import Approved, Decision, Intent, Slice, Vetoed

APPROVED = "approved"
CALM_VOL_BPS, FAST_VOL_BPS = 5.0, 15.0
"""Below and above these one-minute deviations (bps) a market is called calm and fast."""

HOLDS, WORKS, NO_SIGNAL, HOLDS_ON, FLAT, NO_QUOTE = (
    "holds_position",
    "order_at_work",
    "no_signal",
    "holds_on",
    "nothing_to_close",
    "no_quote",
)
SILENT = frozenset({HOLDS, WORKS, NO_SIGNAL, HOLDS_ON, FLAT, NO_QUOTE})
"""Why a column did not ask at all: it holds the symbol already, works an order in it, its strategy saw nothing, keeps the position
that the other leaves, has none to leave, or has no quote."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One column's answer, short. `rule` is the veto's, or why it did not ask; quantities in base units; null after a no.

    `clamps` are the caps that cut its size. `policy` and `weight` are the versions that steered it.
    """

    pipeline: str
    approved: bool
    rule: str | None
    mode: str
    qty: float | None
    notional_usd: float | None
    style: str | None
    offset_bps: float | None
    clamps: tuple[str, ...] = ()
    policy: str = "settings"
    weight: str = "settings"

    @property
    def word(self) -> str:
        """The veto's rule, or `approved`."""
        return self.rule or APPROVED

    @property
    def is_silent(self) -> bool:
        """Whether it did not ask at all."""
        return self.rule in SILENT


class Pair(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One intent, both answers. `number` counts pairs for ever, from 1; `policy` is the version that steered the live one.

    `regime` is the market's at the decision: calm, normal, fast, or unknown. `causes` say how the answers differ, `by` which rule made
    the difference, `root` which rule had last parted the two in the symbol where this difference only follows from that (else empty).
    """

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
    regime: str = "unknown"
    causes: tuple[str, ...] = ()
    by: str = ""
    root: str = ""

    @property
    def name(self) -> str:
        """Whose answers these are."""
        return f"{self.live.pipeline}>{self.shadow.pipeline}"

    @property
    def live_column(self) -> str:
        """The column that the other is held against."""
        return self.live.pipeline

    @property
    def shadow_column(self) -> str:
        """The other column."""
        return self.shadow.pipeline

    @property
    def live_answer(self) -> str:
        """`approved`, or the rule of the no."""
        return self.live.word

    @property
    def shadow_answer(self) -> str:
        """`approved`, or the rule of the no."""
        return self.shadow.word

    @property
    def live_usd(self) -> float | None:
        """The notional decided by the one."""
        return self.live.notional_usd

    @property
    def shadow_usd(self) -> float | None:
        """The notional decided by the other."""
        return self.shadow.notional_usd


class PairRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pair as a row of a table: its fields are attributes of `Pair`."""

    ts_us: int
    intent_id: str
    symbol: str
    strategy: str
    side: str
    purpose: str
    live_column: str
    shadow_column: str
    live_answer: str
    shadow_answer: str
    live_usd: float | None
    shadow_usd: float | None
    regime: str
    causes: tuple[str, ...]
    by: str
    root: str


def outcome(decision: Decision, name: str) -> Outcome:
    """A decision in short, under the name of the column that made it."""
    verdict, plan = decision.verdict, decision.plan
    return Outcome(
        pipeline=name,
        approved=isinstance(verdict, Approved),
        rule=verdict.rule if isinstance(verdict, Vetoed) else None,
        mode=verdict.mode,
        qty=decision.qty,
        notional_usd=decision.notional_usd,
        style=plan.style if plan is not None else None,
        offset_bps=plan.offset_bps if plan is not None else None,
        clamps=tuple(check.rule for check in verdict.checks if check.outcome == "clamp"),
        policy=decision.policy.version,
        weight=decision.policy.weight_version,
    )


def silence(name: str, rule: str) -> Outcome:
    """The answer of a column that did not ask."""
    return Outcome(pipeline=name, approved=False, rule=rule, mode="ok", qty=None, notional_usd=None, style=None, offset_bps=None)


def regime_of(view: Slice | None) -> str:
    """How the market moved at a decision."""
    if view is None or view.vol_bps is None:
        return "unknown"
    if view.vol_bps < CALM_VOL_BPS:
        return "calm"
    return "fast" if view.vol_bps > FAST_VOL_BPS else "normal"


class Decided(msgspec.Struct, frozen=True):
    """One intent and both decisions on it, whole; where a column did not ask, its decision is null and `*_silent` says why."""

    intent: Intent
    live: Decision | None
    shadow: Decision | None
    live_silent: str = ""
    shadow_silent: str = ""


def plain(value: msgspec.Struct) -> dict[str, Any]:
    """A record, or a part of one, as plain values, the same before and after it was stored: a whole number in a field of floats is one."""
    built: dict[str, Any] = msgspec.to_builtins(msgspec.convert(msgspec.to_builtins(value), type(value)))
    return built
