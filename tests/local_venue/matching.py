"""How orders meet the market.

A taker takes the visible levels from the touch outward, up to its limit. What is left rests (GTC), or expires (IOC, MARKET).
A resting order fills at its own price: wholly when a quote or trade goes beyond it, by the size that is there when it is just
reached. There is no queue: the oldest of ours is served first.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.local_venue import events
from tests.local_venue.account import Account, to_wallet
from tests.local_venue.clock import VenueClock
from tests.local_venue.market import Market, Print
from tests.local_venue.oracle import Oracle
from tests.local_venue.orders import Orders
from tests.local_venue.refusals import refuse
from tests.local_venue.rules import Rules
from tests.local_venue.shapes import ZERO, Order, Trade


class Matching:
    """Accepts, fills, cancels and expires; tells the oracle first and the user stream after it."""

    def __init__(self, *, rules: dict[str, Rules], market: Market, account: Account, orders: Orders, oracle: Oracle) -> None:
        self.rules, self.market, self.account, self.orders, self.oracle = rules, market, account, orders, oracle
        self.clock: VenueClock = account._clock
        self.tell: Callable[[dict[str, Any]], None] = lambda _: None
        self.printed: Callable[[str, Print], None] = lambda _, __: None
        self.is_lite_told = False

    def accept(self, order: Order) -> None:
        """Take an order that passed every check into the book, and let it trade. Raises `Refusal` (-5021, -5022) without a trace."""
        crossing = sum((size for price, size in self.market.levels(order.symbol, order.side) if _reaches(order, price)), ZERO)
        if order.tif == "GTX" and crossing:
            raise refuse(-5022)
        if order.tif == "FOK" and crossing < order.qty:
            raise refuse(-5021)
        self.orders.add(order)
        self.oracle.note_accepted(order)
        self.tell(events.order_update(order, self.rules[order.symbol], "NEW"))
        for price, size in list(self.market.levels(order.symbol, order.side)):
            if not order.is_open or not _reaches(order, price):
                break
            self.market.books[order.symbol].taken[order.side] += min(size, order.left_qty)
            self.fill(order, price, size, is_maker=False)
        if order.is_open and (order.kind != "LIMIT" or order.tif in ("IOC", "FOK")):
            self.end(order, "EXPIRED", "nothing more to take")

    def fill(self, order: Order, price: Decimal, size: Decimal, *, is_maker: bool) -> None:
        """Let an order trade up to a size; a reducing one no more than there is to reduce."""
        qty = min(size, order.left_qty)
        if order.reduce_only:
            qty = min(qty, self.reducible(order))
        if qty <= 0:
            self.end(order, "EXPIRED", "nothing to reduce")
            return
        order.filled_qty += qty
        order.quote_qty += qty * price
        order.status = "PARTIALLY_FILLED" if order.left_qty else "FILLED"
        order.update_ms = self.clock.now_ms()
        trade = self._settle(order, qty, price, is_maker)
        if not order.is_open:
            self.orders.end(order)
        rules = self.rules[order.symbol]
        if self.is_lite_told:
            self.tell(events.trade_lite(trade, order, rules))
        self.tell(events.account_update(self.account, self.market, "ORDER", (order.symbol,)))
        self.tell(events.order_update(order, rules, "TRADE", trade))
        taker = order.side if not is_maker else ("SELL" if order.side == "BUY" else "BUY")
        made = Print(trade.trade_id, price, qty, taker, trade.time_ms)
        self.market.remember(order.symbol, made)
        self.printed(order.symbol, made)
        if not self.account.position(order.symbol).qty:
            self._expire_reducing(order.symbol)

    def _settle(self, order: Order, qty: Decimal, price: Decimal, is_maker: bool) -> Trade:
        fee = to_wallet(qty * price * (self.account.maker_fee if is_maker else self.account.taker_fee))
        realized = to_wallet(self.account.traded(order.symbol, order.side, qty, price))
        trade = Trade(
            trade_id=self.orders.next_trade_id(),
            order_id=order.order_id,
            client_id=order.client_id,
            symbol=order.symbol,
            side=order.side,
            price=price,
            qty=qty,
            fee=fee,
            realized=realized,
            is_maker=is_maker,
            time_ms=self.clock.now_ms(),
        )
        if realized:
            self.account.book_income("REALIZED_PNL", realized, symbol=order.symbol, trade_id=trade.trade_id)
        self.account.book_income("COMMISSION", -fee, symbol=order.symbol, trade_id=trade.trade_id)
        self.oracle.note_fill(trade)
        self.orders.trades[order.symbol].append(trade)
        return trade

    def end(self, order: Order, how: str, why: str) -> None:
        """Take an order out of the book with what is left of it (`CANCELED` or `EXPIRED`)."""
        order.status = how
        order.update_ms = self.clock.now_ms()
        self.orders.end(order)
        self.oracle.note_end(order, why)
        self.tell(events.order_update(order, self.rules[order.symbol], how))

    def reducible(self, order: Order) -> Decimal:
        """How much of the position an order of this side could reduce, base units."""
        held = self.account.position(order.symbol).qty
        return max(ZERO, -held if order.side == "BUY" else held)

    def _expire_reducing(self, symbol: str) -> None:
        for order in list(self.orders.resting[symbol].values()):
            if order.reduce_only and order.is_open:
                self.end(order, "EXPIRED", "the position was closed")

    def quoted(self, symbol: str) -> None:
        """A new touch: what it crosses is filled."""
        resting = self.orders.resting[symbol]
        if not resting:
            return
        book = self.market.books[symbol]
        sizes = {"BUY": book.ask_qty, "SELL": book.bid_qty}
        for order in list(resting.values()):
            touch = book.ask if order.side == "BUY" else book.bid
            self._met(order, touch, sizes)

    def traded(self, symbol: str, print_: Print) -> None:
        """Others traded: what their price reached is filled."""
        sizes = {"BUY": print_.qty if print_.side == "SELL" else ZERO, "SELL": print_.qty if print_.side == "BUY" else ZERO}
        for order in list(self.orders.resting[symbol].values()):
            self._met(order, print_.price, sizes)

    def marked(self, symbol: str) -> None:
        """A mark price moves no order of this book."""

    def _met(self, order: Order, price: Decimal, sizes: dict[str, Decimal]) -> None:
        beyond = order.price - price if order.side == "BUY" else price - order.price
        if not order.is_open or beyond < 0:
            return
        size = order.left_qty if beyond > 0 else min(order.left_qty, sizes[order.side])
        if size > 0:
            if beyond == 0:
                sizes[order.side] -= size
            self.fill(order, order.price, size, is_maker=True)


def _reaches(order: Order, price: Decimal) -> bool:
    if order.kind != "LIMIT":
        return True
    return price <= order.price if order.side == "BUY" else price >= order.price
