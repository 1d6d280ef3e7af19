"""The truth that an executor is judged by: every acceptance, trade and end, written down where they happen and never forgotten.

It has its own sums: positions come from its trades, not from the account that answers requests.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Literal

import msgspec

from tests.local_venue.shapes import ZERO, AlgoOrder, Order, Trade


class Ending(msgspec.Struct, frozen=True):
    """How an order ended that was not filled: `how` is `CANCELED` or `EXPIRED`, `why` who or what did it."""

    time_ms: int
    order_id: int
    client_id: str
    how: str
    why: str


class Acceptance(msgspec.Struct, frozen=True):
    """That an order was taken into the book, with what it asked for."""

    time_ms: int
    order_id: int
    client_id: str
    symbol: str
    side: Literal["BUY", "SELL"]
    qty: Decimal
    price: Decimal
    kind: str
    reduce_only: bool
    source: str


class Oracle:
    """What really happened. `orders` are live objects in order of acceptance; they show each order's end as well. `waiting` are conditional
    orders by client id."""

    def __init__(self) -> None:
        self.acceptances: list[Acceptance] = []
        self.orders: list[Order] = []
        self.fills: list[Trade] = []
        self.endings: list[Ending] = []
        self.waiting: dict[str, list[AlgoOrder]] = defaultdict(list)
        self._by_client: dict[str, list[Order]] = defaultdict(list)
        self._fills_by_client: dict[str, list[Trade]] = defaultdict(list)
        self._positions: dict[str, Decimal] = {}

    def note_accepted(self, order: Order) -> None:
        """An order entered the book."""
        self._by_client[order.client_id].append(order)
        self.orders.append(order)
        what = (order.time_ms, order.order_id, order.client_id, order.symbol, order.side)
        self.acceptances.append(Acceptance(*what, order.qty, order.price, order.kind, order.reduce_only, order.source))

    def note_waiting(self, order: AlgoOrder) -> None:
        """A conditional order was taken: it is not in the book, and may come into it later under the same client id."""
        self.waiting[order.client_id].append(order)

    def note_fill(self, trade: Trade) -> None:
        """Something of ours traded."""
        self.fills.append(trade)
        self._fills_by_client[trade.client_id].append(trade)
        signed = trade.qty if trade.side == "BUY" else -trade.qty
        self._positions[trade.symbol] = self._positions.get(trade.symbol, ZERO) + signed

    def note_end(self, order: Order, why: str) -> None:
        """An order left the book with something untraded."""
        self.endings.append(Ending(order.update_ms, order.order_id, order.client_id, order.status, why))

    def accepted(self, client_id: str) -> int:
        """How often an order of this client id was accepted; more than 1 is what must never be."""
        return len(self._by_client.get(client_id, ()))

    def doubled(self) -> list[str]:
        """Client ids accepted more than once, into the book or to wait."""
        return [name for known in (self._by_client, self.waiting) for name, orders in known.items() if len(orders) > 1]

    def orders_of(self, client_id: str) -> list[Order]:
        """Every order of a client id, oldest first."""
        return list(self._by_client.get(client_id, ()))

    def fills_of(self, client_id: str) -> list[Trade]:
        """Every trade of a client id, oldest first."""
        return list(self._fills_by_client.get(client_id, ()))

    def open_orders(self) -> list[Order]:
        """What rests in the book now."""
        return [order for order in self.orders if order.is_open]

    def position(self, symbol: str) -> Decimal:
        """The sum of all trades in a symbol, signed, base units."""
        return self._positions.get(symbol, ZERO)

    def positions(self) -> dict[str, Decimal]:
        """Every symbol that is not flat."""
        return {symbol: qty for symbol, qty in self._positions.items() if qty}
