"""One websocket connection that is kept alive: every message in order to its owner, every end of it told.

connect ─▶ subscribe ─▶ read ─▶ ended (silence, bad frame, close, no pong, renewal, asked) ─▶ wait ─▶ connect …

Nothing is queued here: a message is read, understood and handed on before the next one. Where its owner is slower than the venue,
messages wait in buffers of fixed size (aiohttp's and the kernel's) and then at the venue; what the owner cannot hold it must count.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Generic, TypeVar

import aiohttp

from executor.errors import HedgeError
from executor.wire.door import Door, Pipe
from executor.wire.passing import monotonic_s
from executor.wire.streams.line import Line, Owner
from executor.wire.streams.shapes import Answer, BadFrame, Counts, Ended, Passed, Rebuild, count

FIRST_WAIT_S = 0.25
STEADY_S = 5.0  # a connection that held so long has earned that its next one is made at once
GRACE_S = 0.05  # a loop that was blocked finds messages waiting: one turn to take them before silence is called
FAIR = 64  # so many messages at a stretch, then others have their turn
CLOSE_S = 0.25
LOST = "connection lost"

T = TypeVar("T")


class Socket(Generic[T]):
    """Keeps one line alive. `read` makes sense of a raw message; the door's recorder is shown it before, whatever it is."""

    def __init__(
        self,
        door: Door,
        line: Line,
        owner: Owner[T],
        *,
        read: Callable[[str], T | Answer | Passed],
        now_us: Callable[[], int],
    ) -> None:
        self.line = line
        self.counts = Counts()
        self._door, self._owner, self._read_raw, self._now_us, self._recorder = door, owner, read, now_us, door.recorder
        self._chance = random.Random(f"{door.seed} {line.name}")
        self._heard_s: dict[str, float] = {}
        self._alive_s = 0.0
        self._heard_us = now_us()
        self._flows = False
        self._reason = ""
        self._attempts = 0
        self._failures = 0
        self._asked = asyncio.Event()
        self._asked_why = ""

    @property
    def flows(self) -> bool:
        """Whether messages come."""
        return self._flows

    def rebuild(self, reason: str) -> None:
        """Ask for a new connection."""
        self._asked_why = reason
        self._asked.set()

    async def run(self) -> None:
        """Keep it alive until cancelled; raises only what is a mistake of ours."""
        while True:
            began_s = monotonic_s()
            self._attempts += 1
            reason = await self._live()
            self._fell(reason)
            held_s = monotonic_s() - began_s
            self._failures = 0 if held_s >= STEADY_S else self._failures + 1
            await asyncio.sleep(max(0.0, self._wait_s() - held_s))

    def _wait_s(self) -> float:
        """Nothing after a connection that held, and for the first attempt; then longer and longer, never the same for two."""
        if self._failures <= 1:
            return 0.0
        wait_s = min(self.line.patience.most_wait_s, FIRST_WAIT_S * 2.0 ** min(self._failures - 2, 16))
        return wait_s * self._chance.uniform(0.5, 1.0)

    async def _live(self) -> str:
        """One connection from its making to its end; gives the reason of that."""
        patience = self.line.patience
        self._asked.clear()
        try:
            async with asyncio.timeout(patience.connect_s):
                url = await self.line.address()
                ws = await self._door.listen(self.line.name, url)
        except aiohttp.WSServerHandshakeError as error:
            return self._unconnected(f"connect: status {error.status}")
        except (aiohttp.ClientError, OSError, HedgeError) as error:  # a timeout is an OSError
            return self._unconnected(f"connect: {type(error).__name__}")
        self.counts.rebuilds += 1
        if self._recorder is not None:
            self._recorder.connected(self.line.name)
        try:
            reason = await self._listen(ws)
        finally:
            await shut(ws)
        if self._recorder is not None:
            self._recorder.ended(self.line.name, reason)
        return reason

    def _unconnected(self, reason: str) -> str:
        self.counts.failed_connects += 1
        if self._recorder is not None:
            self._recorder.failed(self.line.name, reason)
        return reason

    async def _listen(self, ws: Pipe) -> str:
        self._alive_s = monotonic_s()
        self._heard_s = dict.fromkeys(self.line.patience.silence_s, self._alive_s)
        reason = ""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch())
                tasks.create_task(self._ping(ws))
                await self._talk(ws)
        except* Ended as group:
            reason = str(group.exceptions[0])
        return reason

    async def _talk(self, ws: Pipe) -> None:
        try:
            for greeting in self.line.greetings:
                await ws.send_str(greeting)
        except (aiohttp.ClientError, OSError) as error:
            raise Ended(f"subscribing: {type(error).__name__}") from error
        if self.line.flows_open:
            self._flow(self._now_us())
        await self._read(ws)

    async def _read(self, ws: Pipe) -> None:
        receive, now_us, counts, TEXT = ws.receive, self._now_us, self.counts, aiohttp.WSMsgType.TEXT  # noqa: N806
        monotonic = asyncio.get_running_loop().time
        while True:
            message = await receive()
            self._alive_s = monotonic()
            if message.type is not TEXT:
                await self._control(ws, message)
                continue
            counts.messages += 1
            self._understand(message.data, now_us())
            if counts.messages % FAIR == 0:
                await asyncio.sleep(0)

    def _understand(self, raw: str, ts_us: int) -> None:
        news: T | Answer | Passed | BadFrame
        try:
            news = self._read_raw(raw)
        except BadFrame as error:
            news = error
        is_news = not isinstance(news, (Answer, Passed, BadFrame))
        if is_news and not self._flows:
            self._flow(ts_us)
        if self._recorder is not None:
            self._recorder.heard(self.line.name, ts_us, raw)
        if isinstance(news, (Answer, Passed, BadFrame)):
            self._other(news)
            return
        self._heard_s[self._owner.take(news, ts_us)] = monotonic_s()
        self._heard_us = ts_us

    def _other(self, news: Answer | Passed | BadFrame) -> None:
        """What is no news, counted; ends the connection where it has to."""
        if isinstance(news, BadFrame):
            self.counts.bad_frames += 1
            raise news
        if isinstance(news, Passed):
            self.counts.passed += 1
            count(self.counts.kinds, news.kind)
        elif news.refusal:
            self.counts.refusals += 1
            raise Ended(f"subscription refused: {news.refusal}")

    async def _control(self, ws: Pipe, message: aiohttp.WSMessage) -> None:
        """Answer a ping; an answer to ours needs nothing; everything else is the end."""
        if message.type not in (aiohttp.WSMsgType.PONG, aiohttp.WSMsgType.PING):
            raise self._ending(message)
        if self._recorder is not None:
            self._recorder.alive(self.line.name)
        if message.type is aiohttp.WSMsgType.PONG:
            return
        try:
            await ws.pong(message.data)
        except (aiohttp.ClientError, OSError) as error:
            raise Ended(LOST) from error

    async def _ping(self, ws: Pipe) -> None:
        """Ask a venue that says nothing whether it is there. Only whole messages count: half a frame can grow for ever."""
        ping_s = self.line.patience.ping_s
        while True:
            await asyncio.sleep(max(GRACE_S, self._alive_s + ping_s - monotonic_s()))
            before_s = self._alive_s
            if monotonic_s() - before_s < ping_s:
                continue
            try:
                await ws.ping()
            except (aiohttp.ClientError, OSError) as error:
                raise Ended(LOST) from error
            await asyncio.sleep(ping_s / 2)
            await asyncio.sleep(GRACE_S)
            if self._alive_s == before_s:
                raise Ended("no answer to a ping")

    def _ending(self, message: aiohttp.WSMessage) -> Ended:
        """Why there are no more messages."""
        kind = message.type
        if kind is aiohttp.WSMsgType.CLOSE:
            return Ended(f"closed by the venue: code {message.data} {str(message.extra or '')[:80]!r}")
        if kind in (aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.BINARY):
            self.counts.bad_frames += 1
            return BadFrame(f"bad frame: {kind.name.lower()} {type(message.data).__name__}")
        return Ended(LOST)

    async def _watch(self) -> None:
        """Ends the connection when a topic is silent for too long, when its life is over, or when somebody asks."""
        patience = self.line.patience
        renewed_s = monotonic_s() + patience.life_s * self._chance.uniform(0.97, 1.0)
        while True:
            due_s, why = min(
                [(self._heard_s[topic] + most_s, topic) for topic, most_s in patience.silence_s.items()], default=(renewed_s, "")
            )
            if renewed_s < due_s:
                due_s, why = renewed_s, ""
            if await self._asked_before(due_s):
                raise Ended(self._asked_why)
            if not why:
                raise Ended("renewal")
            await asyncio.sleep(GRACE_S)
            if monotonic_s() - self._heard_s[why] >= patience.silence_s[why]:
                raise Ended(f"silent: no {why} for {patience.silence_s[why]:g} s")

    async def _asked_before(self, due_s: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, due_s - monotonic_s())):
                await self._asked.wait()
        except TimeoutError:
            return False
        return True

    def _flow(self, ts_us: int) -> None:
        is_first = not self._reason
        from_us = ts_us if is_first else self._heard_us
        self._flows = True
        self._heard_us = ts_us
        told = Rebuild(
            name=self.line.name,
            reason=self._reason or "start",
            from_us=from_us,
            until_us=ts_us,
            attempts=self._attempts,
            is_first=is_first,
        )
        self._attempts = 0
        if self._recorder is not None:
            self._recorder.flowed(told)
        self._owner.up(told)

    def _fell(self, reason: str) -> None:
        count(self.counts.reasons, reason.partition(":")[0])
        if self._flows:
            self._flows = False
            self._reason = reason
            self._owner.down(self.line.name, reason)


async def shut(ws: Pipe) -> None:
    """Close a connection without waiting for a venue that does not answer."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await ws.close()
    except TimeoutError:
        return
