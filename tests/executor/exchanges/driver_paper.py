"""The paper exchange with a market made by hand."""

from executor.exchanges.base import Exchange
from executor.records.market import Quote
from tests.executor.exchanges.market import MS, T0_US, quote, trade, venue


class PaperDriver:
    """Time is the market's; a settled venue has seen its last quote again a second later."""

    def __init__(self) -> None:
        self.exchange: Exchange = self.another()
        self._at_ms = 0
        self._touch = (64000.0, 64000.1, 1.0)

    def now_us(self) -> int:
        return T0_US + self._at_ms * MS

    def book(self, bid: float, ask: float, size: float = 1.0) -> None:
        self._touch = (bid, ask, size)
        self._at_ms += 1
        self.exchange.observe(self._quote())

    def trade(self, price: float, qty: float, side: str) -> None:
        self._at_ms += 1
        self.exchange.observe(trade(self._at_ms, price, qty, side))

    def settle(self) -> None:
        self._at_ms += 1000
        self.exchange.observe(self._quote())

    def another(self) -> Exchange:
        return venue(latency_floor_ms=5.0, latency_ms=15.0)

    def _quote(self) -> Quote:
        bid, ask, size = self._touch
        return quote(self._at_ms, bid, ask, bid_qty=size, ask_qty=size)


DRIVER = PaperDriver
