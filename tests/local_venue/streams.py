"""Websockets: who listens to what, and what they are sent, whole or damaged as the script says."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import WSMsgType, web

from tests.local_venue import stream_bodies as bodies
from tests.local_venue.connections import Connection, asked_for, wrapped
from tests.local_venue.flood import flood
from tests.local_venue.frames import frame
from tests.local_venue.inflicting import reset
from tests.local_venue.market import LEVELS, Print
from tests.local_venue.rest_market import depth_rows
from tests.local_venue.stream_faults import StreamFault, StreamFaults, shifted

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

USER = "user"


class Streams:
    """Every connection and every subscription. Tests may set `answers_pings`, `user_delay_ms` and `faults`."""

    def __init__(self, venue: "LocalVenue") -> None:
        self._venue = venue
        self.faults = StreamFaults()
        self.connections: set[Connection] = set()
        self.listeners: dict[str, set[Connection]] = defaultdict(set)
        self.answers_pings = True
        self.user_delay_ms = 0
        self._diffs = bodies.DepthDiffs()
        self._held: dict[str, bytes] = {}
        self._joined = asyncio.Event()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """One connection, until its end."""
        found = asked_for(request.path, request.rel_url.raw_query_string)
        transport = request.transport
        if found is None or transport is None:
            return web.Response(status=404)
        ws = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=0)
        await ws.prepare(request)
        connection = Connection(ws, transport, is_combined=found[0], path=request.raw_path)
        self.connections.add(connection)
        self.subscribe(connection, [name for name in found[1] if name])
        try:
            async for message in ws:
                await self._hear(connection, message)
        finally:
            self.connections.discard(connection)
            for name in connection.names:
                self.listeners[name].discard(connection)
        return ws

    async def _hear(self, connection: Connection, message: Any) -> None:
        if message.type is WSMsgType.PING and self.answers_pings:
            await connection.ws.pong(message.data)
        elif message.type is WSMsgType.PONG:
            connection.heard_s = asyncio.get_running_loop().time()
        elif message.type is WSMsgType.TEXT:
            self._command(connection, message.data)

    def _command(self, connection: Connection, text: str) -> None:
        try:
            asked = msgspec.json.decode(text)
        except msgspec.DecodeError as wrong:
            connection.say({"error": {"code": 3, "msg": f"Invalid JSON: {wrong}"}})
            return
        names, result = asked.get("params") or [], None
        if asked.get("method") == "SUBSCRIBE":
            self.subscribe(connection, names)
        elif asked.get("method") == "UNSUBSCRIBE":
            for name in names:
                connection.names.discard(name)
                self.listeners[name].discard(connection)
        elif asked.get("method") == "LIST_SUBSCRIPTIONS":
            result = sorted(connection.names)
        connection.say({"result": result, "id": asked.get("id")})

    def subscribe(self, connection: Connection, names: list[str]) -> None:
        """Let a connection hear streams."""
        for name in names:
            connection.names.add(name)
            self.listeners[name].add(connection)
        self._joined.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so that changes only when somebody joins a stream."""
        while not is_so():
            self._joined.clear()
            await self._joined.wait()

    def send(self, name: str, payload: bytes, *, known_as: str = "") -> None:
        """Send one message to a stream's listeners; the script of faults looks at it first."""
        if not self.listeners.get(name):
            return
        fault = self.faults.take(known_as or name, payload) if self.faults.script else None
        if fault is not None:
            self._ill(fault, name, payload)
            return
        self.deliver(name, payload)
        if self._held and name in self._held:
            self.deliver(name, self._held.pop(name))

    def deliver(self, name: str, payload: bytes) -> None:
        """Send one message, whatever the script says."""
        plain = combined = b""
        for connection in tuple(self.listeners.get(name, ())):
            if connection.is_combined:
                combined = combined or frame(wrapped(name, payload))
                connection.write(combined)
            else:
                plain = plain or frame(payload)
                connection.write(plain)

    def _ill(self, fault: StreamFault, name: str, payload: bytes) -> None:
        loop = asyncio.get_running_loop()
        if fault.action == "garbage":
            for connection in tuple(self.listeners[name]):
                connection.write(frame(fault.text.encode()))
        elif fault.action == "half":
            for connection in tuple(self.listeners[name]):
                connection.write(frame(payload[: len(payload) // 2]))
        elif fault.action in ("torn", "reset"):
            for connection in tuple(self.listeners[name]):
                if fault.action == "torn":
                    connection.write(frame(payload)[: len(payload) // 2])
                reset(connection.transport)
        elif fault.action == "close":
            self.close(name, fault.code)
        elif fault.action == "duplicate":
            self.deliver(name, payload)
            self.deliver(name, payload)
        elif fault.action == "reorder":
            self._held[name] = payload
        elif fault.action == "delay":
            loop.call_later(fault.ms / 1_000, self.deliver, name, payload)
        elif fault.action == "shift":
            self.deliver(name, shifted(payload, fault.ms))

    def close(self, name: str, code: int = 1001) -> None:
        """Close every connection that hears a stream."""
        for connection in tuple(self.listeners.get(name, ())):
            self._venue.spawn(connection.ws.close(code=code))

    def reset_all(self) -> None:
        """Break every connection, as a network would."""
        for connection in tuple(self.connections):
            reset(connection.transport)

    def user(self, event: dict[str, Any]) -> None:
        """Tell the account's own stream, after `user_delay_ms`."""
        name = self._venue.listen_keys.current
        if not name or not self.listeners.get(name):
            return
        payload = msgspec.json.encode(event)
        if self.user_delay_ms:
            loop = asyncio.get_running_loop()
            loop.call_later(self.user_delay_ms / 1_000, lambda: self.send(name, payload, known_as=USER))
        else:
            self.send(name, payload, known_as=USER)

    def key_expired(self, key: str) -> None:
        """Tell the user stream that its key is over; it hears nothing any more, and stays connected."""
        now_ms = self._venue.clock.now_ms()
        event = {"e": "listenKeyExpired", "E": str(now_ms), "listenKey": key}
        self.send(key, msgspec.json.encode(event), known_as=USER)
        self.listeners.pop(key, None)

    def raw(self, name: str, text: str | bytes) -> None:
        """Send any text to a stream's listeners, as it is."""
        data = text.encode() if isinstance(text, str) else text
        for connection in tuple(self.listeners.get(name, ())):
            connection.write(frame(data))

    async def flood(self, symbol: str, per_s: int, seconds: float) -> int:
        """Send that many best prices a second for so long, whatever the script says; how many were sent."""
        return await flood(self._venue, symbol, per_s, seconds)

    def quoted(self, symbol: str) -> None:
        """A new touch."""
        low = symbol.lower()
        venue, rules, now_ms = self._venue, self._venue.rules[symbol], self._venue.clock.now_ms()
        book = venue.market.books[symbol]
        named = f"{low}@bookTicker"
        if self.listeners.get(named) or self.listeners.get("!bookTicker"):
            payload = bodies.book_ticker(rules, book, now_ms)
            self.send(named, payload)
            self.send("!bookTicker", payload)
        depths = [name for name in self.listeners if name.startswith(f"{low}@depth") and self.listeners[name]]
        if depths:
            rows = depth_rows(venue, rules, LEVELS)
            payload = msgspec.json.encode(self._diffs.update(rules, book, rows=rows, now_ms=now_ms))
            for name in depths:
                self.send(name, payload)

    def traded(self, symbol: str, made: Print) -> None:
        """A trade, of others or ours."""
        low, rules, now_ms = symbol.lower(), self._venue.rules[symbol], self._venue.clock.now_ms()
        for name, body in ((f"{low}@trade", bodies.trade), (f"{low}@aggTrade", bodies.agg_trade)):
            if self.listeners.get(name):
                self.send(name, msgspec.json.encode(body(rules, made, now_ms)))

    def marked(self, symbol: str) -> None:
        """Marks are told each second, not as they change."""

    def tell_marks(self) -> None:
        """Send every symbol's mark price, and all of them together."""
        venue, now_ms, next_ms = self._venue, self._venue.clock.now_ms(), self._venue.market.next_funding_ms()
        rows = []
        for symbol, book in venue.market.books.items():
            row = bodies.mark_price(venue.rules[symbol], book, now_ms=now_ms, next_ms=next_ms)
            rows.append(row)
            payload = msgspec.json.encode(row)
            self.send(f"{symbol.lower()}@markPrice@1s", payload)
            self.send(f"{symbol.lower()}@markPrice", payload)
        for name in ("!markPrice@arr@1s", "!markPrice@arr"):
            self.send(name, msgspec.json.encode(rows))
