"""A cassette as the venue: doors that answer by what was recorded, at the time it was, and streams that say what they said.

Nothing is connected to. What was never asked on the recording gets an answer that says so, and is told of.
"""

import asyncio
import contextlib
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

import aiohttp
import msgspec
import yarl
from multidict import CIMultiDict

from executor.errors import HedgeError
from executor.settings import Venue
from executor.wire.cassettes.hiding import Hiding
from executor.wire.cassettes.identity import identity
from executor.wire.cassettes.lines import Line
from executor.wire.cassettes.passage import Passage
from executor.wire.cassettes.reading import Cassette
from executor.wire.cassettes.shelf import MOVED_US, Found, Shelf
from executor.wire.door import Recorder
from executor.wire.reply import Reply, Request
from executor.wire.streams.socket import LOST
from executor.wire.streams.user import NAME as PRIVATE
from executor.wire.waiting import Gate

TIMELY = frozenset({"up", "fail", "frame", "alive", "down", "loop", "stop"})
STRANGE = "not on the cassette"
OURS = re.compile(r"silent|no answer to a ping|renewal|listen key|books differ")
"""Ends of a stream that the executor itself decides on; it will do so again."""

CLOSED = re.compile(r"closed by the venue: code (\d+|None) '?(.*?)'?$")
PATIENCE_US = 1_000_000
MILLIS = re.compile(r"(?<![0-9.])[0-9]{13}(?![0-9.])")
SHORT, PRESENT_US = 256, 5_000_000


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

    def opener(self, _: Venue) -> "PlayedDoor":
        """A door onto the recording."""
        return PlayedDoor(self)

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

    def found(self, request: Request, *, is_gated: bool) -> Found | None:
        """What the recording has to a request."""
        asked = self._hiding.asked(request, is_gated=is_gated)
        if not self.is_ready():
            found = self.shelf.nearest(asked, self.passage.now_us())
        else:
            found = self.shelf.find(asked, self.passage.now_us())
            self._sent.set()
        if found is None and not self.is_over:
            self.missing.append(identity(asked))
        return found


class PlayedDoor:
    """Connections to a recording."""

    recorder: Recorder | None = None

    def __init__(self, player: Player) -> None:
        self._player, self._passage = player, player.passage
        self.seed = player.seed

    async def ask(self, request: Request, gate: Gate | None = None) -> Reply:
        """What was answered when this was asked, at the time it was."""
        gate = gate if request.body is not None else None
        found = self._player.found(request, is_gated=gate is not None)
        if found is None:
            return strange(request)
        question = found.question
        if question is not None:
            await self._passage.until(question.asked_us, question.place)
            if question.asked.is_gated and question.left_us is None and question.answered is not None:
                gate = None  # it never left
        if gate is not None and not await self._left(gate):
            return Reply(failure="refused")
        return await self._answer(found)

    async def _left(self, gate: Gate) -> bool:
        """Whether the gate opened; that it waits for the disk costs no time."""
        try:
            with self._passage.standing_still():
                await gate()
        except (HedgeError, OSError):
            return False
        return True

    async def _answer(self, found: Found) -> Reply:
        answered, question = found.answered, found.question
        if answered is None:
            await asyncio.get_running_loop().create_future()  # the recording ended before it was answered
        assert answered is not None
        due_us = self._passage.now_us() + (answered.elapsed_us if self._player.is_ready() else 0)
        if question is not None and question.answered_us >= self._passage.now_us():
            due_us = question.answered_us
        await self._passage.until(due_us, 0 if question is None else question.place)
        text = self._player.renamed(answered.body)
        if question is None and len(text) <= SHORT:
            text = brought_forward(text, found.answered_us, self._passage.now_us())
        body = answered.packed if answered.packed is not None else text.encode()
        headers = CIMultiDict(answered.headers)
        return Reply(status=answered.status, headers=headers, body=body, failure=answered.failure, elapsed_us=answered.elapsed_us)

    async def listen(self, name: str, url: str) -> "PlayedPipe":  # noqa: ARG002 - a recorded stream goes by its name
        """The stream as it was; raises what it raised."""
        return PlayedPipe(await self._player.connected(name), self._player, is_market=name != PRIVATE)

    async def close(self) -> None:
        """Nothing is held."""


class PlayedPipe:
    """One recorded stream. Pings need no answer: those that were answered are on the recording."""

    def __init__(self, spoken: Spoken, player: Player, *, is_market: bool) -> None:
        self._spoken, self._player, self._passage, self._is_market = spoken, player, player.passage, is_market
        self._is_over = False

    async def receive(self) -> aiohttp.WSMessage:
        """The next message, when it came."""
        while not self._is_over and not self._spoken.said:
            self._spoken.news.clear()
            await self._spoken.news.wait()
        if self._is_over:
            return aiohttp.WSMessage(aiohttp.WSMsgType.CLOSED, None, None)
        said = self._spoken.said[0]
        if said.kind != "frame+" or not self._passage.follows(said.ts_us):
            await self._passage.until(said.ts_us, said.number, is_market=self._is_market)
        if not self._is_market:
            await self._player.caused(said.text, said.ts_us)
        self._spoken.said.popleft()
        if said.kind == "alive":
            return aiohttp.WSMessage(aiohttp.WSMsgType.PONG, b"", None)
        if said.kind != "down":
            return aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, self._player.renamed(said.text), None)
        self._is_over = True
        if OURS.match(said.text):
            await self._passage.until(said.ts_us + PATIENCE_US)
        return ending(said.text)

    async def send_str(self, data: str) -> None:
        """What is subscribed to is on the recording."""

    async def ping(self) -> None:
        """See above."""

    async def pong(self, message: bytes = b"") -> None:
        """Nobody asks."""

    async def close(self) -> bool:
        """Listen no more."""
        self._is_over = self._spoken.was_left = True
        self._spoken.news.set()
        return True


def brought_forward(text: str, from_us: int, to_us: int) -> str:
    """A short answer given at another time: what it calls the present (in milliseconds) is the present now, as of a clock."""

    def moved(match: re.Match[str]) -> str:
        told_ms = int(match[0])
        return str(told_ms + (to_us - from_us) // 1_000) if abs(told_ms * 1_000 - from_us) <= PRESENT_US else match[0]

    return MILLIS.sub(moved, text)


def strange(request: Request) -> Reply:
    """The answer to what is not on the recording: a reading gets a whole one that is no good, whatever changes something never leaves."""
    if request.method != "GET":
        return Reply(failure="refused")
    return Reply(status=404, body=STRANGE.encode())


def refusal(reason: str) -> Exception:
    """What kept a stream from being connected."""
    status = reason.removeprefix("connect: status ")
    if status.isdecimal():
        about = aiohttp.RequestInfo(yarl.URL("wss://recorded"), "GET", CIMultiDict(), yarl.URL("wss://recorded"))  # type: ignore[arg-type]
        return aiohttp.WSServerHandshakeError(about, (), status=int(status))
    return TimeoutError(reason) if "Timeout" in reason else ConnectionError(reason)


def ending(reason: str) -> aiohttp.WSMessage:
    """The end of a stream, so that it is told for the same reason."""
    closed = CLOSED.match(reason)
    if closed is not None:
        code = int(closed[1]) if closed[1].isdecimal() else None
        return aiohttp.WSMessage(aiohttp.WSMsgType.CLOSE, code, closed[2])
    if reason.startswith("bad frame: binary"):
        return aiohttp.WSMessage(aiohttp.WSMsgType.BINARY, b"", None)
    if reason.startswith("bad frame: error"):
        return aiohttp.WSMessage(aiohttp.WSMsgType.ERROR, ConnectionError(LOST), None)
    return aiohttp.WSMessage(aiohttp.WSMsgType.CLOSED, None, None)
