"""One account's HTTP connections to its venue. A request is sent exactly once, and what came of it is told as it was.

Nothing is ever sent again by itself: not on a dead kept connection, not on a redirect, not on an error.
"""

import time
from collections.abc import Mapping

import aiohttp
import yarl

from executor.settings import Venue
from executor.wire.reply import Failure, Reply, Request
from executor.wire.route import connector_of
from executor.wire.waiting import Gate, Waiting

BODY_LIMIT = 64 * 1024 * 1024
NOTHING: Mapping[str, str] = {}


class Client:
    """Warm connections, one request at a time through `ask`. Made where its loop runs; `close` lets go of all connections."""

    def __init__(self, venue: Venue) -> None:
        total_s = venue.timeout_ms / 1000
        self._urls: dict[str, yarl.URL] = {}
        self._session = aiohttp.ClientSession(
            connector=connector_of(venue),
            timeout=aiohttp.ClientTimeout(total=total_s, sock_connect=total_s, ceil_threshold=3_600),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "hedge"},
        )
        # aiohttp sends GET, PUT and DELETE again on a kept connection that turns out dead: an order must not travel twice.
        self._session._retry_connection = False  # noqa: SLF001

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections themselves, for streams."""
        return self._session

    async def ask(self, request: Request, gate: Gate | None = None) -> Reply:
        """Send one request and give back what came; never raises for what the venue or the network did.

        With a `gate` the body waits for it while everything else is made ready; a failure before it opened is `refused`: nothing left.
        """
        begun_ns = time.monotonic_ns()
        data = request.body if gate is None or request.body is None else Waiting(request.body, gate)
        try:
            async with self._session.request(
                request.method, self._url(request), data=data, headers=request.headers, allow_redirects=False
            ) as answer:
                body = await whole(answer)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure: Failure = "refused" if isinstance(data, Waiting) and not data.has_left else failure_of(error)
            return Reply(failure=failure, elapsed_us=(time.monotonic_ns() - begun_ns) // 1_000)
        finally:
            if isinstance(data, Waiting):
                data.abandon()
        elapsed_us = (time.monotonic_ns() - begun_ns) // 1_000
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
