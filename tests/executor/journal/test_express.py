"""Orders take the quick way where it is open and the writing thread's where not, and nobody could tell from the journal."""

import asyncio
import os
import random
import resource
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from executor.courier.gate import Gate
from executor.errors import JournalError
from executor.journal.audit import verify
from executor.journal.reader import read
from executor.journal.ring import REFUSALS, Ring
from executor.journal.segments import listed
from executor.journal.writer import Journals
from executor.records.base import Record
from executor.settings import Journal
from tests.executor.journal.test_ring import ring_here


class Counting(Ring):
    """A ring that counts what it flushes; refuses where told to, and keeps its answers to itself while they are held."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.flushes, self.refusal = 0, None
        self.held: list[Callable[[], None]] | None = None

    def sync(self, fd: int, then: Callable[[int], None]) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.flushes += 1
        if self.held is not None:
            self.held.append(lambda: then(0))
            return
        super().sync(fd, then)


def journaled(root: Path, course: Callable[[Journals, Counting], Coroutine[Any, Any, None]], settings: Journal | None = None) -> None:
    """Journals sped up by a ring, and what happens to them."""

    async def run() -> None:
        ring_here().close()
        ring = Counting(asyncio.get_running_loop())
        with Journals(root, settings or Journal(), "b1") as journals:
            journals.append("orders", beat_first[0])
            journals.settle()
            journals.speed_up(ring)
            await course(journals, ring)

    asyncio.run(run())


beat_first: list[Record] = []


@pytest.fixture(autouse=True)
def first(beat: Callable[[int], Record]) -> Iterator[None]:
    """The record that begins a segment: the writing thread makes files, the quick way only adds to them."""
    beat_first[:] = [beat(0)]
    yield
    beat_first.clear()


def lines_in(root: Path) -> int:
    """Records on the disk: the last segment is plain, and named by its first."""
    while segments := listed(root / "raw" / "orders"):
        with suppress(FileNotFoundError):  # packed since it was listed: there is a newer one
            return segments[-1].first_seq - 1 + segments[-1].path.read_bytes().count(b"\n")
    return 0


def test_each_order_is_on_the_disk_when_its_gate_opens(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, ring: Counting) -> None:
        for number in range(1, 50):
            journals.append("orders", beat(number))
            await Gate(journals).passed()
            assert lines_in(tmp_path) == journals.durable["orders"] == number + 1
        assert ring.flushes == 49

    journaled(tmp_path, course)


def test_who_stays_awake_for_a_flush_passes_without_a_turn_of_the_loop(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, _: Counting) -> None:
        opened = journals.append("orders", beat(1)) and Gate(journals).begin()
        journals.attend(120_000_000_000)
        assert (opened.done(), lines_in(tmp_path), journals.durable["orders"]) == (True, 2, 2)

    journaled(tmp_path, course)


def test_nobody_stays_awake_longer_than_allowed_or_for_nothing(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, ring: Counting) -> None:
        journals.attend(10**18)  # nothing is under way
        ring.held = []
        journals.append("orders", beat(1))
        opened = Gate(journals).begin()
        journals.attend(1_000_000)
        assert not opened.done()
        ring.held[0]()
        await opened

    journaled(tmp_path, course)


def test_who_comes_with_nothing_new_waits_for_the_flush_under_way(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, ring: Counting) -> None:
        journals.append("orders", beat(1))
        await asyncio.gather(*(Gate(journals).passed() for _ in range(10)))
        assert ring.flushes == 1

    journaled(tmp_path, course)


def test_whatever_comes_between_the_journal_is_whole_and_no_gate_opens_early(tmp_path: Path, beat, quote) -> None:  # type: ignore[no-untyped-def]
    """A law, tried on a thousand steps of chance for each of five seeds: appends, gates, flushes, settlings, new segments."""

    def steps_of(seed: int) -> Callable[[Journals, Counting], Coroutine[Any, Any, None]]:
        async def course(journals: Journals, ring: Counting) -> None:
            chance, number, waiting = random.Random(seed), 1, []

            async def waits(upto: int) -> None:
                await Gate(journals).passed()
                assert lines_in(root) >= upto
                assert journals.durable["orders"] >= upto

            for _ in range(1_000):
                step = chance.choices(("order", "tick", "gate", "flush", "settle", "turn", "refuse"), (30, 20, 20, 10, 1, 12, 1))[0]
                if step == "order":
                    journals.append("orders", beat(number))
                    number += 1
                elif step == "tick":
                    journals.append("ticks", quote(number))
                elif step == "gate":
                    waiting.append(asyncio.ensure_future(waits(journals.appended["orders"])))
                elif step == "flush":
                    journals.flush()
                elif step == "settle":
                    journals.settle()
                elif step == "refuse":
                    ring.refusal = None if ring.refusal else SystemError("Resource temporarily unavailable")
                await asyncio.sleep(0.0003 if step == "turn" else 0)
            await asyncio.gather(*waiting)
            assert ring.flushes > 0

        return course

    for seed in range(5):
        root = tmp_path / str(seed)
        journaled(root, steps_of(seed), Journal(rotate_s=60))
        numbers = [seq for seq, _ in read(root / "raw", "orders")]
        assert numbers == list(range(1, len(numbers) + 1))
        assert verify(root / "raw", "orders").first_fault is None


def test_a_ring_that_refuses_leaves_it_to_the_writing_thread(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, ring: Counting) -> None:
        for number, refusal in enumerate((SystemError("busy"), OSError("took nothing"), RuntimeError("not made")), 1):
            assert isinstance(refusal, REFUSALS)
            ring.refusal = refusal
            journals.append("orders", beat(number))
            await Gate(journals).passed()
            assert lines_in(tmp_path) == journals.durable["orders"] == number + 1
        assert ring.flushes == 0

    journaled(tmp_path, course)


def test_settling_flushes_what_the_ring_has_not_answered_yet(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, ring: Counting) -> None:
        ring.held = []
        journals.append("orders", beat(1))
        Gate(journals).begin().add_done_callback(asyncio.Future.exception)
        reading, writing = os.pipe()  # cannot be flushed: whoever says that it was has not tried
        os.dup2(writing, journals._pens["orders"].fd)
        with pytest.raises(JournalError, match="errno 22"):
            journals.settle()
        os.close(reading)
        os.close(writing)

    journaled(tmp_path, course)


def gone(path: Path) -> None:
    """Return once the archive's thread has packed a segment."""
    while path.exists():
        time.sleep(0.001)


def test_a_segment_sealed_and_packed_before_the_ring_answers_is_no_failure(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, ring: Counting) -> None:
        ring.held = []
        journals.append("orders", beat(1))
        opened = Gate(journals).begin()
        (path,) = (tmp_path / "raw" / "orders").glob("*.jsonl")
        journals.append("orders", beat(7_200))
        journals.settle()
        await asyncio.to_thread(gone, path)
        assert not opened.done()
        ring.held[0]()
        assert await opened is None

    journaled(tmp_path, course)
    assert lines_in(tmp_path) == 3


@contextmanager
def full_disk(at_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refused_for_ever(root: Path, beat: Callable[[int], Record], match: str) -> Callable[[Journals], Coroutine[Any, Any, None]]:
    async def course(journals: Journals) -> None:
        for _ in range(2):
            with pytest.raises(JournalError, match=match):
                await Gate(journals).passed()
        with pytest.raises(JournalError, match=match):
            journals.append("orders", beat(2))
        with pytest.raises(JournalError, match=match):
            journals.settle()
        size = lines_in(root)
        await asyncio.sleep(0.05)
        assert lines_in(root) == size

    return course


def test_a_full_disk_lets_nobody_through_and_ends_the_journal(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, _: Counting) -> None:
        journals.append("orders", beat(1))
        size = sum(path.stat().st_size for path in (tmp_path / "raw" / "orders").iterdir())
        with full_disk(size + 10), pytest.raises(JournalError, match="errno 27"):
            await Gate(journals).passed()
        await refused_for_ever(tmp_path, beat, "errno 27")(journals)

    journaled(tmp_path, course)
    with Journals(tmp_path, Journal(), "b2") as journals:
        assert journals.torn_bytes["orders"] == 10


def test_a_flush_that_fails_lets_nobody_through_and_ends_the_journal(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, _: Counting) -> None:
        journals.append("orders", beat(1))
        reading, writing = os.pipe()  # takes bytes, and cannot be flushed
        os.dup2(writing, journals._pens["orders"].fd)
        await refused_for_ever(tmp_path, beat, "errno 22")(journals)
        os.close(reading)
        os.close(writing)

    journaled(tmp_path, course)


@pytest.mark.parametrize(("cause", "match"), [("replaced", "replaced while it was written"), ("removed", "errno 2")])
def test_a_file_that_is_not_where_a_reader_looks_lets_nobody_through(
    tmp_path: Path, beat: Callable[[int], Record], cause: str, match: str
) -> None:
    async def course(journals: Journals, _: Counting) -> None:
        (path,) = (tmp_path / "raw" / "orders").glob("*.jsonl")
        path.rename(tmp_path / "elsewhere")
        if cause == "replaced":
            path.write_bytes(b"")
        journals.append("orders", beat(1))
        await refused_for_ever(tmp_path, beat, match)(journals)

    journaled(tmp_path, course)


def test_closing_while_a_flush_is_under_way_keeps_what_was_promised(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    waiting: list[asyncio.Future[None]] = []

    async def course(journals: Journals, _: Counting) -> None:
        journals.append("orders", beat(1))
        waiting.append(Gate(journals).begin())
        journals.close()
        assert waiting[0].result() is None

    journaled(tmp_path, course)
    assert lines_in(tmp_path) == 2


def test_journals_that_need_no_flush_take_no_ring(tmp_path: Path, beat: Callable[[int], Record]) -> None:
    async def course(journals: Journals, ring: Counting) -> None:
        journals.append("orders", beat(1))
        await Gate(journals).passed()
        assert ring.flushes == 0

    journaled(tmp_path, course, Journal(fsync="off"))
