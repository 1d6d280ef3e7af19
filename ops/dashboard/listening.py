"""The server's lines: how long one may take to ask and to listen, how many there are, and which goes when there are too many.

Uvicorn waits for the end of a request's head as long as it takes, and refuses everybody once too many lines are open: whoever
opens lines and says nothing would keep the operator out. Here a line that has not asked within seconds is closed, and where there are
too many the one that was idle the longest gives way, first of whoever holds most of them. A line counts as idle only once it had time
to be heard: what waits to be read is no idler.
"""

import asyncio
import socket
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from executor.errors import SettingsError

ADDRESS = "127.0.0.1"
MOST_LINES = 200
MOST_AT_WORK = 400
"""Beyond this there is no room for a new line even where none is idle."""

HEARD_S = 0.1
ASKING_S = 5.0
LINGER_S = 1.0
UNHEARD_MS = 20_000
HEAD_BYTES = 16 * 1024
BACKLOG = 128
"""So many are accepted in one go: what is open meanwhile stays far below the thousand files that a process may have."""

SAFE = b"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n"


class Line(H11Protocol):
    """One connection. It must ask within `ASKING_S` whole, and take in what it is answered."""

    opened_s: float = 0.0
    idle_s: float = 0.0
    deadline: asyncio.TimerHandle | None = None
    is_heard: bool = False
    is_over: bool = False
    gave_way: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered: it has asked nothing yet, or got its answer."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def other_end(self) -> str:
        """Who holds it, by address."""
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it in, and make room where there are too many."""
        super().connection_made(transport)
        forget_the_deaf(transport)
        self.opened_s = self.idle_s = self.loop.time()
        self.loop.call_later(HEARD_S, self.set_heard)
        self.expect(ASKING_S)
        lines = [each for each in self.connections if isinstance(each, Line) and not each.gave_way]
        gives_way = superfluous(lines) if len(lines) > MOST_LINES else None
        if gives_way is not None:
            gives_way.gave_way = True
            gives_way.transport.abort()

    def set_heard(self) -> None:
        """By now what it brought with it was read: timers run after what could be read is."""
        self.is_heard = True

    def data_received(self, data: bytes) -> None:
        """Read on; the clock of a question runs from its first byte to its last."""
        if not self.is_over:
            super().data_received(data)
            self.set_clock()

    def set_clock(self) -> None:
        """Have a question that has begun end in time; while one is answered no clock runs."""
        if self.is_over:
            return
        if not self.is_idle:
            self.unexpect()
        elif self.deadline is None:
            self.expect(ASKING_S)

    def on_response_complete(self) -> None:
        """From here on it is idle; uvicorn closes it when the next question does not begin soon."""
        self.idle_s = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self.unexpect()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say what was no question, and read no more of it; what still comes is dropped for a moment, so that the answer arrives."""
        self.is_over = True
        if not self.is_idle:
            self.cycle.disconnected = True  # what was to be answered to the part that could be read is not said any more
            self.cycle.message_event.set()
        if self.is_idle or not self.cycle.response_started:
            self.transport.write(misread(sys.exception(), msg))
        self.transport.write_eof()
        self.expect(LINGER_S)

    def expect(self, within_s: float) -> None:
        """Close the line unless something is done about it within that time."""
        self.unexpect()
        self.deadline = self.loop.call_later(within_s, self.transport.abort)

    def unexpect(self) -> None:
        """Let the line live."""
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None


def superfluous(lines: Sequence[Line]) -> Line | None:
    """Which of too many lines goes, of its largest holder's: the idle one, or, with far too many at work, the newest. Null: none need."""
    idle = [each for each in lines if each.is_idle and each.is_heard]
    if not idle and len(lines) <= MOST_AT_WORK:
        return None
    of = idle or lines
    holder, _ = Counter(each.other_end for each in of).most_common(1)[0]
    held = [each for each in of if each.other_end == holder]
    return min(held, key=lambda each: each.idle_s) if idle else max(held, key=lambda each: each.opened_s)


def misread(error: BaseException | None, said: str) -> bytes:
    """The whole answer to what was no question: 431 where its head had no end, 400 for the rest."""
    is_long = isinstance(error, h11.RemoteProtocolError) and error.error_status_hint == 431
    words = f"the headers are longer than {HEAD_BYTES} bytes" if is_long else said
    status = b"431 Request Header Fields Too Large" if is_long else b"400 Bad Request"
    body = f"{words}\n".encode()
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, SAFE, len(body), body)


def forget_the_deaf(transport: asyncio.Transport) -> None:
    """Have the kernel end a line whose other end takes in nothing of what it is sent."""
    line = transport.get_extra_info("socket")
    if line is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)


class Server(uvicorn.Server):
    """A server that says where it is as soon as it listens."""

    def __init__(self, config: uvicorn.Config, say: Callable[[str], None]) -> None:
        super().__init__(config)
        self.say = say

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        self.say(f"operator page at http://{ADDRESS}:{self.config.port}")


def configuration(app: Any, port: int) -> uvicorn.Config:
    """How the page is served. Nobody's forwarded headers are believed, and nothing that is asked is written down."""
    return uvicorn.Config(
        app,
        port=port,
        http=Line,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )


def bound(port: int) -> socket.socket:
    """A socket on that port of loopback; refused in one line when another has it."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise SettingsError(f"--port was {port}, it cannot be listened on ({error.strerror}); name another") from error
    return listening
