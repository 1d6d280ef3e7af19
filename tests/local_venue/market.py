"""The market that a test moves: the touch, trades of others, mark and index, for every symbol.

Behind the touch the book goes on, one tick apart, each level with the touch's own size. What our takers took of a side is gone
until the next quote.
"""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

import msgspec

from tests.local_venue.clock import VenueClock
from tests.local_venue.rules import Rules
from tests.local_venue.shapes import ZERO, Side

Price = Decimal | str | float | int
LEVELS = 20
BARS_KEPT = 1_500
TRADES_KEPT = 1_000
EIGHT_HOURS_MS = 28_800_000


class Listener(Protocol):
    """Who must know when the market moves."""

    def quoted(self, symbol: str) -> None:
        """A new touch."""

    def traded(self, symbol: str, print_: "Print") -> None:
        """Somebody else's trade."""

    def marked(self, symbol: str) -> None:
        """A new mark price."""


class Print(msgspec.Struct, frozen=True):
    """A trade of others, or ours as others see it; `side` is the taker's."""

    trade_id: int
    price: Decimal
    qty: Decimal
    side: Side
    time_ms: int


class Book:
    """One symbol now. `taken` is what ours took of each side since the last quote."""

    __slots__ = (
        "ask", "ask_qty", "bars", "bid", "bid_qty", "index", "is_mark_pinned", "last", "mark",
        "prints", "rate", "settlements", "taken", "time_ms", "update_id",
    )  # fmt: skip

    def __init__(self, rules: Rules, now_ms: int) -> None:
        self.bid, self.ask = rules.start, rules.start + rules.tick
        self.bid_qty = self.ask_qty = Decimal(100)
        self.last = self.mark = self.index = rules.start
        self.is_mark_pinned = False
        self.rate = Decimal("0.0001")
        self.taken: dict[Side, Decimal] = {"BUY": ZERO, "SELL": ZERO}
        self.time_ms, self.update_id = now_ms, 1_000_000
        self.prints: deque[Print] = deque(maxlen=TRADES_KEPT)
        self.bars: deque[list[int | Decimal]] = deque(maxlen=BARS_KEPT)
        self.settlements: list[tuple[int, Decimal, Decimal]] = []


class Market:
    """Every symbol's book, and who listens to it."""

    def __init__(self, rules: dict[str, Rules], clock: VenueClock) -> None:
        self._rules, self._clock = rules, clock
        self.books = {symbol: Book(one, clock.now_ms()) for symbol, one in rules.items()}
        self.listeners: list[Listener] = []
        self._next_trade_id = 5_000_000_000

    def quote(self, symbol: str, bid: Price, ask: Price, bid_qty: Price = "100", ask_qty: Price = "100") -> None:  # noqa: PLR0917
        """Show a new touch. Resting orders of ours that it reaches are filled."""
        book = self.books[symbol]
        book.bid, book.ask = self.price(symbol, bid), self.price(symbol, ask)
        book.bid_qty, book.ask_qty = exact(bid_qty), exact(ask_qty)
        book.taken = {"BUY": ZERO, "SELL": ZERO}
        book.update_id += 7
        book.time_ms = self._clock.now_ms()
        if not book.is_mark_pinned:
            book.mark = book.index = (book.bid + book.ask) / 2
        for listener in self.listeners:
            listener.quoted(symbol)
        if not book.is_mark_pinned:
            for listener in self.listeners:
                listener.marked(symbol)

    def trade(self, symbol: str, price: Price, qty: Price, side: str) -> None:
        """Let others trade; `side` is the taker's, `buy` or `sell`."""
        self._next_trade_id += 1
        taker: Side = "BUY" if side.upper() == "BUY" else "SELL"
        made = Print(self._next_trade_id, self.price(symbol, price), exact(qty), taker, self._clock.now_ms())
        self.remember(symbol, made)
        for listener in self.listeners:
            listener.traded(symbol, made)

    def mark(self, symbol: str, price: Price | None, *, index: Price | None = None, rate: Price | None = None) -> None:
        """Pin the mark price (null lets it follow the middle of the touch again), the index, the funding rate."""
        book = self.books[symbol]
        book.is_mark_pinned = price is not None
        book.mark = (book.bid + book.ask) / 2 if price is None else exact(price)
        book.index = book.mark if index is None else exact(index)
        if rate is not None:
            book.rate = exact(rate)
        for listener in self.listeners:
            listener.marked(symbol)

    def price(self, symbol: str, price: Price) -> Decimal:
        """A price on the symbol's tick."""
        return exact(price).quantize(self._rules[symbol].tick)

    def levels(self, symbol: str, taker: Side) -> Iterator[tuple[Decimal, Decimal]]:
        """Price and size as a taker finds them, best first, less what ours took."""
        book, tick = self.books[symbol], self._rules[symbol].tick
        price, size, away = (book.ask, book.ask_qty, tick) if taker == "BUY" else (book.bid, book.bid_qty, -tick)
        taken = book.taken[taker]
        for _ in range(LEVELS):
            here = min(size, max(ZERO, size - taken))
            taken = max(ZERO, taken - size)
            if here > 0 and price > 0:
                yield price, here
            price += away

    def remember(self, symbol: str, made: Print) -> None:
        """Keep a trade for the recent trades and the bars."""
        book = self.books[symbol]
        book.last = made.price
        book.prints.append(made)
        opens_ms = made.time_ms // 60_000 * 60_000
        if not book.bars or book.bars[-1][0] != opens_ms:
            book.bars.append([opens_ms, made.price, made.price, made.price, made.price, ZERO, 0])
        bar = book.bars[-1]
        bar[2], bar[3], bar[4] = max(bar[2], made.price), min(bar[3], made.price), made.price
        bar[5], bar[6] = bar[5] + made.qty, bar[6] + 1

    def next_funding_ms(self) -> int:
        """When the next settlement is due, by the venue's clock."""
        return (self._clock.now_ms() // EIGHT_HOURS_MS + 1) * EIGHT_HOURS_MS


def exact(value: Price) -> Decimal:
    """A number as it was written."""
    return value if isinstance(value, Decimal) else Decimal(str(value))
