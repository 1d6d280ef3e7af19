"""One account's HTTP connections to its venue. A request is sent exactly once, and what came of it is told as it was.

Nothing is ever sent again by itself: not on a dead kept connection, not on a redirect, not on an error.
"""

import random
from collections.abc import Mapping

import aiohttp
import yarl

from executor.settings import Venue
from executor.wire.door import Recorder
from executor.wire.passing import monotonic_ns
from executor.wire.reply import Failure, Reply, Request
from executor.wire.route import connector_of
from executor.wire.waiting import Gate, Waiting

BODY_LIMIT = 64 * 1024 * 1024
MESSAGE_LIMIT = 1024 * 1024
NOTHING: Mapping[str, str] = {}


class Client:
    """Warm connections, one request at a time through `ask`, streams through `listen`. Made where its loop runs; `close` lets go of
    all connections. `recorder` keeps what passes, where somebody does."""

    def __init__(self, venue: Venue, recorder: Recorder | None = None) -> None:
        total_s = venue.timeout_ms / 1000
        self.recorder = recorder
        self.seed = random.getrandbits(32) if recorder is None else recorder.seed
        self._urls: dict[str, yarl.URL] = {}
        self._session = aiohttp.ClientSession(
            connector=connector_of(venue),
            timeout=aiohttp.ClientTimeout(total=total_s, sock_connect=total_s, ceil_threshold=3_600),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "hedge"},
        )
        # aiohttp sends GET, PUT and DELETE again on a kept connection that turns out dead: an order must not travel twice.
        self._session._retry_connection = False  # noqa: SLF001

    async def listen(self, name: str, url: str) -> aiohttp.ClientWebSocketResponse:  # noqa: ARG002 - what it is called is for others
        """Connect a stream; raises what aiohttp raises."""
        return await self._session.ws_connect(url, autoping=False, max_msg_size=MESSAGE_LIMIT)

    async def ask(self, request: Request, gate: Gate | None = None) -> Reply:
        """Send one request and give back what came; never raises for what the venue or the network did.

        With a `gate` the body waits for it while everything else is made ready; a failure before it opened is `refused`: nothing left.
        """
        if self.recorder is None:
            return await self._ask(request, gate)
        question = self.recorder.asked(request, is_gated=gate is not None and request.body is not None)
        reply = await self._ask(request, gate if gate is None else telling(gate, question, self.recorder))
        self.recorder.answered(question, reply)
        return reply

    async def _ask(self, request: Request, gate: Gate | None) -> Reply:
        begun_ns = monotonic_ns()
        data = request.body if gate is None or request.body is None else Waiting(request.body, gate)
        try:
            async with self._session.request(
                request.method, self._url(request), data=data, headers=request.headers, allow_redirects=False
            ) as answer:
                body = await whole(answer)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure: Failure = "refused" if isinstance(data, Waiting) and not data.has_left else failure_of(error)
            return Reply(failure=failure, elapsed_us=(monotonic_ns() - begun_ns) // 1_000)
        finally:
            if isinstance(data, Waiting):
                data.abandon()
        elapsed_us = (monotonic_ns() - begun_ns) // 1_000
        if body is None:
            return Reply(status=answer.status, headers=answer.headers, failure="oversize", elapsed_us=elapsed_us)
        return Reply(status=answer.status, headers=answer.headers, body=body, elapsed_us=elapsed_us)

    def _url(self, request: Request) -> yarl.URL:
        """The address, parsed once where it does not carry a query."""
        if "?" in request.url:
            return yarl.URL(request.url, encoded=True)
        found = self._urls.get(request.url)
        if found is None:
            found = self._urls[request.url] = yarl.URL(request.url, encoded=True)
        return found

    async def close(self) -> None:
        """Let go of all connections."""
        await self._session.close()


def telling(gate: Gate, question: int, recorder: Recorder) -> Gate:
    """A gate that tells when it opened."""

    async def passed() -> None:
        await gate()
        recorder.left(question)

    return passed


async def whole(answer: aiohttp.ClientResponse) -> bytes | None:
    """A whole body, null where it is larger than is read."""
    if (answer.content_length or 0) > BODY_LIMIT:
        return None
    if answer.content_length is not None:
        return await answer.read()
    parts = bytearray()
    async for part in answer.content.iter_any():
        parts += part
        if len(parts) > BODY_LIMIT:
            return None
    return bytes(parts)


def failure_of(error: BaseException) -> Failure:
    """How a request failed. `refused` is said only where no connection came about."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "cut"
    if isinstance(error, (aiohttp.ClientConnectionError, OSError)):
        return "reset"
    return "garbled"
