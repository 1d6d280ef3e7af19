"""Requests as they stand, over a socket of our own: no client tidies them."""

import contextlib
import re
import socket
from dataclasses import dataclass

HERE = "127.0.0.1"
PATIENCE_S = 120.0
"""How long nothing may come: so long that only what hangs takes longer, also beside other work."""

ANSWER = re.compile(rb"HTTP/1\.1 [1-5][0-9][0-9] ")


@dataclass(frozen=True)
class Said:
    """Everything that came back on one line before it was closed."""

    content: bytes

    @property
    def status(self) -> int:
        """Of the first answer; 0 where none came."""
        return int(self.content[9:12]) if self.content.startswith(b"HTTP/1.1 ") else 0

    @property
    def answers(self) -> int:
        return len(ANSWER.findall(self.content))

    @property
    def head(self) -> bytes:
        return self.content.partition(b"\r\n\r\n")[0].lower()

    @property
    def body(self) -> bytes:
        return self.content.partition(b"\r\n\r\n")[2]


def line_to(port: int, source: str = HERE) -> socket.socket:
    """A connection, from another address of this machine's loopback where one is named: who asks is told apart by it."""
    return socket.create_connection((HERE, port), timeout=PATIENCE_S, source_address=(source, 0))


def say(port: int, content: bytes, source: str = HERE) -> Said:
    """Send bytes, and hear until the line is closed by the other end."""
    with line_to(port, source) as line:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have heard enough
            line.sendall(content)
        return Said(b"".join(pieces(line)))


def pieces(line: socket.socket):
    with contextlib.suppress(ConnectionResetError):
        while piece := line.recv(65_536):
            yield piece


def question(target: str = "/healthz", method: str = "GET", host: str | None = "localhost", *more: str) -> bytes:
    """A whole request without a body, after which the line is closed; `more` are further lines of its head."""
    lines = [f"{method} {target} HTTP/1.1", *([] if host is None else [f"Host: {host}"]), *more]
    closing = [] if any(each.lower().startswith("connection:") for each in more) else ["Connection: close"]
    return "\r\n".join([*lines, *closing, "", ""]).encode("latin-1")


def refused(port: int, content: bytes, status: int, words: bytes = b"") -> None:
    """Hold that bytes are answered once, by this status, in one line of plain text with safe headers."""
    said = say(port, content)
    assert (said.status, said.answers) == (status, 1)
    assert words in said.body
    assert said.body.count(b"\n") == 1
    assert len(said.body) < 300
    assert b"content-type: text/plain" in said.head
    assert b"x-content-type-options: nosniff" in said.head
