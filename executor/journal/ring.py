"""Flushes that the kernel makes by itself, asked for and answered on the loop's own thread (io_uring, through caio).

No thread of ours is woken, and none waits for the interpreter: the loop goes on, and reads the answer when it comes by again.
"""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic_ns
from typing import Any

DEPTH = 32
REFUSALS = (ImportError, OSError, RuntimeError, SystemError)
"""What caio raises where a ring is not to be had or takes nothing."""


class Ring:
    """One ring on one loop. Raises one of REFUSALS where none is to be had: no Linux, an old kernel, a container that forbids it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        from caio import linux_uring  # noqa: PLC0415 - not there but on Linux

        self._flush_of = linux_uring.Operation.fdsync
        self._context: Any = linux_uring.Context(max_requests=DEPTH, sqpoll=False)
        self._loop = loop
        self._answers: list[tuple[Callable[[int], None], int]] = []
        loop.add_reader(self._context.fileno, self._read)

    def sync(self, fd: int, then: Callable[[int], None]) -> None:
        """Begin to make a file's bytes durable; the loop calls `then` with 0, or with the error's number. Raises one of REFUSALS."""
        flush = self._flush_of(fd)
        flush.set_callback(lambda result: self._answers.append((then, max(0, -result))))
        if self._context.submit(flush) != 1:
            raise OSError("the ring took no flush")
        self._context.flush()

    def hear(self) -> None:
        """Take the answers that are there, without a word to the kernel. Costs half a microsecond."""
        while self._context.process_events():
            pass
        answers, self._answers = self._answers, []
        for then, error in answers:
            then(error)

    def hear_within(self, within_ns: int) -> None:
        """Stay awake until an answer is there, at most so long, and take it: whoever waits here waits with an order."""
        look, until_ns = self._context.process_events, monotonic_ns() + within_ns
        while not look() and monotonic_ns() < until_ns:
            pass
        self.hear()

    def close(self) -> None:
        """Hear no more answers."""
        self._loop.remove_reader(self._context.fileno)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):  # told twice of one answer
            self._context.poll()
        self.hear()


def ring_of(loop: asyncio.AbstractEventLoop) -> tuple[Ring | None, str]:
    """A ring on this loop; or null, and why there is none."""
    try:
        return Ring(loop), ""
    except REFUSALS as refused:
        return None, str(refused) or type(refused).__name__
