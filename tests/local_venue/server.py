"""One loopback port for every host name: finds the route, counts it, checks who asks, lets faults have their way, answers.

A websocket is a request like others: faults can refuse it, reset it, or let it wait.
"""

import asyncio
import ssl
import sys
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from tests.local_venue.inflicting import Answer, inflict, respond
from tests.local_venue.refusals import Refusal, refuse
from tests.local_venue.routes import Route, route_of
from tests.local_venue.shapes import Call, Seen
from tests.local_venue.signing import is_too_late, require_key, require_signed, unsigned

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

KEPT_HEADERS = ("User-Agent", "Content-Type")
NOT_FOUND = Answer(404, b"<html><head><title>404 Not Found</title></head></html>", {}, "text/html")


class Server:
    """Answers requests of one venue."""

    def __init__(self, venue: "LocalVenue") -> None:
        self._venue = venue
        self._web = web.Server(self._handle, handler_cancellation=True, access_log=None, keepalive_timeout=75)
        self._listening: asyncio.Server | None = None

    async def start(self, context: ssl.SSLContext, port: int) -> int:
        """Listen on the loopback; the port."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._web, "127.0.0.1", port, ssl=context, backlog=1_024)
        return int(self._listening.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Break every connection, hanging requests too, and wait until all sockets are closed."""
        if self._listening is None:
            return
        self._listening.close()
        for handler in self._web.connections:
            if handler.transport is not None:
                handler.transport.abort()
        await self._web.shutdown(0.1)
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                await _let_go(self._listening)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        venue = self._venue
        is_stream = request.headers.get("Upgrade", "").lower() == "websocket"
        text = (await request.read()).decode("utf-8", "replace") if request.can_read_body else ""
        call = _call(request, text, venue.clock.now_ms())
        venue.log.append(call.seen)
        venue.arrived(call.seen)
        if venue.latency_ms:
            await asyncio.sleep(venue.latency_ms / 1_000)
        fault = venue.faults.take(call.seen)
        if is_stream and (fault is None or fault.action in ("headers", "slow", "late")):
            await asyncio.sleep(0 if fault is None else fault.ms / 1_000)
            return await venue.streams.serve(request)
        if fault is None:
            return respond(self.carry(call))
        carry = self.carry_late if fault.action == "late" else self.carry
        return await inflict(fault, carry, call, request)

    def carry(self, call: Call) -> Answer:
        """Do what a request asks, and its true answer."""
        seen = call.seen
        route = route_of(seen.method, seen.host, seen.path)
        if route is None:
            return NOT_FOUND
        headers: dict[str, str] = {}
        try:
            headers = self._venue.limits.spend(self._venue.clock.now_ms(), route.cost(call), is_order=route.is_order)
            self._admit(route, call)
            body = route.carry(self._venue, call)
        except Refusal as refused:
            return Answer(refused.status, msgspec.json.encode(refused.body()), headers | refused.headers)
        return Answer(200, msgspec.json.encode(body), headers)

    def carry_late(self, call: Call) -> Answer:
        """The same for a request that was long under way: the matching engine looks at its window once more (-5028)."""
        if is_too_late(call, self._venue.clock.now_ms()):
            return Answer(400, msgspec.json.encode(refuse(-5028).body()), {})
        return self.carry(call)

    def _admit(self, route: Route, call: Call) -> None:
        venue = self._venue
        if route.who == "signed":
            require_signed(call, venue.key, venue.verify, venue.clock.now_ms())
        elif route.who == "key":
            require_key(call, venue.key)


async def _let_go(listening: asyncio.Server) -> None:
    if sys.version_info >= (3, 12):
        await listening.wait_closed()
        return
    while listening._active_count:  # noqa: ASYNC110 - before 3.12 `wait_closed` does not wait for connections, and nothing else tells
        await asyncio.sleep(0.001)


def _call(request: web.BaseRequest, text: str, now_ms: int) -> Call:
    path, _, query = request.raw_path.partition("?")
    params = dict(parse_qsl(query, keep_blank_values=True))
    if text:
        params |= dict(parse_qsl(text, keep_blank_values=True))
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    host = request.headers.get("Host", "").partition(":")[0]
    seen = Seen(now_ms, request.method, host, path, params, headers)
    return Call(seen, unsigned(query) + unsigned(text), request.headers.get("X-MBX-APIKEY", ""))
