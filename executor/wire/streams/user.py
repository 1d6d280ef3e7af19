"""What an account's private stream tells: orders, trades, balances; and when it could not be trusted.

key ─▶ connect ─▶ owner.connected (reconcile now; what comes meanwhile is told at once) ─▶ facts … ─▶ owner.lost ─▶ key …

Facts go to the owner by callback, in the order of their coming and from the task that reads the socket: there is no second queue
in which one could wait, be reordered or be lost, and only the owner knows when its snapshot is complete, so it alone can hold
facts back until then. A callback must return soon and may not await.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import aiohttp
import msgspec

from executor.errors import HedgeError
from executor.protocol.facts import UserFact
from executor.wire.door import Door
from executor.wire.streams.line import Line, Patience
from executor.wire.streams.shapes import Answer, Counts, Passed, Rebuild
from executor.wire.streams.socket import Socket

NAME = "private"
FACT = "fact"
AGAIN_S = 60.0
TRIES = 3
KEY_TIMEOUT_S = 2.5


class KeyExpired(msgspec.Struct, frozen=True):
    """The venue says that the key of a stream is good no more."""


UserNews = tuple[UserFact, ...] | KeyExpired


class UserDialect(Protocol):
    """How a venue addresses a private stream, and what it says on it."""

    def path(self, key: str) -> str:
        """Where the stream of a key is, below `base_url`."""
        ...

    def read(self, raw: str) -> UserNews | Answer | Passed:
        """What a message says; raises `BadFrame`."""
        ...


class UserOwner(Protocol):
    """Who wants to know. A trade may be told more than once: its number says so."""

    def connected(self, rebuild: Rebuild) -> None:
        """The stream was made, for the first time or again: nothing since `from_us` is known until the books are compared."""
        ...

    def lost(self, reason: str) -> None:
        """Nothing is heard from here on."""
        ...

    def fact(self, fact: UserFact, ts_us: int) -> None:
        """Something happened; `ts_us` is its arrival."""
        ...


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Where stream keys come from: `new_key` gives one (also the one in force), `keep_key` makes it last. Both raise `HedgeError` or
    what aiohttp raises where the venue does not answer. `keep_s` is the time between two keepings; Binance lets a key die in 60 min."""

    new_key: Callable[[], Awaitable[str]]
    keep_key: Callable[[str], Awaitable[None]]
    keep_s: float = 25 * 60.0


class UserTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Where, and with how much patience. A quiet account says nothing for hours, so that silence proves nothing: a ping must be
    answered, and the stream is rebuilt when nothing at all came for `silence_s`."""

    base_url: str
    silence_s: float = 5.0
    patience: Patience = Patience()


class UserStream:
    """One account's private stream. `run` goes on until cancelled."""

    def __init__(
        self,
        door: Door,
        dialect: UserDialect,
        terms: UserTerms,
        keys: Keys,
        *,
        owner: UserOwner,
        now_us: Callable[[], int],
    ) -> None:
        self._dialect, self._terms, self._keys, self._owner = dialect, terms, keys, owner
        self._key = ""
        patience = msgspec.structs.replace(terms.patience, ping_s=terms.silence_s * 2 / 3)  # and half as long for the answer
        line = Line(name=NAME, address=self._address, patience=patience, flows_open=True)
        self._socket: Socket[UserNews] = Socket(door, line, self, read=dialect.read, now_us=now_us)

    @property
    def counts(self) -> Counts:
        """What the connection went through."""
        return self._socket.counts

    @property
    def flows(self) -> bool:
        """Whether it is connected."""
        return self._socket.flows

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._socket.run())
            tasks.create_task(self._keep())

    def rebuild(self, reason: str) -> None:
        """Ask for a new connection with a new key, as when a comparison of the books shows that the stream said nothing."""
        self._socket.rebuild(reason)

    def take(self, news: UserNews, ts_us: int) -> str:
        """One message; gives its topic."""
        if isinstance(news, KeyExpired):
            self._socket.rebuild("listen key expired")
            return FACT
        for fact in news:
            self._owner.fact(fact, ts_us)
        return FACT

    def down(self, name: str, reason: str) -> None:  # noqa: ARG002 - there is one
        """The connection ended."""
        self._owner.lost(reason)

    def up(self, rebuild: Rebuild) -> None:
        """The connection was made."""
        self._owner.connected(rebuild)

    async def _address(self) -> str:
        self._key = await self._keys.new_key()
        return self._terms.base_url + self._dialect.path(self._key)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._keys.keep_s)
            if self._socket.flows and not await self._kept():
                self._socket.rebuild("listen key not kept")

    async def _kept(self) -> bool:
        for again in range(TRIES):
            if again:
                await asyncio.sleep(min(AGAIN_S, self._keys.keep_s))
            try:
                async with asyncio.timeout(KEY_TIMEOUT_S):
                    await self._keys.keep_key(self._key)
            except (aiohttp.ClientError, OSError, HedgeError):
                continue
            return True
        return False
