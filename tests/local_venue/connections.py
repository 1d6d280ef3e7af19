"""One websocket connection: what it subscribed to, and how bytes reach it."""

import asyncio
import time
from collections.abc import Iterable
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from tests.local_venue.frames import PING, frame

BUFFER_LIMIT = 32 * 1024 * 1024
PREFIXES = ("/public", "/market", "/private", "/pm")


class Connection:
    """A listener. `is_combined` wraps every message with its stream's name, as `/stream` does."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport, *, is_combined: bool, path: str) -> None:
        self.ws, self.transport, self.is_combined, self.path = ws, transport, is_combined, path
        self.names: set[str] = set()
        self.heard_s = time.monotonic()
        self.sent = 0

    def write(self, data: bytes) -> None:
        """Send whole frames; whoever does not read them is dropped."""
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > BUFFER_LIMIT:
            self.transport.abort()
            return
        self.transport.write(data)
        self.sent += 1

    def ping(self, now_ms: int) -> None:
        """A server's ping; its text is the time, as the real one's."""
        self.write(frame(str(now_ms).encode(), PING))

    def say(self, message: object) -> None:
        """One message that belongs to no stream."""
        self.write(frame(msgspec.json.encode(message)))


def wrapped(name: str, payload: bytes) -> bytes:
    """A message as `/stream` sends it."""
    return b'{"stream":"' + name.encode() + b'","data":' + payload + b"}"


def asked_for(path: str, query: str) -> tuple[bool, Iterable[str]] | None:
    """Whether a path is a combined stream, and the names in it; null where it is no stream at all.

    ccxt numbers its connections (`/public/ws/0`): a name of digits is none.
    """
    for prefix in PREFIXES:
        path = path.removeprefix(prefix)
    given = parse_qs(query)
    key = given.get("listenKey", [])
    if path == "/stream" or path.startswith("/stream/"):
        return True, [*"/".join(given.get("streams", [])).split("/"), *key]
    if path == "/ws" or path.startswith("/ws/"):
        names = [name for name in path.removeprefix("/ws").split("/") if not name.isdigit()]
        return False, [*names, *key]
    return None
