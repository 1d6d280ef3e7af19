"""What has arrived and was not taken yet: bounded, and honest about what did not fit."""

import asyncio

import msgspec

from executor.records.market import Gap, MarketEvent, Quote

LIMIT = 100_000
SLOW = "slow consumer"


class Left(msgspec.Struct):
    """What did not fit: `conflated` quotes had a newer one of their symbol, `dropped` events are gone, each told by a `Gap`."""

    conflated: int = 0
    dropped: int = 0


class Inbox:
    """Events in time order between a stream and one consumer, at most `limit` of them.

    What arrives while it is full: of quotes the newest of each symbol stays if `conflate` is told; everything else is dropped,
    and a `Gap` of its symbol (reason `slow consumer`) stands after what was kept. So it never grows and is never silent.
    """

    def __init__(self, limit: int = LIMIT, *, conflate: bool) -> None:
        self.left = Left()
        self._limit = limit
        self._conflate = conflate
        self._events: list[MarketEvent] = []
        self._newest: dict[str, Quote] = {}
        self._lost: dict[str, tuple[int, int]] = {}
        self._ready = asyncio.Event()
        self._ended = False

    def end(self) -> None:
        """Nothing will come any more."""
        self._ended = True
        self._ready.set()

    def put(self, event: MarketEvent) -> None:
        """Put one event in; its time is not before that of the last one."""
        events = self._events
        if len(events) < self._limit:
            if not events:
                self._ready.set()
            events.append(event)
        elif self._conflate and isinstance(event, Quote):
            self.left.conflated += event.symbol in self._newest
            self._newest[event.symbol] = event
        else:
            self.left.dropped += 1
            first_us, _ = self._lost.get(event.symbol, (event.ts_us, 0))
            self._lost[event.symbol] = (first_us, event.ts_us)

    async def take(self) -> list[MarketEvent]:
        """Everything there is, as soon as there is anything; nothing once it ended."""
        await self._ready.wait()
        if not self._ended:
            self._ready.clear()
        events, self._events = self._events, []
        gaps = [Gap(last_us, symbol, first_us, SLOW) for symbol, (first_us, last_us) in self._lost.items()]
        events.extend(sorted([*gaps, *self._newest.values()], key=lambda event: event.ts_us))
        self._newest, self._lost = {}, {}
        return events
