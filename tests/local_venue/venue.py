"""The local venue put together: start it in a loop, or in a thread of its own so that other processes can be killed against it."""

import asyncio
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Self, TypeVar

from tests.local_venue import events
from tests.local_venue.account import Account, Figures
from tests.local_venue.algos import Algos
from tests.local_venue.certificates import issue
from tests.local_venue.clock import VenueClock
from tests.local_venue.dead_man import DeadMan
from tests.local_venue.faults import Faults
from tests.local_venue.incidents import Incidents
from tests.local_venue.limits import Limits
from tests.local_venue.listen_keys import ListenKeys
from tests.local_venue.market import Market
from tests.local_venue.matching import Matching
from tests.local_venue.oracle import Oracle
from tests.local_venue.orders import Orders
from tests.local_venue.rules import rules_of
from tests.local_venue.server import Server
from tests.local_venue.shapes import Seen
from tests.local_venue.signing import by_secret
from tests.local_venue.streams import Streams
from tests.local_venue.visibility import NO_DELAYS

KEY = "localVenueKey" + "0123456789abcdef" * 3
SECRET = "localVenueSecret" + "fedcba9876543210" * 3  # of no other venue
LOG_KEPT = 200_000
PING_S = 180.0
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")

Result = TypeVar("Result")


class LocalVenue:
    """One venue with one account. Everything a test may look at or change is a public attribute; see each class for what it does.

    `delays` says, by endpoint (`order`, `openOrders`, `allOrders`, `userTrades`, `cancel`, `algoOrder`, `openAlgoOrders`, `income`),
    for how many milliseconds an order, trade or row stays unseen there. `verify` judges signatures (`signing.by_public_key` for
    Ed25519). `latency_ms` holds every request back.
    `log` is every request seen; `arrived` is called for each before anything is done about it.
    """

    def __init__(
        self, *, symbols: tuple[str, ...] = SYMBOLS, wallet: str = "10000", key: str = KEY, secret: str = SECRET,
        limits: Limits | None = None, seed: int = 7, port: int = 0, mark_s: float = 1.0,
    ) -> None:  # fmt: skip
        self.key, self.secret, self.verify = key, secret, by_secret(secret)
        self.chance = Random(seed)
        self.clock = VenueClock()
        self.rules = {symbol: rules_of(symbol) for symbol in symbols}
        self.market = Market(self.rules, self.clock)
        self.account = Account(rules=self.rules, market=self.market, clock=self.clock, wallet=Decimal(wallet))
        self.orders, self.oracle = Orders(), Oracle()
        self.matching = Matching(rules=self.rules, market=self.market, account=self.account, orders=self.orders, oracle=self.oracle)
        self.algos = Algos(self.matching)
        self.dead_man = DeadMan(self.clock, self.matching)
        self.listen_keys = ListenKeys(self.clock, self.chance)
        self.limits = limits or Limits()
        self.faults = Faults(Random(seed + 1))
        self.delays = dict(NO_DELAYS)
        self.log: deque[Seen] = deque(maxlen=LOG_KEPT)
        self.arrived: Callable[[Seen], None] = lambda _: None
        self.latency_ms = 0
        self.streams = Streams(self)
        self.incidents = Incidents(self)
        self.market.listeners = [self.streams, self.matching, self.algos]
        self.matching.tell = self.algos.tell = self.streams.user
        self.matching.printed = self.streams.traded
        self.listen_keys.expired = self.streams.key_expired
        self.port = port
        self._mark_s = mark_s
        self._server = Server(self)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="local-venue-"))
        self.ca_file, context = issue(self._folder)
        self.port = await self._server.start(context, self.port)
        self.spawn(self._beat())
        self.spawn(self._pings())
        return self

    async def __aexit__(self, *_: object) -> None:
        shutil.rmtree(self._folder)
        self.dead_man.close()
        self.streams.reset_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.stop()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let work go on beside everything; it ends with the venue."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def figures(self) -> Figures:
        """The account's sums now."""
        return self.account.figures(self.orders.resting)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Change a symbol's leverage, by request or by hand, and tell the user stream."""
        self.account.leverage[symbol] = leverage
        self.streams.user(events.config_update(self.clock.now_ms(), symbol=symbol, leverage=leverage))

    def sent(self, method: str, path: str) -> list[Seen]:
        """Requests seen of one kind, oldest first."""
        return [seen for seen in self.log if seen.method == method and seen.path == path]

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._mark_s)
            self.streams.tell_marks()
            self.listen_keys.look()

    async def _pings(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            for connection in tuple(self.streams.connections):
                connection.ping(self.clock.now_ms())


class Hosted:
    """A venue that runs in another thread of this process. Read its plain values freely; change it only by `call`."""

    def __init__(self, venue: LocalVenue, loop: asyncio.AbstractEventLoop) -> None:
        self.venue, self.loop = venue, loop
        self.port, self.ca_file = venue.port, venue.ca_file

    def call(self, function: Callable[..., Result], *args: Any, **named: Any) -> Result:
        """Call a function in the venue's thread, and its result."""

        async def inside() -> Result:
            return function(*args, **named)

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine in the venue's loop, and its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


@contextmanager
def running_in_thread(**options: Any) -> Iterator[Hosted]:
    """A venue in a background thread of this process, for tests that start and kill other processes against it."""
    ready: list[Hosted] = []
    is_up, stop = threading.Event(), asyncio.Event()

    async def live() -> None:
        async with LocalVenue(**options) as venue:
            ready.append(Hosted(venue, asyncio.get_running_loop()))
            is_up.set()
            await stop.wait()

    def body() -> None:
        try:
            asyncio.run(live())
        finally:
            is_up.set()

    thread = threading.Thread(target=body, name="local-venue", daemon=True)
    thread.start()
    is_up.wait()
    if not ready:
        raise RuntimeError("the local venue did not start; see the traceback of its thread")
    try:
        yield ready[0]
    finally:
        ready[0].loop.call_soon_threadsafe(stop.set)
        thread.join()
