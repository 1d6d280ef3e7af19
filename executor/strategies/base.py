"""What a strategy is: a pure function from what may be looked at to what is wished for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from executor.records.base import Side
from executor.records.market import Quote


class Bar(msgspec.Struct, frozen=True):
    """Mid prices over one bar's time; `ts_us` is when it opened."""

    ts_us: int
    open: float
    high: float
    low: float
    close: float


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A position as a strategy sees it: whose it is, how it came about and when it must go."""

    symbol: str
    strategy: str
    qty: float
    entry_price: float
    opened_us: int
    stop_bps: float | None
    take_bps: float | None
    timeout_s: float | None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol, now: the newest quote, the closed bars and their closes (oldest first), volatility of returns
    from bar to bar in bps (null until known), and the position if there is one.

    `fresh` is true on the one loop after a bar closed: what is decided on closed bars is decided once.
    """

    quote: Quote
    bars: Sequence[Bar]
    closes: Sequence[float]
    vol_bps: float | None
    holding: Holding | None
    fresh: bool


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Everything strategies may look at. `busy` are symbols in which an order is being worked, `bar_s` is a bar's length."""

    ts_us: int
    bar_s: float
    looks: Mapping[str, Look]
    busy: frozenset[str]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy asks for, before it is given an id. `qty` only for exits (base units, positive)."""

    symbol: str
    side: Side
    purpose: str
    reason: str
    strength: float = 1.0
    qty: float | None = None
    stop_bps: float | None = None
    take_bps: float | None = None
    timeout_s: float | None = None


class Strategy(Protocol):
    """A strategy: built from its table of the settings, then asked on every loop. It keeps nothing."""

    def wishes(self, view: View) -> Iterable[Wish]:
        """What to ask for now; usually nothing."""
        ...


class StrategyType(Protocol):
    """What a strategy's file exports as `STRATEGY`: parameters (unknown names refused) and the class itself."""

    Params: type[msgspec.Struct]

    def __call__(self, params: Any) -> Strategy:
        """Build the strategy."""
        ...
