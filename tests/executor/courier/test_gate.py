"""Nothing passes before it is on the disk; whoever waits stops nobody else."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from executor.courier.gate import Gate
from executor.errors import JournalError
from executor.journal.writer import Journals
from executor.records.orders import Fault
from executor.settings import Journal
from tests.executor.protocol.venue_model import NOW_US


def fault(number: int = 0) -> Fault:
    return Fault(NOW_US + number, where="test", detail="")


def durable_on_disk(root: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in (root / "raw" / "orders").glob("*.jsonl"))


def test_what_was_appended_before_is_on_the_disk_and_reported_durable(tmp_path: Path) -> None:
    async def course(journals: Journals) -> None:
        for number in range(50):
            journals.append("orders", fault(number))
            await Gate(journals).passed()
            assert durable_on_disk(tmp_path) == journals.durable["orders"] == number + 1
        assert journals.unsettled_s == 0

    with Journals(tmp_path, Journal(), "b1") as journals:
        asyncio.run(course(journals))


def test_what_is_appended_while_one_waits_is_not_called_durable_for_it(tmp_path: Path) -> None:
    async def course(journals: Journals) -> None:
        journals.append("orders", fault())
        waits = asyncio.ensure_future(Gate(journals).passed())
        await asyncio.sleep(0)
        journals.append("orders", fault(1))
        await waits
        assert journals.durable["orders"] == 1
        assert journals.appended["orders"] == 2
        assert journals.unsettled_s > 0

    with Journals(tmp_path, Journal(), "b1") as journals:
        asyncio.run(course(journals))


def test_who_waits_passes_in_the_order_of_coming(tmp_path: Path) -> None:
    passed: list[int] = []

    async def one(journals: Journals, number: int) -> None:
        await Gate(journals).passed()
        passed.append(number)

    async def course(journals: Journals) -> None:
        tasks = []
        for number in range(20):
            journals.append("orders", fault(number))
            tasks.append(asyncio.ensure_future(one(journals, number)))
        await asyncio.gather(*tasks)

    with Journals(tmp_path, Journal(), "b1") as journals:
        asyncio.run(course(journals))
    assert passed == list(range(20))


def test_a_journal_that_cannot_be_written_lets_nobody_through(tmp_path: Path) -> None:
    async def course(journals: Journals) -> None:
        journals.append("orders", fault())
        for path in (tmp_path / "raw" / "orders").glob("*"):
            path.unlink()
        (tmp_path / "raw" / "orders").rmdir()
        for _ in range(2):
            with pytest.raises(JournalError, match="journal cannot be written"):
                await Gate(journals).passed()

    journals = Journals(tmp_path, Journal(), "b1")
    asyncio.run(course(journals))
    journals.close()


class Held:
    """Journals whose disk is as slow as the test wants: tells from a thread of its own once it is let go."""

    appended: Mapping[str, int] = {"orders": 3}

    def __init__(self) -> None:
        self.go, self.upto = threading.Event(), {}
        self.problems: list[BaseException] = []
        self.thread: threading.Thread | None = None

    def when_durable(self, then) -> None:  # type: ignore[no-untyped-def]
        def tell() -> None:
            self.go.wait()
            try:
                then(None)
            except BaseException as problem:  # noqa: BLE001 - whatever would have ended the writing thread is what is looked for
                self.problems.append(problem)

        self.thread = threading.Thread(target=tell)
        self.thread.start()

    def settled(self, upto: Mapping[str, int]) -> None:
        self.upto = dict(upto)


def test_the_loop_goes_on_while_the_disk_is_slow() -> None:
    async def course(journals: Held) -> None:
        waits = asyncio.ensure_future(Gate(journals).passed())  # type: ignore[arg-type]
        for _ in range(5):
            await asyncio.sleep(0)
            assert not waits.done()
        journals.go.set()
        await waits
        assert journals.upto == {"orders": 3}

    asyncio.run(course(Held()))


@pytest.mark.parametrize("is_closed", [False, True])
def test_who_gave_up_waiting_harms_nobody_not_even_after_the_loop_is_closed(is_closed: bool) -> None:
    """The writing thread tells it: an error there would end the journal."""
    journals = Held()

    async def course() -> None:
        waits = asyncio.ensure_future(Gate(journals).passed())  # type: ignore[arg-type]
        await asyncio.sleep(0)
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        if not is_closed:
            journals.go.set()
            await asyncio.to_thread(journals.thread.join)  # type: ignore[union-attr]

    asyncio.run(course())
    journals.go.set()
    assert journals.thread is not None
    journals.thread.join()
    assert journals.problems == []
    assert journals.upto == {}
