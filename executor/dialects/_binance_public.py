"""What Binance USD-M tells everybody: the rules of its perpetuals and best prices, by REST; no key is needed."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from executor.dialects._binance_answers import LONGEST_BAN_US, retry_after_us
from executor.dialects._binance_decoding import Ms, decoded, rows_of
from executor.dialects._binance_rules import info_of
from executor.dialects._binance_streams import DEMO_STREAMS_URL, STREAMS_URL, BinanceStreams
from executor.records.market import Instrument, Quote
from executor.wire.door import Door
from executor.wire.passing import monotonic_s
from executor.wire.reply import Request, Unanswered, excerpt

REST_URL = "https://fapi.binance.com"
DEMO_REST_URL = "https://demo-fapi.binance.com"
FEW = 2  # so many symbols cost less one by one (weight 2 each) than all together (weight 5)
HELD_OFF_S = 60.0
HELD_OFF = frozenset({418, 429})


class Ticker(msgspec.Struct, rename="camel"):
    """Best prices of a symbol."""

    symbol: str
    bid_price: float
    bid_qty: float
    ask_price: float
    ask_qty: float
    time: Ms


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

    async def instruments(self, door: Door, ours: Collection[str] = ()) -> Mapping[str, Instrument]:
        """The rules of every perpetual that is traded now; raises `Unanswered` where those of `ours` are not understood."""
        return info_of(await self._asked(door, "exchangeInfo"), ours).instruments

    async def quotes(self, door: Door, symbols: Sequence[str]) -> Sequence[Quote]:
        """Best prices now; `ts_us` is the venue's time, to be set by who asked."""
        if len(symbols) <= FEW:
            tickers = [await self._ticker(door, f"ticker/bookTicker?symbol={symbol}") for symbol in symbols]
            quotes = [quote_of(each) for each in tickers if is_whole(each)]
        else:
            quotes = quotes_of(await self._asked(door, "ticker/bookTicker"))
        wanted = set(symbols)
        return [each for each in quotes if each.symbol in wanted]

    async def _ticker(self, door: Door, what: str) -> Ticker:
        return decoded(await self._asked(door, what), Ticker, what, strict=False)

    async def _asked(self, door: Door, what: str) -> bytes:
        """One answer. Where the venue says that it was asked too often, it is not asked again before it allows it."""
        if monotonic_s() < self._held_off_until_s:
            raise Unanswered("the venue asked to be left alone for a while")
        reply = await door.ask(Request(method="GET", url=f"{self.addresses.rest}/fapi/v1/{what}"))
        if reply.failure is not None:
            raise Unanswered(f"{what}: {reply.words()}")
        if reply.status in HELD_OFF:
            after_s = min(retry_after_us(reply.headers), LONGEST_BAN_US) / 1e6
            self._held_off_until_s = monotonic_s() + (after_s or HELD_OFF_S)
        if reply.status != 200:
            raise Unanswered(f"{what}: HTTP {reply.status}")
        return reply.body


def quotes_of(body: bytes) -> list[Quote]:
    """Every symbol's best prices from a whole answer, rows that are not understood left out; raises `Unanswered` where none is."""
    rows = rows_of(body, Ticker, "ticker/bookTicker", strict=False)
    tickers = [row for row in rows if isinstance(row, Ticker)]
    if rows and not tickers:
        raise Unanswered(f"ticker/bookTicker was not understood: {excerpt(body)}")
    return [quote_of(one) for one in tickers if is_whole(one)]


def is_whole(ticker: Ticker) -> bool:
    """Whether best prices and quantities can be gone by."""
    is_priced = 0 < ticker.bid_price <= ticker.ask_price < math.inf
    return is_priced and 0 <= ticker.bid_qty < math.inf and 0 <= ticker.ask_qty < math.inf


def quote_of(ticker: Ticker) -> Quote:
    """Best prices as a quote."""
    stamp_us = ticker.time * 1_000
    return Quote(stamp_us, stamp_us, ticker.symbol, ticker.bid_price, ticker.ask_price, ticker.bid_qty, ticker.ask_qty, None, "poll")
