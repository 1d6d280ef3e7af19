"""From a wish to a plan: intent, slice of the view, verdict, size, plan, decision."""

from typing import Literal

import msgspec

from executor.records.base import Record, Side

Purpose = Literal["entry", "exit"]
Mode = Literal["ok", "warn", "defensive", "halted"]
Style = Literal["maker", "taker"]

STOP, TAKE_PROFIT, TIMEOUT = "stop", "take_profit", "timeout"
"""What the reason of an exit opens with; only a taken profit may wait for a better price."""


class Intent(Record, frozen=True, kw_only=True):
    """What a strategy asks for. `intent_id` is made from what is asked, never from chance.

    An entry leaves the quantity to sizing (`qty` is null); an exit names it. Stop, target and time
    limit ride along so that the position carries its own way out. `strength` is 0..1.
    """

    intent_id: str
    symbol: str
    side: Side
    strategy: str
    purpose: Purpose
    reason: str
    strength: float = 1.0
    qty: float | None = None
    stop_bps: float | None = None
    take_bps: float | None = None
    timeout_s: float | None = None


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one decision may look at: enough to decide again, years later.

    One symbol's market and rules, our position in it, and the account's totals. Null is unknown.
    Money in USD, `vol_bps` per square root of a minute, ages in seconds. `max_leverage` is the venue's line for a position of the
    present value, `position_max_usd` the largest that it takes at the leverage in force (null: it tells no end); `is_trading` is false
    while it takes no new positions in the symbol.
    """

    ts_us: int
    symbol: str
    bid: float
    ask: float
    bid_qty: float
    ask_qty: float
    quote_age_s: float
    vol_bps: float | None
    tick_size: float
    step_size: float
    min_qty: float
    min_notional_usd: float
    max_leverage: int
    tier: str
    position_qty: float
    entry_price: float | None
    symbol_usd: float
    tier_usd: float
    gross_usd: float
    net_usd: float
    open_positions: int
    nav_usd: float | None
    nav_age_s: float | None
    peak_nav_usd: float | None
    day_start_nav_usd: float | None
    week_start_nav_usd: float | None
    available_usd: float | None
    since_exit_s: float | None
    entries_last_minute: int
    errors_in_window: int
    reject_frac: float | None
    fallback_frac: float | None
    unknown_orders: int
    halted: bool
    position_max_usd: float | None = None
    is_trading: bool = True

    @property
    def mid(self) -> float:
        """Half way between bid and ask, in quote currency."""
        return (self.bid + self.ask) / 2

    @property
    def spread_bps(self) -> float:
        """Ask less bid, in bps of the mid."""
        return (self.ask - self.bid) / self.mid * 1e4

    @property
    def drawdown_frac(self) -> float | None:
        """How far NAV stands below its peak, 0..1."""
        return loss_frac(self.nav_usd, self.peak_nav_usd)

    @property
    def daily_loss_frac(self) -> float | None:
        """How much of the day's opening NAV is gone, 0..1."""
        return loss_frac(self.nav_usd, self.day_start_nav_usd)

    @property
    def weekly_loss_frac(self) -> float | None:
        """How much of the week's opening NAV is gone, 0..1."""
        return loss_frac(self.nav_usd, self.week_start_nav_usd)


def loss_frac(now_usd: float | None, reference_usd: float | None) -> float | None:
    """The share of a reference value that is gone; null while either is unknown or the reference is not above 0."""
    if now_usd is None or reference_usd is None or reference_usd <= 0:
        return None
    return max(0.0, (reference_usd - now_usd) / reference_usd)


class RuleCheck(msgspec.Struct, frozen=True):
    """One risk rule's numbers: the value it saw, the limit it holds, and what came of it."""

    rule: str
    outcome: Literal["pass", "clamp", "veto", "exempt"]
    value: float | None = None
    limit: float | None = None


class Approved(msgspec.Struct, frozen=True, tag_field="verdict", tag="approved"):
    """Risk's yes: at most `budget_usd` of new notional (for an exit: the value of what is closed)."""

    budget_usd: float
    mode: Mode
    checks: tuple[RuleCheck, ...] = ()


class Vetoed(msgspec.Struct, frozen=True, tag_field="verdict", tag="vetoed"):
    """Risk's no, an ordinary outcome: which rule, and its numbers in words."""

    rule: str
    detail: str
    mode: Mode
    checks: tuple[RuleCheck, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How an order will be worked. `limit_price` is null for a market order; `qty` is in base units."""

    style: Style
    side: Side
    qty: float
    limit_price: float | None
    offset_bps: float = 0.0
    patience_s: float = 0.0
    reprices: int = 0
    fallback: bool = False
    reduce_only: bool = False


class RouterPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Routing in force for one symbol: plain settings, or a suggestion after clamping (`policy.clamped` makes it from a `Proposal`)."""

    maker_first: bool = True
    offset_bps: float = 0.0
    patience_s: float = 10.0
    reprices: int = 2
    taker_bias_frac: float = 0.0


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What steers one decision beside its limits: routing, the allocator's weight and caps, and whose they are.

    `version` names the routing's suggestion, `weight_version` the weight's; `settings` where none is in force. Caps are shares
    of NAV that only tighten the limits; null is none.
    """

    router: RouterPolicy = RouterPolicy()
    weight_frac: float | None = None
    version: str = "settings"
    weight_version: str = "settings"
    symbol_cap_frac: float | None = None
    trade_cap_frac: float | None = None


class Decision(Record, frozen=True, kw_only=True):
    """A verdict and everything needed to reach it again. `qty` and `plan` are null after a veto."""

    intent_id: str
    pipeline: str
    verdict: Approved | Vetoed
    qty: float | None
    notional_usd: float | None
    plan: Plan | None
    slice: Slice
    policy: Policy
    limits_hash: str
