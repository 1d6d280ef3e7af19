"""What Binance USD-M tells everybody: the rules of its perpetuals and best prices, by REST; no key is needed."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from executor.dialects._binance_rules import info_of
from executor.dialects._binance_streams import DEMO_STREAMS_URL, STREAMS_URL, BinanceStreams
from executor.records.market import Instrument, Quote
from executor.wire.door import Door
from executor.wire.passing import monotonic_s
from executor.wire.reply import Request, Unanswered

REST_URL = "https://fapi.binance.com"
DEMO_REST_URL = "https://demo-fapi.binance.com"
FEW = 2  # so many symbols cost less one by one (weight 2 each) than all together (weight 5)
HELD_OFF_S = 60.0
HELD_OFF = frozenset({418, 429})

T = TypeVar("T")


class Ticker(msgspec.Struct, rename="camel"):
    """Best prices of a symbol."""

    symbol: str
    bid_price: float
    bid_qty: float
    ask_price: float
    ask_qty: float
    time: int


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where the venue is: `rest` as `https://host`, `streams` as `wss://host`."""

    rest: str
    streams: str


def addresses_of(mode: Literal["paper", "demo", "live"]) -> Addresses:
    """The venue itself, or the demo one, whose money is play money and whose market is thin."""
    if mode == "demo":
        return Addresses(rest=DEMO_REST_URL, streams=DEMO_STREAMS_URL)
    return Addresses(rest=REST_URL, streams=STREAMS_URL)


class BinancePublic:
    """The venue's public side. Readings raise `Unanswered`; the door is the caller's."""

    name = "binanceusdm"

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.streams = BinanceStreams()
        self._held_off_until_s = 0.0

    async def instruments(self, door: Door) -> Mapping[str, Instrument]:
        """The rules of every perpetual that is traded now."""
        return info_of(await self._asked(door, "exchangeInfo")).instruments

    async def quotes(self, door: Door, symbols: Sequence[str]) -> Sequence[Quote]:
        """Best prices now; `ts_us` is the venue's time, to be set by who asked."""
        if len(symbols) <= FEW:
            tickers = [await self._read(door, f"ticker/bookTicker?symbol={symbol}", Ticker) for symbol in symbols]
        else:
            tickers = await self._read(door, "ticker/bookTicker", list[Ticker])
        wanted = set(symbols)
        return [quote_of(each) for each in tickers if each.symbol in wanted and 0 < each.bid_price <= each.ask_price]

    async def _read(self, door: Door, what: str, kind: type[T]) -> T:
        """One answer in its shape."""
        return decoded(await self._asked(door, what), kind, what)

    async def _asked(self, door: Door, what: str) -> bytes:
        """One answer. Where the venue says that it was asked too often, it is not asked again before it allows it."""
        if monotonic_s() < self._held_off_until_s:
            raise Unanswered("the venue asked to be left alone for a while")
        reply = await door.ask(Request(method="GET", url=f"{self.addresses.rest}/fapi/v1/{what}"))
        if reply.failure is not None:
            raise Unanswered(f"{what}: {reply.words()}")
        if reply.status in HELD_OFF:
            after = reply.headers.get("Retry-After", "")
            self._held_off_until_s = monotonic_s() + (float(after) if after.isdecimal() else HELD_OFF_S)
        if reply.status != 200:
            raise Unanswered(f"{what}: HTTP {reply.status}")
        return reply.body


def decoded(body: bytes, kind: type[T], what: str) -> T:
    """A body in its shape; raises `Unanswered`."""
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except msgspec.DecodeError as error:
        raise Unanswered(f"{what}: the answer had another shape ({error})") from error


def quotes_of(body: bytes) -> list[Quote]:
    """Every symbol's best prices from a whole answer; raises `Unanswered`."""
    try:
        return [quote_of(one) for one in msgspec.json.decode(body, type=list[Ticker], strict=False) if 0 < one.bid_price <= one.ask_price]
    except msgspec.DecodeError as error:
        raise Unanswered(f"ticker/bookTicker was not understood: {error}") from error


def quote_of(ticker: Ticker) -> Quote:
    """Best prices as a quote."""
    stamp_us = ticker.time * 1_000
    return Quote(stamp_us, stamp_us, ticker.symbol, ticker.bid_price, ticker.ask_price, ticker.bid_qty, ticker.ask_qty, None, "poll")
