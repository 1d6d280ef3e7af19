"""One thread writes in order, and never again after a failure."""

from pathlib import Path

from executor.errors import JournalError
from executor.journal.archive import Archive, Shelf
from executor.journal.pen import Pen
from executor.journal.recovery import Tail
from executor.journal.scribe import BACKLOG_BYTES, Scribe
from executor.settings import Journal

NAME = "000000000001-20260101T00"


def scribe_in(folder: Path, failures: list[JournalError]) -> tuple[Scribe, Archive]:
    archive = Archive({"ticks": Shelf(folder, None)}, Journal())
    return Scribe({"ticks": Pen("ticks", folder, tail=Tail(), sync=True)}, archive, on_failure=failures.append), archive


def test_batches_are_on_the_disk_in_order_once_settled(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    for i in range(200):
        scribe.hand([("ticks", NAME, b"%d\n" % i)])
    scribe.settle()
    assert (tmp_path / f"{NAME}.jsonl").read_bytes() == b"".join(b"%d\n" % i for i in range(200))
    scribe.settle()
    scribe.close()
    archive.close()


def test_closing_writes_what_was_handed_over(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    scribe.hand([("ticks", NAME, b"last\n")])
    scribe.close()
    archive.close()
    assert (tmp_path / f"{NAME}.jsonl").read_bytes() == b"last\n"


def test_more_than_the_backlog_is_written_in_the_end(tmp_path: Path) -> None:
    scribe, archive = scribe_in(tmp_path, [])
    piece = bytes(BACKLOG_BYTES // 4)
    for _ in range(6):
        scribe.hand([("ticks", NAME, piece)])
    scribe.settle()
    scribe.close()
    archive.close()
    assert (tmp_path / f"{NAME}.jsonl").stat().st_size == 6 * len(piece)


def test_nothing_is_written_after_a_failure(tmp_path: Path) -> None:
    failures: list[JournalError] = []
    scribe, archive = scribe_in(tmp_path, failures)
    path = tmp_path / f"{NAME}.jsonl"
    path.write_bytes(b"")
    scribe.hand([("ticks", NAME, b"one\n")])
    scribe.settle()
    assert len(failures) == 1
    assert "errno 17" in str(scribe.failure)
    path.unlink()
    scribe.hand([("ticks", NAME, b"two\n")])
    scribe.settle()
    scribe.close()
    archive.close()
    assert not path.exists()
