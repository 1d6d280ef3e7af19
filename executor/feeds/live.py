"""The market of a real venue, as it happens. It needs no key, so that paper can be traded on it too."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import msgspec

from executor.clock import Clock, WallClock
from executor.dialects._binance_public import BinancePublic, addresses_of
from executor.errors import FeedError, SettingsError
from executor.feeds.base import FeedWiring
from executor.records.market import Gap, Instrument, MarketEvent, Quote
from executor.settings import Settings, Venue
from executor.wire.client import Client
from executor.wire.door import Door, Opener
from executor.wire.reply import Unanswered
from executor.wire.streams.arrivals import Arrivals
from executor.wire.streams.inbox import Inbox
from executor.wire.streams.market import MarketStream, MarketTerms, Sending

BATCH_US = 50_000
BAR_S = 60.0
LOOP_S = 0.05
TRIES = 3
AGAIN_S = 1.0
ANSWER_MS = 10_000
FAREWELL_S = 0.1
KNOWN = ("binanceusdm",)


class Standing(msgspec.Struct):
    """How far the market was seen, and since when it was not, where that is to be told."""

    seen_us: int | None = None
    gap_from_us: int | None = None


class LiveFeed:
    """The universe of `venue.symbols` at the venue after `live:`, else that of `exchange`, else Binance USD-M.

    What happened while nobody was there cannot be had again (`is_replayable`): after a restart it opens with a `Gap`. Where the
    engine is slower than the market, quotes between two looks at a symbol are left out and counted; trades are not.
    """

    time: Literal["wall", "feed"] = "wall"
    loop_s = LOOP_S
    bar_s = BAR_S
    is_replayable = False

    def __init__(
        self,
        wiring: FeedWiring,
        *,
        instruments: Mapping[str, Instrument] | None = None,
        public: BinancePublic | None = None,
        clock: Clock | None = None,
    ) -> None:
        settings = wiring.settings
        self._venue = settings.venue
        self._opener = wiring.opener or Client
        self._public = public or public_of(settings, wiring.path)
        self._clock = clock or WallClock()
        symbols = refuse_senseless(settings.venue.symbols)
        known = instruments if instruments is not None else fetched(self._public, self._venue, self._opener)
        self.instruments: Mapping[str, Instrument] = chosen(known, symbols)
        self.stream: MarketStream | None = None
        self.inbox: Inbox | None = None
        self._at = Standing()

    @property
    def notes(self) -> Mapping[str, Any]:
        """Where the market comes from."""
        return {"venue": self._public.name, "rest": self._public.addresses.rest, "streams": self._public.addresses.streams}

    async def batches(self) -> AsyncGenerator[Sequence[MarketEvent], None]:
        """What arrives, in its order; waits while nothing does."""
        self.inbox = inbox = Inbox(conflate=True)
        async with opened(self._venue, self._opener) as door:
            self.stream = self._stream(door, inbox)
            # No task group: a generator may be left between two batches, from another task than the one that entered it.
            work = asyncio.create_task(self.stream.run())
            work.add_done_callback(lambda _: inbox.end())
            try:
                while events := await inbox.take():
                    for batch in cut(events):
                        yield self._opened(batch)
                await work
            finally:
                work.cancel()
                await asyncio.wait([work])

    def _stream(self, door: Door, inbox: Inbox) -> MarketStream:
        symbols = tuple(self.instruments)

        async def fetch_quotes() -> Sequence[Quote]:
            return await self._public.quotes(door, symbols)

        terms = MarketTerms(
            symbols=symbols,
            base_url=self._public.addresses.streams,
            quote_silence_s=self._venue.quote_silence_s,
            poll_s=self._venue.poll_s,
        )
        arrivals = Arrivals(self._clock.now_us, since_us=self._at.seen_us or 0)
        sending = Sending(put=inbox.put, now_us=arrivals.now_us, fetch_quotes=fetch_quotes)
        return MarketStream(door, self._public.streams, terms, sending)

    def _opened(self, batch: list[MarketEvent]) -> list[MarketEvent]:
        """The batch, with the unseen stretch told first."""
        at, first_us = self._at, batch[0].ts_us
        from_us, at.gap_from_us, at.seen_us = at.gap_from_us, None, batch[-1].ts_us
        return batch if from_us is None else [Gap(first_us, "", min(from_us, first_us), "restart"), *batch]

    def state(self) -> Any:
        """How far the market was seen."""
        return msgspec.to_builtins(self._at)

    def restore(self, state: Any) -> None:
        """Go on from there; what happened since is not to be had, and the next batch says so."""
        self._at = msgspec.convert(state, Standing)
        if self._at.gap_from_us is None:
            self._at.gap_from_us = self._at.seen_us

    def skip_to(self, now_us: int) -> None:
        """Tell with the next batch that nothing was seen up to now."""
        if self._at.gap_from_us is None:
            self._at.gap_from_us = now_us if self._at.seen_us is None else self._at.seen_us


def public_of(settings: Settings, path: str) -> BinancePublic:
    """The public side of the venue that is named; refuses one whose streams are not known here."""
    named, _, name = settings.exchange.partition(":")
    venue = path or (name if named == "ccxt" else "") or KNOWN[0]
    if venue not in KNOWN:
        raise SettingsError(f"feed was 'live' of {venue!r}, known are {', '.join(KNOWN)}; name one of them as live:NAME")
    return BinancePublic(addresses_of(settings.mode))


def refuse_senseless(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """The universe; refuses one that is empty or names a symbol twice."""
    if not symbols or len(set(symbols)) < len(symbols):
        raise SettingsError(f"venue.symbols was {list(symbols)}, a live feed needs at least one, each once; set it in the settings file")
    return symbols


def chosen(known: Mapping[str, Instrument], symbols: tuple[str, ...]) -> dict[str, Instrument]:
    """The universe's rules; refuses symbols that the venue does not trade."""
    missing = [symbol for symbol in symbols if symbol not in known]
    if missing:
        raise SettingsError(
            f"venue.symbols names {', '.join(missing)}, the venue trades {len(known)} perpetuals without; correct the name or leave it out"
        )
    return {symbol: known[symbol] for symbol in symbols}


@contextlib.asynccontextmanager
async def opened(venue: Venue, opener: Opener) -> AsyncIterator[Door]:
    """Connections of the feed's own, so that no order waits for a price; an answer may take longer here."""
    door = opener(msgspec.structs.replace(venue, timeout_ms=ANSWER_MS))
    try:
        yield door
    finally:
        await door.close()
        await asyncio.sleep(FAREWELL_S)  # TLS ends with a word from both sides, which aiohttp does not wait for


def fetched(public: BinancePublic, venue: Venue, opener: Opener) -> Mapping[str, Instrument]:
    """The venue's rules, asked for before anything runs; in a thread, since whoever starts may have a loop running."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(asked(public, venue, opener))).result()


async def asked(public: BinancePublic, venue: Venue, opener: Opener) -> Mapping[str, Instrument]:
    """The venue's rules; asks again a few times. Raises `FeedError`."""
    why = ""
    async with opened(venue, opener) as door:
        for again in range(TRIES):
            await asyncio.sleep(again * AGAIN_S)
            try:
                return await public.instruments(door, venue.symbols)
            except Unanswered as error:
                why = str(error)
    raise FeedError(f"the rules of {public.name} were asked for {TRIES} times without an answer ({why}); check the network and venue.route")


def cut(events: list[MarketEvent]) -> Iterator[list[MarketEvent]]:
    """The same events in batches of at most 50 ms."""
    start = 0
    for at in range(1, len(events) + 1):
        if at == len(events) or events[at].ts_us - events[start].ts_us > BATCH_US:
            yield events[start:at]
            start = at


FEED = LiveFeed
