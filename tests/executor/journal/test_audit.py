"""An operator sees every fault, and the newest records at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from executor.errors import CorruptJournal
from executor.journal.audit import first, tail, verify, writer_of
from executor.journal.segments import listed
from executor.journal.writer import Journals
from executor.records.market import Quote
from executor.settings import Journal


@pytest.fixture
def raw(tmp_path: Path, quote: Callable[[int], Quote]) -> Path:
    for boot in range(2):
        with Journals(tmp_path, Journal(rotate_s=10), f"b{boot}") as journals:
            for i in range(boot * 25, boot * 25 + 25):
                journals.append("ticks", quote(i))
    return tmp_path / "raw"


def test_a_sound_journal_has_no_holes(raw: Path) -> None:
    report = verify(raw, "ticks")
    assert (report.segments, report.records, report.first_seq, report.last_seq) == (5, 50, 1, 50)
    assert (report.holes, report.first_fault, report.pruned, report.loose_bytes, report.unknown) == (0, None, 0, 0, 0)
    assert report.bytes > 50 * 100


def test_a_stream_without_records_is_sound_and_empty(raw: Path) -> None:
    report = verify(raw, "orders")
    assert (report.records, report.first_seq, report.last_seq, report.holes) == (0, None, None, 0)


def test_every_kind_of_fault_is_counted_and_the_first_is_named(raw: Path) -> None:
    segments = listed(raw / "ticks")
    segments[1].path.write_bytes(segments[1].path.read_bytes()[:-4])
    segments[2].path.unlink()
    lines = segments[4].path.read_bytes().splitlines(keepends=True)
    changed = lines[3].replace(b"BTCUSDT", b"ETHUSDT")
    segments[4].path.write_bytes(b"".join([*lines[:3], changed, *lines[5:]]) + b'{"kind"')
    report = verify(raw, "ticks")
    assert report.records == 10 + 10 + 8
    assert report.last_seq == 50
    assert report.holes == 3
    assert "do not decompress" in str(report.first_fault)
    assert report.loose_bytes == 7


def test_a_lost_segment_is_a_hole(raw: Path) -> None:
    listed(raw / "ticks")[2].path.unlink()
    report = verify(raw, "ticks")
    assert (report.records, report.holes) == (40, 1)
    assert report.first_fault == "record 21 is missing before 000000000031-20260101T00.jsonl.zst"


def test_a_beginning_that_was_deleted_and_never_pruned_is_a_hole(raw: Path) -> None:
    listed(raw / "ticks")[0].path.unlink()
    report = verify(raw, "ticks")
    assert (report.holes, report.first_fault) == (1, "records 1 to 10 are gone and were never pruned")


def test_a_beginning_that_was_pruned_is_none(raw: Path) -> None:
    (raw / "pruned.json").write_bytes(b'{"ticks":10,"orders":0,"positions":0}')
    listed(raw / "ticks")[0].path.unlink()
    assert (verify(raw, "ticks").holes, verify(raw, "ticks").pruned) == (0, 10)


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11, 49, 50, 200])
def test_the_tail_is_the_end_of_the_whole(raw: Path, quote: Callable[[int], Quote], n: int) -> None:
    assert tail(raw, "ticks", n) == [(i + 1, quote(i)) for i in range(max(0, 50 - n), 50)]


def test_the_tail_reaches_as_far_back_as_is_asked(journal_of_40: Path, tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        for i in range(2_000):
            journals.append("ticks", quote(i))
    assert tail(tmp_path / "raw", "ticks", 1_500) == [(i + 1, quote(i)) for i in range(500, 2_000)]


def test_the_tail_leaves_out_a_line_that_is_being_written(raw: Path, quote: Callable[[int], Quote]) -> None:
    path = listed(raw / "ticks")[-1].path
    path.write_bytes(path.read_bytes()[:-9])
    assert tail(raw, "ticks", 1) == [(49, quote(48))]


def test_the_tail_does_not_hide_damage(raw: Path) -> None:
    path = listed(raw / "ticks")[-1].path
    path.write_bytes(path.read_bytes()[:-30] + b"garbage\n")
    with pytest.raises(CorruptJournal, match="near the end"):
        tail(raw, "ticks", 1)


def test_the_writer_of_a_record_is_known(raw: Path) -> None:
    assert [writer_of(raw, "ticks", seq) for seq in (1, 25, 26, 50, 51)] == ["b0", "b0", "b1", "b1", "unknown"]
    assert writer_of(raw, "orders", 1) == "unknown"


def test_the_first_record_is_that_of_the_oldest_segment_there_is(raw: Path, tmp_path: Path) -> None:
    assert first(raw, "ticks") == tail(raw, "ticks", 50)[0][1]
    oldest = listed(raw / "ticks")[0]
    oldest.path.unlink()
    assert first(raw, "ticks") == tail(raw, "ticks", 50)[0][1]
    assert first(tmp_path / "nowhere", "ticks") is None


def test_the_end_of_a_file_that_has_no_lines_is_refused_before_all_of_it_is_read(raw: Path) -> None:
    with listed(raw / "ticks")[-1].path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(CorruptJournal, match="are not lines"):
        tail(raw, "ticks", 4)
