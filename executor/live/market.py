"""The market that an executor on a real venue watches: the venue's streams where they are spoken here, else its prices asked for."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from executor.clock import Clock
from executor.dialects.base import Dialect
from executor.errors import SettingsError
from executor.feeds.base import Feed, FeedWiring
from executor.feeds.live import BAR_S, KNOWN, LOOP_S, LiveFeed, chosen
from executor.records.market import Gap, Instrument, MarketEvent
from executor.settings import Settings
from executor.wire.door import Opener
from executor.wire.reply import Unanswered

AGAIN_S = 1.0
ROOM_S = 0.005


class PolledFeed:
    """Best prices of the universe, asked for every `venue.poll_s`. While nobody answers nothing is said, and then a `Gap`."""

    time: Literal["wall", "feed"] = "wall"
    loop_s = LOOP_S
    bar_s = BAR_S

    def __init__(self, settings: Settings, dialect: Dialect, instruments: Mapping[str, Instrument], clock: Clock) -> None:
        self.instruments: Mapping[str, Instrument] = chosen(instruments, settings.venue.symbols)
        self._dialect, self._clock, self._poll_s = dialect, clock, settings.venue.poll_s
        self._silent_us: int | None = None

    @property
    def notes(self) -> Mapping[str, Any]:
        """Where the market comes from."""
        return {"venue": self._dialect.name, "polled_s": self._poll_s}

    async def batches(self) -> AsyncGenerator[Sequence[MarketEvent], None]:
        """What each question brings."""
        symbols = tuple(self.instruments)
        while True:
            asked_us = self._clock.now_us()
            try:
                quotes = await self._dialect.quotes(symbols)
            except Unanswered:
                self._silent_us = asked_us if self._silent_us is None else self._silent_us
                await asyncio.sleep(max(AGAIN_S, self._poll_s))
                continue
            events: list[MarketEvent] = list(quotes)
            if self._silent_us is not None and events:
                events.insert(0, Gap(events[0].ts_us, "", self._silent_us, "prices were not answered"))
                self._silent_us = None
            if events:
                yield events
            await asyncio.sleep(self._poll_s)

    def state(self) -> Any:
        """Nothing: a market does not come back."""
        return None

    def restore(self, state: Any) -> None:
        """Nothing to take back."""

    def skip_to(self, now_us: int) -> None:
        """Nothing was seen up to now: the next prices say so."""
        self._silent_us = now_us if self._silent_us is None else self._silent_us


class Pump:
    """Takes batches from a feed as they come, and sets `wake`. `MOST` are held: beyond that it is the feed that holds them, which leaves
    quotes out by itself where the engine is slower than the market, and says so."""

    MOST = 256

    def __init__(self, feed: Feed, wake: asyncio.Event) -> None:
        self.batches: deque[Sequence[MarketEvent]] = deque()
        self._feed, self._wake = feed, wake

    async def run(self) -> None:
        """Take until cancelled, or until the feed ends."""
        async with contextlib.aclosing(self._feed.batches()) as batches:
            async for batch in batches:
                self.batches.append(batch)
                self._wake.set()
                while len(self.batches) >= self.MOST:  # noqa: ASYNC110  whoever takes them has better to do than to tell of each
                    await asyncio.sleep(ROOM_S)


def market_of(
    settings: Settings,
    dialect: Dialect,
    instruments: Mapping[str, Instrument],
    *,
    clock: Clock,
    start_us: int,
    opener: Opener | None = None,
) -> Feed:
    """The market of the settings' venue."""
    if settings.feed.partition(":")[0] != "live":
        raise SettingsError(f"feed was {settings.feed!r}, orders at a venue need its own prices; set feed = 'live'")
    if settings.exchange.partition(":")[2] in KNOWN:
        wiring = FeedWiring(settings=settings, path="", start_us=start_us, opener=opener)
        return LiveFeed(wiring, instruments=instruments, clock=clock)
    return PolledFeed(settings, dialect, instruments, clock)
