"""A loopback TLS server that answers as a script says, byte for byte, and keeps a log of what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

from executor.clock import WallClock
from executor.settings import Venue
from executor.wire.access import Access
from executor.wire.secrets import key_of
from tests.executor.wire.authority import certified

HOSTS = (
    "fapi.binance.com",
    "demo-fapi.binance.com",
    "api.binance.com",
    "api.bybit.com",
    "api-demo.bybit.com",
    "www.okx.com",
    "api.hyperliquid.xyz",
)


class Asked(msgspec.Struct, frozen=True):
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def params(self) -> dict[str, str]:
        """Query and form together, decoded."""
        return dict(parse_qsl(f"{self.query}&{self.body.decode()}"))


class Says(msgspec.Struct, frozen=True):
    """Bytes to write, and what is done with the connection then."""

    data: bytes = b""
    then: Literal["keep", "close", "abort", "hang"] = "keep"


Script = Callable[[Asked], Says]


def says(body: Any, status: int = 200, then: Any = "keep", **headers: str) -> Says:
    """A whole HTTP answer; what is not bytes is written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": "application/json", "Content-Length": str(len(content))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return Says(f"HTTP/1.1 {status} Word\r\n{head}\r\n".encode() + content, then)


class Server:
    """The running script. `log` has every request in order of arrival."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.log: list[Asked] = []
        self.connections = 0
        self.venue = Venue()
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                asked = await read_request(reader)
                self.log.append(asked)
                answer = self.script(asked)
                writer.write(answer.data)
                if answer.then == "abort":
                    writer.transport.abort()
                    return
                await writer.drain()
                if answer.then == "hang":
                    await asyncio.sleep(3_600)
                if answer.then == "close":
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """Break every kept connection, as a balancer does that restarts."""
        for writer in tuple(self._writers):
            writer.transport.abort()


async def read_request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    return Asked(method, path, query, headers, body)


@asynccontextmanager
async def scripted(folder: Path, script: Script, **settings: Any) -> AsyncIterator[Server]:
    """A server on a free port; `venue` of it are the settings that lead there."""
    ca_file, context = certified(folder, *HOSTS)
    server = Server(script)
    running = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    port = running.sockets[0].getsockname()[1]
    server.venue = Venue(route=f"127.0.0.1:{port}", ca_file=ca_file, **{"timeout_ms": 60_000, **settings})
    try:
        yield server
    finally:
        running.close()
        server.hang_up()


def access_to(server: Server, venue: str = "binanceusdm", mode: Any = "live", password: str = "") -> Access:
    """An account at the scripted venue, with a key that is nobody's."""
    key = key_of("an-api-key-of-nobody", "a-secret-of-nobody", password)
    if venue == "hyperliquid":
        key = key_of("0x" + "12" * 20, "0x" + "34" * 32)
    return Access(venue=venue, mode=mode, settings=server.venue, key=key, clock=WallClock())
