"""The open file is still the one a reader would find."""

from pathlib import Path

import pytest

from executor.errors import JournalError
from executor.journal.archive import Archive, Shelf
from executor.journal.pen import Pen
from executor.journal.recovery import Tail
from executor.settings import Journal

NAME = "000000000001-20260101T00"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive({"ticks": Shelf(tmp_path, None)}, Journal())


def test_bytes_go_to_the_segment_they_name(tmp_path: Path, archive: Archive) -> None:
    pen = Pen("ticks", tmp_path, tail=Tail(), sync=True)
    assert pen.path == tmp_path
    pen.write(NAME, b"one\n", archive)
    pen.write(NAME, b"two\n", archive)
    pen.sync()
    assert pen.size == 8
    assert pen.path.read_bytes() == b"one\ntwo\n"
    pen.close()
    archive.close()


def test_a_file_replaced_under_the_writer_is_noticed(tmp_path: Path, archive: Archive) -> None:
    pen = Pen("ticks", tmp_path, tail=Tail(), sync=False)
    pen.write(NAME, b"one\n", archive)
    (tmp_path / "moved").write_bytes(b"")
    (tmp_path / "moved").rename(pen.path)
    with pytest.raises(JournalError, match="journal file replaced"):
        pen.sync()
    pen.close()
    archive.close()


def test_a_segment_that_exists_already_is_not_written_over(tmp_path: Path, archive: Archive) -> None:
    (tmp_path / f"{NAME}.jsonl").write_bytes(b"somebody else's")
    pen = Pen("ticks", tmp_path, tail=Tail(), sync=False)
    with pytest.raises(FileExistsError):
        pen.write(NAME, b"one\n", archive)
    archive.close()
