"""How Binance USD-M names its public streams, and what it says on them."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from executor.dialects._binance_decoding import Ms
from executor.wire.reply import UNREADABLE
from executor.wire.streams.market import Subscription
from executor.wire.streams.shapes import Answer, BadFrame, Book, Marking, News, Passed, Print
from executor.wire.streams.tape import BOOK, MARK, TRADE

STREAMS_URL = "wss://fstream.binance.com"
DEMO_STREAMS_URL = "wss://fstream.binancefuture.com"
SYMBOLS_A_LINE = 100  # two streams each on the busier connection: 200, as many as ccxt puts on one

# Best prices are served under /public, trades and marks under /market; a name asked for at the other one stays silent.
ROADS = (
    ("public", "/public/ws", (("@bookTicker", BOOK),)),
    ("market", "/market/ws", (("@aggTrade", TRADE), ("@markPrice@1s", MARK))),
)


class BookTicker(
    msgspec.Struct,
    tag_field="e",
    tag="bookTicker",
    gc=False,
    rename={"symbol": "s", "update_id": "u", "bid": "b", "bid_qty": "B", "ask": "a", "ask_qty": "A", "traded_ms": "T"},
):
    """The best bid and ask."""

    symbol: str
    update_id: int
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    traded_ms: Ms


class AggTrade(
    msgspec.Struct,
    tag_field="e",
    tag="aggTrade",
    gc=False,
    rename={"symbol": "s", "number": "a", "price": "p", "qty": "q", "traded_ms": "T", "buyer_made": "m"},
):
    """Trades of one taker at one price. Insurance fund and deleveraging are left out by the venue."""

    symbol: str
    number: int
    price: float
    qty: float
    traded_ms: Ms
    buyer_made: bool


class SingleTrade(
    msgspec.Struct,
    tag_field="e",
    tag="trade",
    gc=False,
    rename={"symbol": "s", "number": "t", "price": "p", "qty": "q", "traded_ms": "T", "buyer_made": "m", "how": "X"},
):
    """One trade (recordings have these; `X` is MARKET, INSURANCE_FUND or NA)."""

    symbol: str
    number: int
    price: float
    qty: float
    traded_ms: Ms
    buyer_made: bool
    how: str = "MARKET"


class MarkPrice(
    msgspec.Struct,
    tag_field="e",
    tag="markPriceUpdate",
    gc=False,
    rename={"symbol": "s", "mark": "p", "index": "i", "rate": "r", "next_ms": "T", "event_ms": "E"},
):
    """Mark and index, and the next funding."""

    symbol: str
    mark: float
    index: float
    rate: float
    next_ms: Ms
    event_ms: Ms


class Told(msgspec.Struct):
    """What an error says."""

    code: int = 0
    msg: str = ""


class Loose(msgspec.Struct):
    """Any message: of which kind, wrapped in its stream's name, or an answer to a request."""

    e: str | None = None
    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    id: int | str | None = None
    error: Told | None = None
    code: int | None = None
    msg: str = ""


EVENTS = msgspec.json.Decoder(BookTicker | AggTrade | SingleTrade | MarkPrice, strict=False)
LOOSE = msgspec.json.Decoder(Loose)
KNOWN = frozenset({"bookTicker", "aggTrade", "trade", "markPriceUpdate"})


def side_of(buyer_made: bool) -> Literal["buy", "sell"]:  # noqa: FBT001 - the venue's own flag
    """The taker's side: the seller's where the buyer's order was waiting."""
    return "sell" if buyer_made else "buy"


class BinanceStreams:
    """The venue's public streams in the system's words."""

    def subscriptions(self, symbols: Sequence[str]) -> Sequence[Subscription]:
        """One connection for quotes, one for trades and marks; as many of both again for each further hundred symbols."""
        return list(subscriptions(symbols))

    def read(self, raw: str) -> News | Answer | Passed:
        """What a message says; raises `BadFrame`."""
        return read(raw)


def subscriptions(symbols: Sequence[str]) -> Iterator[Subscription]:
    """The connections for a universe."""
    for number, at in enumerate(range(0, len(symbols), SYMBOLS_A_LINE)):
        some = tuple(symbols[at : at + SYMBOLS_A_LINE])
        for name, path, streams in ROADS:
            names = [symbol.lower() + suffix for suffix, _ in streams for symbol in some]
            yield Subscription(
                name=name if number == 0 else f"{name}-{number + 1}",
                path=path,
                topics=frozenset(topic for _, topic in streams),
                symbols=some,
                greetings=(asked(names),),
            )


def asked(names: Sequence[str]) -> str:
    """The request for streams by name."""
    return msgspec.json.encode({"method": "SUBSCRIBE", "params": names, "id": 1}).decode()


def read(raw: str | bytes) -> News | Answer | Passed:
    """What a message says, wrapped in its stream's name or not; raises `BadFrame`."""
    try:
        event = EVENTS.decode(raw)
    except UNREADABLE:  # also where its shape is another
        return read_loosely(raw)
    kind = type(event)
    if kind is BookTicker:
        assert isinstance(event, BookTicker)
        return Book(event.symbol, event.update_id, event.bid, event.bid_qty, event.ask, event.ask_qty, event.traded_ms)
    if isinstance(event, MarkPrice):
        return Marking(event.symbol, event.mark, event.index, event.rate, event.next_ms, event.event_ms)
    is_market = isinstance(event, AggTrade) or event.how == "MARKET"
    side = side_of(event.buyer_made)
    return Print(event.symbol, event.number, event.price, event.qty, side, event.traded_ms, is_market)


def read_loosely(raw: str | bytes) -> News | Answer | Passed:
    """A message that is none of the expected events: wrapped, an answer, of another kind, or bad."""
    try:
        loose = LOOSE.decode(raw)
    except UNREADABLE as error:
        raise BadFrame(f"bad frame: {str(error)[:80]}") from error
    inner = bytes(loose.data)
    if inner:
        if isinstance(raw, bytes):
            raise BadFrame("bad frame: wrapped twice")
        return read(inner)
    refusal = loose.error or (Told(loose.code, loose.msg) if loose.code is not None else None)
    if refusal is not None:
        return Answer(f"code {refusal.code} {refusal.msg[:80]!r}")
    if loose.e is None:
        if loose.id is None:
            raise BadFrame("bad frame: neither an event nor an answer")
        return Answer()
    if loose.e in KNOWN:
        raise BadFrame(f"bad frame: {loose.e} of another shape")
    return Passed(loose.e)
