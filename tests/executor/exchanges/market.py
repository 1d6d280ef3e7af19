"""A small made market for tests: instruments, quotes, trades, and orders to meet them."""

from decimal import Decimal

from executor.exchanges.base import Wiring
from executor.exchanges.paper import PaperExchange
from executor.records.market import Instrument, Mark, Quote, Settlement, Trade
from executor.records.orders import Submit
from executor.settings import Paper, Settings

T0_US = 1_700_000_000_000_000
MS = 1_000
SECOND_US = 1_000_000

BTC = Instrument(
    symbol="BTCUSDT",
    tick_size=Decimal("0.1"),
    step_size=Decimal("0.001"),
    min_qty=Decimal("0.001"),
    min_notional=Decimal(100),
)
ETH = Instrument(
    symbol="ETHUSDT",
    tick_size=Decimal("0.01"),
    step_size=Decimal("0.001"),
    min_qty=Decimal("0.001"),
    min_notional=Decimal(20),
)


def venue(**paper: float) -> PaperExchange:
    """A paper exchange without travel time, unless told otherwise."""
    told = {"latency_floor_ms": 1.0, "latency_ms": 0.0} | paper
    return PaperExchange(Wiring(settings=Settings(paper=Paper(**told)), instruments={"BTCUSDT": BTC, "ETHUSDT": ETH}))


def quote(at_ms: int, bid: float, ask: float, *, bid_qty: float = 1.0, ask_qty: float = 1.0, symbol: str = "BTCUSDT") -> Quote:
    ts_us = T0_US + at_ms * MS
    return Quote(ts_us, ts_us, symbol, bid, ask, bid_qty, ask_qty, None, "replay")


def trade(at_ms: int, price: float, qty: float, side: str, *, symbol: str = "BTCUSDT") -> Trade:
    ts_us = T0_US + at_ms * MS
    return Trade(ts_us, ts_us, symbol, price, qty, side, "replay")


def mark(at_ms: int, price: float, *, symbol: str = "BTCUSDT") -> Mark:
    ts_us = T0_US + at_ms * MS
    return Mark(ts_us, ts_us, symbol, price, price, 0.0001, ts_us + 3600 * SECOND_US, "replay")


def settlement(at_ms: int, rate: float, price: float, *, symbol: str = "BTCUSDT") -> Settlement:
    ts_us = T0_US + at_ms * MS
    return Settlement(ts_us, ts_us, symbol, rate, price, "replay")


def order(at_ms: int, side: str, qty: str, price: str | None = None, *, name: str = "", symbol: str = "BTCUSDT", **flags: bool) -> Submit:
    return Submit(
        ts_us=T0_US + at_ms * MS,
        client_id=name or f"{side}-{at_ms}",
        intent_id="i",
        symbol=symbol,
        side=side,
        qty=Decimal(qty),
        price=None if price is None else Decimal(price),
        step="maker" if flags.get("post_only") else "taker",
        post_only=flags.get("post_only", False),
        reduce_only=flags.get("reduce_only", False),
    )
