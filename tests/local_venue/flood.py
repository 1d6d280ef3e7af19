"""A flood of best prices, written in bulk so that the venue is not what is slow."""

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.local_venue.connections import wrapped
from tests.local_venue.frames import frame

if TYPE_CHECKING:
    from tests.local_venue.connections import Connection
    from tests.local_venue.venue import LocalVenue

STEP_S = 0.002


async def flood(venue: "LocalVenue", symbol: str, per_s: int, seconds: float) -> int:
    """Send so many seconds' `bookTicker` messages of a symbol at a rate; the number sent. The market itself does not move."""
    name, sent, most, began = f"{symbol.lower()}@bookTicker", 0, int(seconds * per_s), time.monotonic()
    while sent < most:
        due = min(most, int((time.monotonic() - began) * per_s)) - sent
        if due > 0:
            payloads = _payloads(venue, symbol, due)
            for connection in tuple(venue.streams.listeners.get(name, ())):
                connection.write(b"".join(_framed(connection, name, payloads)))
            sent += due
        await asyncio.sleep(STEP_S)
    return sent


def _payloads(venue: "LocalVenue", symbol: str, count: int) -> list[bytes]:
    rules, book, now_ms = venue.rules[symbol], venue.market.books[symbol], venue.clock.now_ms()
    places, first = rules.price_places, book.update_id
    book.update_id += count
    head = f'"s":"{symbol}","b":"{book.bid:.{places}f}","B":"'
    tail = f'","a":"{book.ask:.{places}f}","A":"{book.ask_qty}","T":{now_ms},"E":{now_ms}}}'
    return [f'{{"e":"bookTicker","u":{first + one},{head}{1 + (first + one) % 97}{tail}'.encode() for one in range(1, count + 1)]


def _framed(connection: "Connection", name: str, payloads: list[bytes]) -> Iterable[bytes]:
    if connection.is_combined:
        return (frame(wrapped(name, payload)) for payload in payloads)
    return map(frame, payloads)
