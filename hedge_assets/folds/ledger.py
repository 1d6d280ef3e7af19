"""Fills, fees and funding as positions from flat to flat: what was earned, and on what."""

from decimal import Decimal

import msgspec

ZERO = Decimal(0)


class OpenTrade(msgspec.Struct, kw_only=True):
    """A position that is not flat yet. Quantities positive; money exact; entry and exit as sums of price x qty."""

    symbol: str
    side: str
    strategy: str
    opened_us: int
    intent_id: str
    entry_qty: Decimal = ZERO
    entry_cost: Decimal = ZERO
    exit_qty: Decimal = ZERO
    exit_cost: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    maker_cost: Decimal = ZERO
    fills: int = 0
    initial_risk_usd: float | None = None
    entry_reason: str = ""
    exit_reason: str = ""


class ClosedTrade(msgspec.Struct, frozen=True, kw_only=True):
    """One round trip, flat to flat. `net` = `gross` - `fees` + `funding`, exact, in USD.

    `side` is long or short. `notional` is the entry's cost. `number` orders trades for ever.
    `initial_risk_usd` is what the stop would have lost at entry, null without a stop.
    """

    number: int
    symbol: str
    side: str
    strategy: str
    intent_id: str
    opened_us: int
    closed_us: int
    qty: Decimal
    entry_price: Decimal
    exit_price: Decimal
    notional: Decimal
    gross: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    maker_frac: float
    fills: int
    initial_risk_usd: float | None
    entry_reason: str
    exit_reason: str
    regime: str = "unknown"


class Totals(msgspec.Struct, kw_only=True):
    """Exact sums since the beginning, in USD. `realized` is before fees; `funding` is what was gained."""

    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    transfers: Decimal = ZERO
    fills: int = 0
    settlements: int = 0


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What of an intent is needed when its fills come."""

    strategy: str
    purpose: str
    reason: str
    stop_bps: float | None


class Ledger(msgspec.Struct, kw_only=True):
    """Open and closed trades (the newest 100,000), exact totals overall and by symbol, cash flows."""

    open: dict[str, OpenTrade] = {}
    trades: list[ClosedTrade] = []
    closed: int = 0
    totals: Totals = msgspec.field(default_factory=Totals)
    by_symbol: dict[str, Totals] = {}
    positions: dict[str, Decimal] = {}
    flows: list[tuple[int, Decimal]] = []
    wishes: dict[str, Wish] = {}
    orders: dict[str, str] = {}
    newest_us: int | None = None
