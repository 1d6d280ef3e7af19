"""The kernel flushes, and says how it went on the loop's own thread."""

import asyncio
import errno
import os
import sys
import threading
from pathlib import Path

import caio  # noqa: F401 - what a machine without rings has as well
import pytest

from executor.journal.ring import Ring, ring_of


def ring_here() -> Ring:
    """A ring on the running loop; the test is skipped where this machine has none."""
    ring, refused = ring_of(asyncio.get_running_loop())
    if ring is None:
        pytest.skip(f"io_uring is not to be had here: {refused}")
    return ring


async def answer_of(ring: Ring, fd: int) -> int:
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[tuple[int, int]] = loop.create_future()
    ring.sync(fd, lambda error: heard.set_result((error, threading.get_ident())))
    assert not heard.done()
    error, thread = await heard
    assert thread == threading.get_ident()
    return error


def test_a_flush_is_answered_on_the_loop_that_asked(tmp_path: Path) -> None:
    async def course() -> None:
        ring = ring_here()
        with (tmp_path / "file").open("ab", buffering=0) as file:
            for number in range(50):
                file.write(b"%d\n" % number)
                assert await answer_of(ring, file.fileno()) == 0
        ring.close()

    asyncio.run(course())


def test_many_flushes_at_once_are_answered_each(tmp_path: Path) -> None:
    async def course() -> None:
        ring = ring_here()
        with (tmp_path / "file").open("ab", buffering=0) as file:
            file.write(b"line\n")
            assert await asyncio.gather(*(answer_of(ring, file.fileno()) for _ in range(20))) == [0] * 20
        ring.close()

    asyncio.run(course())


def test_what_cannot_be_flushed_is_told_by_its_number() -> None:
    async def course() -> None:
        ring = ring_here()
        reading, writing = os.pipe()
        assert await answer_of(ring, writing) == errno.EINVAL
        os.close(reading)
        os.close(writing)
        assert await answer_of(ring, writing) == errno.EBADF
        ring.close()

    asyncio.run(course())


def test_a_machine_without_rings_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async def course() -> None:
        ring, refused = ring_of(asyncio.get_running_loop())
        assert ring is None
        assert "linux_uring" in refused

    monkeypatch.delattr(sys.modules["caio"], "linux_uring", raising=False)
    monkeypatch.setitem(sys.modules, "caio.linux_uring", None)
    asyncio.run(course())
