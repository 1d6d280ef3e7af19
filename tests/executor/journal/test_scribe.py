"""One thread writes in order, and never again after a failure."""

import threading
import time
from pathlib import Path

import pytest

from executor.errors import JournalError
from executor.journal.archive import Archive, Shelf
from executor.journal.pen import Pen
from executor.journal.recovery import Tail
from executor.journal.scribe import BACKLOG_BYTES, Scribe
from executor.settings import Journal

NAME = "000000000001-20260101T00"


def scribe_in(folder: Path, failures: list[JournalError]) -> tuple[Scribe, Archive]:
    archive = Archive({"orders": Shelf(folder, None)}, Journal())
    return Scribe({"orders": Pen("orders", folder, tail=Tail(), sync=True)}, archive, on_failure=failures.append), archive


def test_batches_are_on_the_disk_in_order_once_settled(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    for i in range(200):
        scribe.hand([("orders", NAME, b"%d\n" % i)])
    scribe.settle()
    assert (tmp_path / f"{NAME}.jsonl").read_bytes() == b"".join(b"%d\n" % i for i in range(200))
    scribe.settle()
    scribe.close()
    archive.close()


def test_closing_writes_what_was_handed_over(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    scribe.hand([("orders", NAME, b"last\n")])
    scribe.close()
    archive.close()
    assert (tmp_path / f"{NAME}.jsonl").read_bytes() == b"last\n"


def test_more_than_the_backlog_is_written_in_the_end(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    piece = bytes(BACKLOG_BYTES // 4)
    for _ in range(6):
        scribe.hand([("orders", NAME, piece)])
    scribe.settle()
    scribe.close()
    archive.close()
    assert (tmp_path / f"{NAME}.jsonl").stat().st_size == 6 * len(piece)


def test_nothing_is_written_after_a_failure(tmp_path: Path) -> None:
    failures: list[JournalError] = []
    scribe, archive = scribe_in(tmp_path, failures)
    path = tmp_path / f"{NAME}.jsonl"
    path.write_bytes(b"")
    scribe.hand([("orders", NAME, b"one\n")])
    scribe.settle()
    assert len(failures) == 1
    assert "errno 17" in str(scribe.failure)
    path.unlink()
    scribe.hand([("orders", NAME, b"two\n")])
    scribe.settle()
    scribe.close()
    archive.close()
    assert not path.exists()


def test_a_promise_is_kept_once_what_was_handed_over_before_is_on_the_disk(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    path, seen, kept = tmp_path / f"{NAME}.jsonl", [], threading.Event()

    def then(failure: JournalError | None) -> None:
        seen.append((failure, path.read_bytes().count(b"\n"), threading.current_thread().name))
        if len(seen) == 100:
            kept.set()

    for i in range(100):
        scribe.hand([("orders", NAME, b"%d\n" % i)])
        scribe.promise(then)
    assert kept.wait(120)
    scribe.close()
    archive.close()
    assert [failure for failure, _, _ in seen] == [None] * 100
    assert all(lines > number for number, (_, lines, _) in enumerate(seen))


def test_a_promise_with_nothing_to_wait_for_is_kept_at_once(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    seen: list[JournalError | None] = []
    scribe.promise(seen.append)
    scribe.hand([("orders", NAME, b"one\n")])
    scribe.settle()
    scribe.promise(seen.append)
    assert seen == [None, None]
    scribe.close()
    scribe.promise(seen.append)
    archive.close()
    assert seen == [None, None, None]


def test_closing_keeps_what_was_promised(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    seen: list[JournalError | None] = []
    scribe.hand([("orders", NAME, b"one\n")])
    scribe.promise(seen.append)
    scribe.close()
    archive.close()
    assert seen == [None]


def test_a_failure_is_told_to_everybody_who_was_promised_something(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    (tmp_path / f"{NAME}.jsonl").write_bytes(b"")
    seen: list[JournalError | None] = []
    for _ in range(3):
        scribe.hand([("orders", NAME, b"one\n")])
        scribe.promise(seen.append)
    scribe.settle()
    scribe.promise(seen.append)
    scribe.close()
    archive.close()
    assert scribe.failure is not None
    assert seen == [scribe.failure] * 4


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_of_a_defect_keeps_nobody_waiting_for_its_promise(tmp_path: Path) -> None:
    archive = Archive({}, Journal())
    scribe = Scribe({}, archive, on_failure=lambda _: None)
    seen: list[JournalError | None] = []
    scribe.hand([("orders", NAME, b"there is no such pen\n")])
    scribe.settle()
    scribe.hand([("orders", NAME, b"nobody writes this\n")])
    scribe.promise(seen.append)
    archive.close()
    assert [str(failure)[:50] for failure in seen] == ["journal cannot be written: its writing thread ende"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_promise_is_what_finds_out_that_the_thread_died(tmp_path: Path) -> None:
    archive = Archive({}, Journal())
    scribe = Scribe({}, archive, on_failure=lambda _: None)
    seen: list[JournalError | None] = []
    scribe.hand([("orders", NAME, b"there is no such pen\n")])
    scribe.close()  # waits for the thread to end
    scribe.promise(seen.append)
    archive.close()
    assert len(seen) == 1
    assert seen[0] is scribe.failure is not None


def test_a_promise_made_while_the_thread_is_busy_waits_for_its_own_batch(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    path, sizes, piece = tmp_path / f"{NAME}.jsonl", [], bytes(8 << 20)
    for number in range(5):
        scribe.hand([("orders", NAME, piece)])
        scribe.promise(lambda _: sizes.append(path.stat().st_size))
        while not path.exists() or path.stat().st_size <= number * len(piece):
            time.sleep(0)  # until the thread writes it: the next is handed over while it does
    scribe.close()
    archive.close()
    assert all(size >= (number + 1) * len(piece) for number, size in enumerate(sizes))
    assert len(sizes) == 5
