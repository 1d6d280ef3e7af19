"""The market of a universe as it is pushed: quotes, trades, marks and settlements; gaps for what was not heard.

While quotes do not come, they are asked for instead, at a slower pace and marked as such.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import aiohttp
import msgspec

from executor.errors import HedgeError
from executor.records.market import Gap, MarketEvent, Quote
from executor.wire.door import Door
from executor.wire.streams.line import Line, Patience
from executor.wire.streams.shapes import Answer, News, Passed, Rebuild
from executor.wire.streams.socket import Socket
from executor.wire.streams.tape import BOOK, MARK, Tape

MARK_SILENCE_S = 5.0  # marks come every second: four missing ones are no coincidence
POLL_TIMEOUT_S = 2.5


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What one connection is to bring: topics (of `tape`) of some symbols, asked for by `greetings` at `path`."""

    name: str
    path: str
    topics: frozenset[str]
    symbols: tuple[str, ...]
    greetings: tuple[str, ...]


class MarketDialect(Protocol):
    """How a venue names its public streams, and what it says on them."""

    def subscriptions(self, symbols: Sequence[str]) -> Sequence[Subscription]:
        """The connections that bring quotes, trades and marks of these symbols."""
        ...

    def read(self, raw: str) -> News | Answer | Passed:
        """What a message says; raises `BadFrame`."""
        ...


class MarketTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is watched, where (`base_url` as `wss://host`), and with how much patience (seconds)."""

    symbols: tuple[str, ...]
    base_url: str
    quote_silence_s: float = 2.0
    poll_s: float = 1.0
    patience: Patience = Patience()


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """Where things go: every record in time order to `put`; where time and, while nothing flows, quotes come from."""

    put: Callable[[MarketEvent], None]
    now_us: Callable[[], int]
    fetch_quotes: Callable[[], Awaitable[Sequence[Quote]]]


class MarketStream:
    """A universe's public streams. `run` goes on until cancelled; `sockets` and `tape` show what they went through."""

    def __init__(self, door: Door, dialect: MarketDialect, terms: MarketTerms, sending: Sending) -> None:
        self.terms = terms
        self.tape = Tape(terms.symbols, sending.put)
        self.polls = 0
        self.failed_polls = 0
        self._sending = sending
        self._subscriptions = {each.name: each for each in dialect.subscriptions(terms.symbols)}
        self.sockets = {name: self._socket(door, dialect, each) for name, each in self._subscriptions.items()}
        self._down = {name for name, each in self._subscriptions.items() if BOOK in each.topics}
        self._quiet = asyncio.Event()
        self._quiet.set()

    def _socket(self, door: Door, dialect: MarketDialect, each: Subscription) -> Socket[News]:
        silence_s = {BOOK: self.terms.quote_silence_s, MARK: max(MARK_SILENCE_S, self.terms.quote_silence_s)}
        patience = msgspec.structs.replace(
            self.terms.patience, silence_s={topic: silence_s[topic] for topic in each.topics & silence_s.keys()}
        )
        url = self.terms.base_url + each.path

        async def address() -> str:
            return url

        line = Line(name=each.name, address=address, greetings=each.greetings, patience=patience)
        return Socket(door, line, self, read=dialect.read, now_us=self._sending.now_us)

    async def run(self) -> None:
        """Watch and, while quotes do not come, ask; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for socket in self.sockets.values():
                tasks.create_task(socket.run())
            tasks.create_task(self._poll())

    def take(self, news: News, ts_us: int) -> str:
        """One message; gives its topic."""
        return self.tape.take(news, ts_us)

    def down(self, name: str, reason: str) -> None:  # noqa: ARG002 - told again, with its time, once it flows
        """A connection fell silent: quotes are polled until it flows."""
        if BOOK in self._subscriptions[name].topics:
            self._down.add(name)
            self._quiet.set()

    def up(self, rebuild: Rebuild) -> None:
        """A connection flows; what was not heard meanwhile is a gap of its symbols."""
        each = self._subscriptions[rebuild.name]
        self._down.discard(rebuild.name)
        if not self._down:
            self._quiet.clear()
        if rebuild.is_first:
            return
        self.tape.begin_anew(each.topics, each.symbols)
        for gap in gaps_of(rebuild, each.symbols, is_whole=len(each.symbols) == len(self.terms.symbols)):
            self._sending.put(gap)

    async def _poll(self) -> None:
        while True:
            await self._quiet.wait()
            for quote in await self._asked():
                self.tape.polled(quote, self._sending.now_us())
            await asyncio.sleep(self.terms.poll_s)

    async def _asked(self) -> list[Quote]:
        """Quotes of the symbols that are not heard; none where the venue does not answer, or where they flow by now."""
        self.polls += 1
        try:
            async with asyncio.timeout(POLL_TIMEOUT_S):
                quotes = await self._sending.fetch_quotes()
        except (aiohttp.ClientError, OSError, HedgeError):
            self.failed_polls += 1
            return []
        wanted = {symbol for name in self._down for symbol in self._subscriptions[name].symbols}
        return [quote for quote in quotes if quote.symbol in wanted]


def gaps_of(rebuild: Rebuild, symbols: Sequence[str], *, is_whole: bool) -> list[Gap]:
    """The silence of a rebuilt connection: one record where it is the whole universe's, else one a symbol."""
    reason = f"{rebuild.name}: {rebuild.reason}"
    return [Gap(rebuild.until_us, symbol, rebuild.from_us, reason) for symbol in ([""] if is_whole else symbols)]
