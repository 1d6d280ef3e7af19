"""A cassette as the venue: doors that answer by what was recorded, at the time it was, and streams that say what they said.

Nothing is connected to. What was never asked on the recording gets an answer that says so, and is told of.
"""

import asyncio
import re

import aiohttp
from multidict import CIMultiDict

from executor.errors import HedgeError
from executor.wire.cassettes.player import PATIENCE_US, Player, Spoken
from executor.wire.cassettes.shelf import Found
from executor.wire.door import Recorder
from executor.wire.reply import Reply, Request
from executor.wire.streams.socket import LOST
from executor.wire.streams.user import NAME as PRIVATE
from executor.wire.waiting import Gate

STRANGE = "not on the cassette"
OURS = re.compile(r"silent|no answer to a ping|renewal|listen key|books differ")
"""Ends of a stream that the executor itself decides on; it will do so again."""

CLOSED = re.compile(r"closed by the venue: code (\d+|None) '?(.*?)'?$")
MILLIS = re.compile(r"(?<![0-9.])[0-9]{13}(?![0-9.])")
SHORT, PRESENT_US = 256, 5_000_000


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
            if gate is not None and self._player.is_ending and await self._left(gate):
                await never()
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
            await never()
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


async def never() -> None:
    """The recording ended before it was answered."""
    await asyncio.get_running_loop().create_future()


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
