"""Where everything that is said to a venue and heard of it passes: one door a connection's owner, whatever is behind it.

`wire.client.Client` opens onto the venue; `wire.cassettes.playing` onto a recording of one.
"""

from collections.abc import Callable
from typing import Protocol

import aiohttp

from executor.settings import Venue
from executor.wire.reply import Reply, Request
from executor.wire.streams.shapes import Rebuild
from executor.wire.waiting import Gate


class Pipe(Protocol):
    """One websocket, as `aiohttp.ClientWebSocketResponse` is one."""

    async def send_str(self, data: str) -> None:
        """Say something."""
        ...

    async def receive(self) -> aiohttp.WSMessage:
        """The next message, whatever its type; after the end always an end."""
        ...

    async def ping(self) -> None:
        """Ask whether somebody is there."""
        ...

    async def pong(self, message: bytes = b"") -> None:
        """Answer the same question."""
        ...

    async def close(self) -> bool:
        """End it."""
        ...


class Recorder(Protocol):
    """Who keeps what passes a door. Every call returns at once, whatever becomes of what it keeps."""

    @property
    def seed(self) -> int:
        """What chance is made from, so that a recording can be played."""
        ...

    def asked(self, request: Request, *, is_gated: bool) -> int:
        """A request is about to be made; gives its number. One that `is_gated` leaves only when that is told."""
        ...

    def left(self, question: int) -> None:
        """The gate opened."""
        ...

    def answered(self, question: int, reply: Reply) -> None:
        """What came of it."""
        ...

    def connected(self, name: str) -> None:
        """A stream was connected."""
        ...

    def failed(self, name: str, reason: str) -> None:
        """A stream could not be connected."""
        ...

    def flowed(self, rebuild: Rebuild) -> None:
        """News comes on a stream (again)."""
        ...

    def heard(self, name: str, ts_us: int, raw: str) -> None:
        """A message came on a stream, at this time of the executor's clock."""
        ...

    def alive(self, name: str) -> None:
        """A ping was answered, or one came."""
        ...

    def ended(self, name: str, reason: str) -> None:
        """A stream ended, for this reason."""
        ...


class Door(Protocol):
    """One owner's connections."""

    @property
    def recorder(self) -> Recorder | None:
        """Who keeps what passes; null where nobody does."""
        ...

    @property
    def seed(self) -> int:
        """What chance in its connections is made from."""
        ...

    async def ask(self, request: Request, gate: Gate | None = None) -> Reply:
        """Make one request, once; never raises for what the venue or the network did."""
        ...

    async def listen(self, name: str, url: str) -> Pipe:
        """Connect a stream. Raises what aiohttp raises, or OSError."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


Opener = Callable[[Venue], Door]
"""Makes the connections that settings describe, in the running loop."""
