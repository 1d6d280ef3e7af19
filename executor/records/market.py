"""What was seen of the market. Ticks are floats; an instrument's rules are exact."""

from decimal import Decimal
from typing import Literal

import msgspec

from executor.records.base import Record, Side

Source = Literal["stream", "poll", "replay", "synthetic"]


class Bracket(msgspec.Struct, frozen=True, kw_only=True):
    """What the venue allows and wants of positions worth from `floor_usd` up to `cap_usd` (null: without end): the highest leverage, and
    the share (0..1) of the value between the two that is maintenance margin."""

    floor_usd: Decimal
    cap_usd: Decimal | None
    max_leverage: int
    maint_margin_frac: Decimal


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """A perpetual future and the venue's rules for it (prices in quote currency, quantities in base).

    `max_leverage` and `maint_margin_frac` are of small positions; `brackets`, smallest values first, of all, where the venue tells them.
    `is_trading` is false while the venue takes no new positions in it.
    """

    symbol: str
    tick_size: Decimal
    step_size: Decimal
    min_qty: Decimal
    min_notional: Decimal
    max_leverage: int = 20
    maint_margin_frac: float = 0.01
    brackets: tuple[Bracket, ...] = ()
    is_trading: bool = True


class Quote(Record, frozen=True, gc=False):
    """The best bid and ask of one symbol, and the last traded price where it is known.

    `exchange_ts_us` is the venue's time of the change; sizes are in base units.
    """

    exchange_ts_us: int
    symbol: str
    bid: float
    ask: float
    bid_qty: float
    ask_qty: float
    last: float | None
    source: Source


class Trade(Record, frozen=True, gc=False):
    """A trade between others: `side` is the taker's. What a resting order's queue is measured by."""

    exchange_ts_us: int
    symbol: str
    price: float
    qty: float
    side: Side
    source: Source


class Mark(Record, frozen=True, gc=False):
    """Mark and index price, and the funding rate (a fraction per interval) due at `next_funding_us`."""

    exchange_ts_us: int
    symbol: str
    mark: float
    index: float
    funding_rate: float
    next_funding_us: int
    source: Source


class Settlement(Record, frozen=True, gc=False):
    """Funding settles now: longs pay shorts `funding_rate` (a fraction) of position value at `mark`."""

    exchange_ts_us: int
    symbol: str
    funding_rate: float
    mark: float
    source: Source


class Gap(Record, frozen=True, gc=False):
    """The feed was silent since `from_us`; an empty symbol means all of them."""

    symbol: str
    from_us: int
    reason: str


MarketEvent = Quote | Trade | Mark | Settlement | Gap
