"""Clients of the local venue for tests: ccxt by its real host names, and a bare signed one that shows the wire."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import ccxt.async_support as rest
import msgspec
from ccxt import pro

from tests.local_venue.resolver import session
from tests.local_venue.signing import LONGEST_MS, signature
from tests.local_venue.venue import LocalVenue

HOST = "https://fapi.binance.com"
OPTIONS = {"fetchCurrencies": False, "fetchMargins": False, "defaultType": "swap"}


class Heard(msgspec.Struct, frozen=True):
    """One answer as it came."""

    status: int
    body: Any
    headers: dict[str, str]


class Signed:
    """Asks one venue, signed by its key. `key`, `secret`, `host`, its clock `now_ms` and `skew_ms` (added to that) may be set wrong."""

    def __init__(self, venue: LocalVenue, http: aiohttp.ClientSession) -> None:
        self._venue, self._http = venue, http
        self.key, self.secret, self.host, self.skew_ms = venue.key, venue.secret, HOST, 0
        self.now_ms: Callable[[], int] = lambda: int(time.time() * 1_000)

    async def ask(self, method: str, path: str, **params: object) -> Heard:
        """One request and its answer; a body that is no JSON comes as text."""
        sent = {"timestamp": self.now_ms() + self.skew_ms, "recvWindow": LONGEST_MS, **params}
        query = urlencode(sent)
        query += "&signature=" + signature(self.secret, query)
        return await self.bare(method, f"{path}?{query}")

    async def bare(self, method: str, target: str, data: str | None = None) -> Heard:
        """One request as it is given."""
        headers = {"X-MBX-APIKEY": self.key}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with self._http.request(method, self.host + target, data=data, headers=headers) as answer:
            text = await answer.text()
            body = msgspec.json.decode(text) if answer.content_type == "application/json" else text
            return Heard(answer.status, body, dict(answer.headers))

    async def place(self, side: str = "BUY", quantity: str = "0.01", price: str | None = "59000", **more: object) -> Heard:
        """An order of BTCUSDT: a limit where there is a price, else at the market."""
        kind = {"type": "MARKET"} if price is None else {"type": "LIMIT", "price": price, "timeInForce": "GTC"}
        wanted = {"symbol": "BTCUSDT", "side": side, "quantity": quantity, "newOrderRespType": "RESULT"} | kind | more
        return await self.ask("POST", "/fapi/v1/order", **wanted)


@asynccontextmanager
async def signed(venue: LocalVenue) -> AsyncIterator[Signed]:
    """A bare signed client."""
    async with session(venue.port, venue.ca_file) as http:
        yield Signed(venue, http)


@asynccontextmanager
async def exchange(venue: LocalVenue, *, streams: bool = False, timeout_ms: int = 60_000, **more: Any) -> AsyncIterator[Any]:
    """ccxt's own `binanceusdm` with loaded markets, every connection of which ends at the venue; with streams its `pro` one."""
    kind = pro.binanceusdm if streams else rest.binanceusdm
    settings = {"apiKey": venue.key, "secret": venue.secret, "enableRateLimit": False, "timeout": timeout_ms, "options": OPTIONS}
    made = kind(settings | more)
    async with session(venue.port, venue.ca_file) as http:
        made.open()
        await made.session.close()
        made.session, made.own_session = http, False
        try:
            await made.load_markets()
            yield made
        finally:
            await made.close()


def trading(course: Callable[[LocalVenue, Signed], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    """Run a course of a test with a venue (made with these options) and a signed client; what it returns."""

    async def live() -> Any:
        async with LocalVenue(**options) as venue, signed(venue) as bare:
            return await course(venue, bare)

    return asyncio.run(live())
