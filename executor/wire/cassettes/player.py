"""Plays one cassette: says on its streams what was said when it was, and knows what was answered to what."""

import asyncio
import contextlib
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

import aiohttp
import msgspec
import yarl
from multidict import CIMultiDict

from executor.wire.cassettes.hiding import Hiding
from executor.wire.cassettes.identity import identity
from executor.wire.cassettes.lines import Line
from executor.wire.cassettes.passage import Passage
from executor.wire.cassettes.reading import Cassette
from executor.wire.cassettes.shelf import MOVED_US, Found, Shelf
from executor.wire.reply import Request
from executor.wire.streams.user import NAME as PRIVATE

TIMELY = frozenset({"up", "fail", "frame", "alive", "down", "loop", "stop"})
"""Lines that are waited for; the others are no news to whoever plays them."""

PATIENCE_US = 1_000_000
"""A stream that the executor left itself is over on the recording within this."""


LAST_US = 50_000
"""What is asked so shortly before the end of a recording may have been asked after it: a torn one ends in mid-sentence."""


class Hands(msgspec.Struct, frozen=True):
    """What a recording tells beside the venue: the operator's order (JSON), and that the end was asked for."""

    operator: Callable[[str], None]
    stop: Callable[[str], None]


class Said(msgspec.Struct, frozen=True, gc=False):
    """Something that came on a stream: when, the number of its line, its kind and text."""

    ts_us: int
    number: int
    kind: str
    text: str


class Spoken:
    """One recorded connection: what came on it and was not taken yet, and whether who listened left it."""

    def __init__(self) -> None:
        self.said: deque[Said] = deque()
        self.news = asyncio.Event()
        self.was_left = False

    def say(self, said: Said) -> None:
        """Put something in line."""
        self.said.append(said)
        self.news.set()


class Player:
    """Plays one cassette in a passage of time. `missing` is what was asked and is not on it, `is_over` once its end was reached: what is
    asked from there on is no difference.

    `is_ready` says whether who plays it has got as far as the recording is at its beginning. Until then questions take no time, and
    none is used up.
    """

    def __init__(self, cassette: Cassette, passage: Passage, hiding: Hiding) -> None:
        self.shelf = Shelf(cassette.questions, cassette.answers, cassette.loops[0].ts_us if cassette.loops else cassette.ends_us)
        self.missing: list[str] = []
        self.is_ready: Callable[[], bool] = lambda: True
        self._sent = asyncio.Event()
        self.is_over = False
        self.passage = passage
        self.seed = cassette.head.seed
        self._cassette, self._hiding = cassette, hiding
        self._open: dict[str, Spoken | None] = {}
        self._waiting: dict[str, list[asyncio.Future[Spoken]]] = {}

    async def play(self, hands: Hands) -> None:
        """Say what was said when it was, to the end."""
        async with asyncio.TaskGroup() as tasks:
            ordering = tasks.create_task(self._order(hands))
            await self._say_all(hands)
            ordering.cancel()

    async def _order(self, hands: Hands) -> None:
        """The operator's orders are there when the executor looks for them, which it does after a loop."""
        for looked_us, order in self._cassette.orders:
            await self.passage.until(looked_us)
            hands.operator(order)

    async def _say_all(self, hands: Hands) -> None:
        self._open |= {name: Spoken() for name in self._cassette.flowing}
        for number, line in self._cassette.again():
            if line.kind == "frame+" or (line.kind == "frame" and line.name != PRIVATE):
                self._say(line, number)
                continue
            if line.kind not in TIMELY:
                continue
            await self.passage.until(line.ts_us, number)
            if line.kind == "stop":
                hands.stop(line.text)
            else:
                self._say(line, number)
        await self.passage.until(self._cassette.ends_us, self._cassette.lines)
        self.is_over = True

    def _say(self, line: Line, number: int) -> None:
        name = line.name
        match line.kind:
            case "up":
                self._open[name] = spoken = Spoken()
                for waiting in self._waited_for(name):
                    waiting.set_result(spoken)
            case "fail":
                for waiting in self._waited_for(name):
                    waiting.set_exception(refusal(line.text))
            case "frame" | "frame+" | "alive" | "down":
                spoken_to = self._open.get(name)
                if spoken_to is not None:
                    spoken_to.say(Said(line.ts_us, number, line.kind, line.text))
                if line.kind == "down":
                    self._open[name] = None
            case _:
                return

    def _waited_for(self, name: str) -> list[asyncio.Future[Spoken]]:
        return [waiting for waiting in self._waiting.pop(name, []) if not waiting.done()]

    def renamed(self, text: str) -> str:
        """A text of the recording with the names that our orders have now."""
        for ours, theirs in self.shelf.moved.items():
            text = text.replace(theirs, ours)
        return text

    async def caused(self, text: str, ts_us: int) -> None:
        """No venue tells of an order before it was sent: wait for that, but not for ever."""
        while self.shelf.awaits(text) and self.passage.now_us() < ts_us + MOVED_US:
            self._sent.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(MOVED_US / 1e6):
                    await self._sent.wait()

    async def connected(self, name: str) -> Spoken:
        """The recorded connection of a stream, as soon as there is one; raises what kept it from being made.

        Where one was left that is over on the recording soon as well, the next one is meant.
        """
        spoken = self._open.get(name)
        if spoken is not None and not (spoken.was_left and self._ends_soon(name)):
            return spoken
        waiting: asyncio.Future[Spoken] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(waiting)
        return await waiting

    def _ends_soon(self, name: str) -> bool:
        ends, now_us = self._cassette.ends_of.get(name, []), self.passage.now_us()
        at = bisect_left(ends, now_us)
        return at < len(ends) and ends[at] <= now_us + PATIENCE_US

    @property
    def is_ending(self) -> bool:
        """Whether what is not on the recording may be so because it ended."""
        return self.is_over or self.passage.now_us() >= self._cassette.ends_us - LAST_US

    def found(self, request: Request, *, is_gated: bool) -> Found | None:
        """What the recording has to a request."""
        asked = self._hiding.asked(request, is_gated=is_gated)
        if not self.is_ready():
            found = self.shelf.nearest(asked, self.passage.now_us())
        else:
            found = self.shelf.find(asked, self.passage.now_us())
            self._sent.set()
        if found is None and not self.is_ending:
            self.missing.append(identity(asked))
        return found


def refusal(reason: str) -> Exception:
    """What kept a stream from being connected."""
    status = reason.removeprefix("connect: status ")
    if status.isdecimal():
        about = aiohttp.RequestInfo(yarl.URL("wss://recorded"), "GET", CIMultiDict(), yarl.URL("wss://recorded"))  # type: ignore[arg-type]
        return aiohttp.WSServerHandshakeError(about, (), status=int(status))
    return TimeoutError(reason) if "Timeout" in reason else ConnectionError(reason)
