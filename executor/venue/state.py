"""Everything of the simulated venue that survives a restart."""

from decimal import Decimal

import msgspec

from executor.records.base import Side
from executor.records.market import Mark, Quote
from executor.records.orders import Report, Submit
from executor.venue.exact import ZERO


class Held(msgspec.Struct, kw_only=True):
    """An open position: signed quantity, and signed `cost`, the exact sum of price x quantity that is still in it.

    `entry_price` is their quotient in whole 1e-8, for readers; no money is made from it.
    """

    qty: Decimal
    cost: Decimal
    entry_price: Decimal
    opened_us: int


class Order(msgspec.Struct, kw_only=True):
    """An order the venue has taken. `level` is its price as a float (of a market order: the touch it met).

    `ahead` is what of the queue (base units) must still trade before it, of `queue` at first.
    `taking` marks the rest of an order that reaches across the spread: each new quote's visible size is taken.
    """

    client_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal | None
    level: float
    post_only: bool
    reduce_only: bool
    placed_us: int
    filled: Decimal = ZERO
    fills: int = 0
    ahead: float = 0.0
    queue: float = 0.0
    taking: bool = False
    open: bool = True

    @property
    def rest(self) -> Decimal:
        """What is not filled, in base units."""
        return self.qty - self.filled


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An order, or (without one) a cancel, on its way: `number` settles ties of `arrival_us`."""

    arrival_us: int
    number: int
    client_id: str
    symbol: str
    order: Submit | None = None


class State(msgspec.Struct, kw_only=True):
    """Money, positions, orders, requests under way, the market as last seen, and reports not yet fetched.

    `blind` are symbols whose market is unknown since a gap; orders in them are `waiting` for a quote. `stops` are conditional orders whose
    price has not come. `taken` is what we took of the visible size since the last quote. `ended` says how the newest orders ended.
    """

    wallet: Decimal
    now_us: int = 0
    requested: int = 0
    positions: dict[str, Held] = {}
    resting: dict[str, list[Order]] = {}
    requests: list[Request] = []
    waiting: list[Request] = []
    quotes: dict[str, Quote] = {}
    marks: dict[str, Mark] = {}
    blind: list[str] = []
    stops: dict[str, list[Submit]] = {}
    taken: dict[str, dict[Side, Decimal]] = {}
    ended: dict[str, str] = {}
    reports: list[Report] = []
