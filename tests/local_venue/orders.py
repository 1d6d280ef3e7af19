"""Every order and trade the venue holds, found by id, by client id and by symbol."""

from collections import defaultdict

from tests.local_venue.shapes import Order, Trade


class Orders:
    """The venue's books. A client id finds every order that ever had it; unique are they only among open ones."""

    def __init__(self) -> None:
        self.by_symbol: dict[str, dict[int, Order]] = defaultdict(dict)
        self.by_client: dict[tuple[str, str], list[Order]] = defaultdict(list)
        self.resting: dict[str, dict[int, Order]] = defaultdict(dict)
        self.open_clients: dict[str, Order] = {}
        self.trades: dict[str, list[Trade]] = defaultdict(list)
        self._next_order_id = 4_087_922_000
        self._next_trade_id = 272_536_000

    def next_order_id(self) -> int:
        """A new order id."""
        self._next_order_id += 1
        return self._next_order_id

    def next_trade_id(self) -> int:
        """A new trade id."""
        self._next_trade_id += 1
        return self._next_trade_id

    def add(self, order: Order) -> None:
        """An order was accepted."""
        self.by_symbol[order.symbol][order.order_id] = order
        self.by_client[order.symbol, order.client_id].append(order)
        self.resting[order.symbol][order.order_id] = order
        self.open_clients[order.client_id] = order

    def end(self, order: Order) -> None:
        """An order is over; its client id may be used again."""
        self.resting[order.symbol].pop(order.order_id, None)
        if self.open_clients.get(order.client_id) is order:
            del self.open_clients[order.client_id]

    def open_of(self, symbol: str | None) -> list[Order]:
        """Open orders of a symbol, or of all, oldest first."""
        symbols = self.resting if symbol is None else (symbol,)
        found = [order for each in tuple(symbols) for order in self.resting[each].values()]
        return sorted(found, key=lambda order: order.order_id)
