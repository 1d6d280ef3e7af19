"""What is held, written on every loop, also when flat; and the loop's own heartbeat."""

from decimal import Decimal

import msgspec

from executor.records.base import Record, Side

DOLLARS = frozenset({"USDT", "USDC", "BUSD", "FDUSD", "USD"})
"""Assets that count as a dollar each."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """One open position. `qty` is signed; `liquidation_price` is null where the venue gives none."""

    symbol: str
    qty: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealised: Decimal
    leverage: int
    liquidation_price: Decimal | None
    opened_us: int | None = None


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order the venue holds; `trigger_price` is what a conditional one waits for, null for any other."""

    client_id: str
    symbol: str
    side: Side
    qty: Decimal
    filled_qty: Decimal
    price: Decimal | None
    post_only: bool
    reduce_only: bool
    placed_us: int
    trigger_price: Decimal | None = None


class Account(Record, frozen=True, kw_only=True):
    """The venue's books: wallet (settled money), unrealised profit, margin in use, all positions and orders.

    NAV is `wallet + unrealised`. `sources` says of each source whether it answered (`ok`) or why not.
    `nav_ts_us` is when the venue's figures were current.
    """

    account: str
    wallet: Decimal
    unrealised: Decimal
    margin: Decimal
    available: Decimal
    balances: dict[str, Decimal]
    sources: dict[str, str]
    positions: tuple[Position, ...]
    orders: tuple[OpenOrder, ...]
    nav_ts_us: int

    @property
    def nav(self) -> Decimal:
        """Wallet and unrealised profit together, in USD."""
        return self.wallet + self.unrealised


class Heartbeat(Record, frozen=True, kw_only=True):
    """A loop was completed. Everything journaled before it is written before it: a reader's watermark.

    `lag_us` is how late the loop began by the wall clock (0 when the feed is the clock).
    """

    loop: int
    lag_us: int
    counters: dict[str, int]
    halted: str | None = None


PositionRecord = Account | Heartbeat
