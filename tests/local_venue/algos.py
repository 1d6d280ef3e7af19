"""Conditional orders: waiting for the last or mark price, and then an ordinary order of the same client id."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.local_venue import events
from tests.local_venue.market import Book, Print
from tests.local_venue.matching import Matching
from tests.local_venue.refusals import Refusal
from tests.local_venue.shapes import ZERO, AlgoOrder, Order


class Algos:
    """The waiting orders. Where the last price lies outside the touch, the touch counts as the contract price. What comes of one has its
    client id, behind `child_prefix` where a test wants it to have another."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching
        self.child_prefix = ""
        self.orders: dict[int, AlgoOrder] = {}
        self._waiting: dict[int, AlgoOrder] = {}
        self.tell: Callable[[dict[str, Any]], None] = lambda _: None
        self._next_id = 2_148_000

    def next_id(self) -> int:
        """A new algo id."""
        self._next_id += 1
        return self._next_id

    def add(self, order: AlgoOrder) -> None:
        """A conditional order was taken."""
        self.orders[order.algo_id] = self._waiting[order.algo_id] = order
        self._matching.oracle.note_waiting(order)
        self._tell(order)

    def end(self, order: AlgoOrder, status: str, why: str = "") -> None:
        """It is over (`CANCELED`, `EXPIRED`, `REJECTED`, `FINISHED`)."""
        order.status = status
        self._waiting.pop(order.algo_id, None)
        order.update_ms = self._matching.clock.now_ms()
        self._tell(order, why)

    def open_of(self, symbol: str | None) -> list[AlgoOrder]:
        """Waiting orders of a symbol, or of all."""
        return [order for order in self._waiting.values() if symbol in (None, order.symbol)]

    def quoted(self, symbol: str) -> None:
        """A new touch."""
        self._look(symbol)

    def traded(self, symbol: str, _: Print) -> None:
        """A trade of others."""
        self._look(symbol)

    def marked(self, symbol: str) -> None:
        """A new mark price."""
        self._look(symbol)

    def is_due(self, order: AlgoOrder) -> bool:
        """Whether its price has been reached."""
        price = working_price(order, self._matching.market.books[order.symbol])
        if order.kind == "TRAILING_STOP_MARKET":
            return _has_turned(order, price)
        is_up = (order.side == "BUY") != order.kind.startswith("TAKE_PROFIT")
        return price >= order.trigger if is_up else price <= order.trigger

    def _look(self, symbol: str) -> None:
        for order in self.open_of(symbol) if self._waiting else ():
            if self.is_due(order):
                self._trigger(order)

    def _trigger(self, order: AlgoOrder) -> None:
        order.trigger_ms = order.update_ms = self._matching.clock.now_ms()
        order.status = "TRIGGERING"
        del self._waiting[order.algo_id]
        order.actual = actual = self._actual(order)
        if not actual.qty or (actual.reduce_only and not self._matching.reducible(actual)):
            order.actual = None
            self.end(order, "REJECTED", "Reduce Only reject")
            return
        try:
            self._matching.accept(actual)
        except Refusal as refused:
            order.actual = None
            self.end(order, "REJECTED", refused.msg)
            return
        order.status = "TRIGGERED"
        self._tell(order)
        self.end(order, "FINISHED")

    def _actual(self, order: AlgoOrder) -> Order:
        is_limit = order.kind in ("STOP", "TAKE_PROFIT")
        held = self._matching.account.position(order.symbol).qty
        now_ms = self._matching.clock.now_ms()
        return Order(
            order_id=self._matching.orders.next_order_id(),
            client_id=self.child_prefix + order.client_id,
            symbol=order.symbol,
            side=order.side,
            kind="LIMIT" if is_limit else "MARKET",
            orig_kind=order.kind,
            tif=order.tif if is_limit else "GTC",
            qty=abs(held) if order.close_position else order.qty,
            price=order.price if is_limit else ZERO,
            time_ms=now_ms,
            update_ms=now_ms,
            reduce_only=order.reduce_only or order.close_position,
            close_position=order.close_position,
            source="algo",
        )

    def _tell(self, order: AlgoOrder, why: str = "") -> None:
        self.tell(events.algo_update(order, self._matching.rules[order.symbol], why))


def working_price(order: AlgoOrder, book: Book) -> Decimal:
    """The price it waits for: mark, or last within the touch."""
    return book.mark if order.working == "MARK_PRICE" else min(max(book.last, book.bid), book.ask)


def _has_turned(order: AlgoOrder, price: Decimal) -> bool:
    is_sell = order.side == "SELL"
    if order.extreme is None:
        is_active = not order.trigger or (price >= order.trigger if is_sell else price <= order.trigger)
        order.extreme = price if is_active else None
        return False
    order.extreme = max(order.extreme, price) if is_sell else min(order.extreme, price)
    back = order.extreme * order.callback_frac
    return price <= order.extreme - back if is_sell else price >= order.extreme + back
