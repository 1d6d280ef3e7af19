"""A venue's streams for tests, on the loopback: pushes best prices, trades and marks, and can fail in every known way."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from typing import Self

from aiohttp import WSMsgType, web

from executor.settings import Venue
from executor.wire.client import Client
from tests.ports import free_port

FUNDING_MS = 8 * 3_600_000


class Connection:
    """One websocket, as the venue sees it."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws, self.transport, self.muted = ws, request.transport, False
        self.names: list[str] = []
        self.path = request.path

    async def say(self, event: dict | str) -> None:
        if not self.muted:
            await self.ws.send_str(event if isinstance(event, str) else json.dumps(event, separators=(",", ":")))


class Pusher:
    """`every_s` between two rounds of messages; `skew_ms` is how wrong the venue's clock is. Numbers go on over connections."""

    def __init__(self, every_s: float = 0.02) -> None:
        self.every_s, self.skew_ms, self.refuse, self.quiet = every_s, 0, 0, False
        self.connections: list[Connection] = []
        self.connects: Counter[str] = Counter()
        self.keys: list[str] = []
        self.kept: list[str] = []
        self.polls = 0
        self.numbers: Counter[str] = Counter()
        self.rate = 0.0001
        self.due_ms: int | None = None
        self.port = free_port()
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application()
        for road in ("public", "market", "private"):
            app.router.add_get(f"/{road}/ws", self._serve)
        app.router.add_get("/fapi/v1/ticker/bookTicker", self._tickers)
        app.router.add_get("/fapi/v1/exchangeInfo", self._rules)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await self._site.start()

    async def stop(self) -> None:
        await self._site.stop()
        await asyncio.sleep(0.01)  # what was being accepted is now known, and can be ended
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()
        self.connections.clear()
        await self._runner.cleanup()

    @property
    def streams(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def now_ms(self) -> int:
        return int(time.time() * 1000) + self.skew_ms

    def on(self, road: str) -> list[Connection]:
        return [each for each in self.connections if each.path == f"/{road}/ws"]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        connection = Connection(ws, request)
        self.connects[request.path.split("/")[1]] += 1
        if "listenKey" in request.query:
            self.keys.append(request.query["listenKey"])
        self.connections.append(connection)
        pushing = asyncio.create_task(self._push(connection))
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._asked(connection, json.loads(message.data))
        finally:
            pushing.cancel()
            with contextlib.suppress(ValueError):
                self.connections.remove(connection)
        return ws

    async def _asked(self, connection: Connection, asked: dict) -> None:
        if self.refuse > 0:
            self.refuse -= 1
            await connection.say({"error": {"code": 2, "msg": "Invalid request: unknown stream"}, "id": asked["id"]})
            return
        await connection.say({"result": None, "id": asked["id"]})
        connection.names = asked["params"]

    async def _push(self, connection: Connection) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                if not self.quiet:
                    for name in connection.names:
                        await connection.say(self.event(name))
                await asyncio.sleep(self.every_s)

    def next(self, name: str) -> int:
        self.numbers[name] += 1
        return 1000 + self.numbers[name]

    def event(self, name: str) -> dict:
        symbol, _, stream = name.partition("@")
        symbol, now_ms = symbol.upper(), self.now_ms()
        if stream == "bookTicker":
            return book(symbol, self.next(name), now_ms)
        if stream == "aggTrade":
            return trade(symbol, self.next(name), now_ms)
        due_ms = self.due_ms or (now_ms // FUNDING_MS + 1) * FUNDING_MS
        return {
            "e": "markPriceUpdate",
            "E": now_ms,
            "s": symbol,
            "p": "100.05",
            "P": "0",
            "i": "100.01",
            "r": f"{self.rate:.8f}",
            "T": due_ms,
        }

    async def _tickers(self, request: web.Request) -> web.Response:
        self.polls += 1
        one = {"bidPrice": "99.0", "bidQty": "1", "askPrice": "99.2", "askQty": "2", "time": self.now_ms()}
        if "symbol" in request.query:
            return web.json_response({"symbol": request.query["symbol"], **one})
        return web.json_response([{"symbol": symbol, **one} for symbol in ("AAAUSDT", "BBBUSDT", "CCCUSDT")])

    async def _rules(self, _: web.Request) -> web.Response:
        filters = [
            {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
            {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001"},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ]
        names = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
        symbols = [{"symbol": name, "contractType": "PERPETUAL", "status": "TRADING", "filters": filters} for name in names]
        return web.json_response({"symbols": [*symbols, {**symbols[0], "symbol": "OLDUSDT", "status": "SETTLING"}]})


def book(symbol: str, number: int, now_ms: int, *, bid: str = "100.0", ask: str = "100.1") -> dict:
    return {"e": "bookTicker", "u": number, "s": symbol, "b": bid, "B": "2.5", "a": ask, "A": "1.5", "T": now_ms, "E": now_ms}


def trade(symbol: str, number: int, now_ms: int) -> dict:
    ids = {"a": number, "f": number, "l": number}
    return {"e": "aggTrade", "E": now_ms, "s": symbol, **ids, "p": "100.1", "q": "0.5", "T": now_ms, "m": False}


@contextlib.asynccontextmanager
async def door(recorder=None, **venue):
    """Connections of these settings."""
    client = Client(Venue(**venue), recorder)
    try:
        yield client
    finally:
        await client.close()


async def until(holds, patience_s: float = 120.0) -> None:
    """Wait until something holds."""
    end_s = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end_s, "did not happen in time"
        await asyncio.sleep(0.005)


# Ways to fail. Each acts on the connections there are; those made afterwards are sound.


async def silent_death(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        each.muted = True


async def half_open(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        each.muted = True
        each.transport.pause_reading()


async def garbage_frame(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        await each.say("\x00<html>bad gateway</html>")


async def half_a_message(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        await each.say('{"e":"bookTicker","u":400900217,"s":"AAAUS')


async def wrong_type(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        await each.say('{"e":"bookTicker","u":"many","s":"AAAUSDT","b":[],"B":"1","a":"1","A":"1","T":1,"E":1}')


async def half_a_frame(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        each.muted = True
        each.transport.write(b"\x81\x7e\x01\x00{")


async def broken_text(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        each.transport.write(b"\x81\x02\xff\xfe")


async def binary_frame(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        await each.ws.send_bytes(b"\x01\x02")


async def closed(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        await each.ws.close(code=1008, message=b"disconnected")


async def reset(pusher: Pusher, road: str) -> None:
    for each in pusher.on(road):
        each.transport.abort()


async def restarted(pusher: Pusher, road: str) -> None:
    await pusher.stop()
    await asyncio.sleep(0.3)
    await pusher.start()


async def refused(pusher: Pusher, road: str) -> None:
    pusher.refuse = 1
    await reset(pusher, road)


SILENT = (silent_death, half_open, half_a_frame)
"""Nothing tells of these but the silence."""

BREAKING = (
    silent_death,
    half_open,
    garbage_frame,
    half_a_message,
    wrong_type,
    half_a_frame,
    broken_text,
    binary_frame,
    closed,
    reset,
    restarted,
    refused,
)
