"""A line to the page that carries everything, and each answer late."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Queue

from tests.ops.dashboard.wire import HERE


@dataclass
class SlowLink:
    """Listens on a port of its own. From `slow_s` on, whatever the server sends on a new connection comes so much later."""

    port: int
    server: socket.socket
    slow_s: float = 0.0
    lines: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://{HERE}:{self.server.getsockname()[1]}"

    def cut(self) -> None:
        """Every connection that is there breaks."""
        for line in list(self.lines):
            shut(line)

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self.join, args=(self.server.accept()[0], self.slow_s)).start()

    def join(self, asked: socket.socket, late_s: float) -> None:
        with asked, socket.create_connection((HERE, self.port)) as answering:
            self.lines += [asked, answering]
            back = threading.Thread(target=carry, args=(answering, asked, late_s))
            back.start()
            carry(asked, answering, 0.0)
            back.join()
            self.lines = [each for each in self.lines if each not in (asked, answering)]


def shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def carry(from_: socket.socket, to: socket.socket, late_s: float) -> None:
    """Everything that comes, each piece so much later; an end is passed on as one."""
    coming: Queue[tuple[float, bytes]] = Queue()
    giving = threading.Thread(target=give, args=(coming, to))
    giving.start()
    with suppress(OSError):
        while piece := from_.recv(65_536):
            coming.put((time.monotonic() + late_s, piece))
    coming.put((0.0, b""))
    giving.join()


def give(coming: "Queue[tuple[float, bytes]]", to: socket.socket) -> None:
    with suppress(OSError):
        for due_s, piece in iter(coming.get, (0.0, b"")):
            time.sleep(max(0.0, due_s - time.monotonic()))
            to.sendall(piece)
    shut(to)


@contextmanager
def slow_link(port: int) -> Iterator[SlowLink]:
    """A link to what serves on this port, until the end of the block."""
    with socket.create_server((HERE, 0)) as server:
        link = SlowLink(port, server)
        accepting = threading.Thread(target=link.accept)
        accepting.start()
        try:
            yield link
        finally:
            shut(server)
            accepting.join()
            link.cut()
