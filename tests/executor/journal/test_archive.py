"""Sealed segments become small, and the oldest go when there are too many."""

from collections.abc import Callable
from pathlib import Path

from executor.journal.pruned import NAME, read_pruned
from executor.journal.reader import verify
from executor.journal.segments import listed, unpacked
from executor.journal.writer import Journals
from executor.records.account import Heartbeat
from executor.settings import Journal


def written(root: Path, beat: Callable[[int], Heartbeat], settings: Journal, *, n: int = 100, every_s: int = 1) -> Path:
    with Journals(root, settings, "b1") as journals:
        for i in range(n):
            journals.append("positions", beat(i * every_s))
        total = journals.commit() or journals.bytes_total()
        assert total > 0
    return root / "raw" / "positions"


def test_everything_but_the_open_segment_is_packed(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    segments = listed(written(tmp_path, beat, Journal(rotate_s=10)))
    assert [segment.packed for segment in segments] == [True] * 9 + [False]
    assert b"".join(unpacked(segment.path) for segment in segments[:-1]).count(b"\n") == 90


def test_the_oldest_go_when_the_bytes_do_not_fit(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    folder = written(tmp_path, beat, Journal(rotate_s=10, max_bytes=1_000, keep_days=0.0))
    kept = listed(folder)
    assert 1 < len(kept) < 9
    assert sum(segment.path.stat().st_size for segment in kept if segment.packed) <= 1_000
    report = verify(tmp_path / "raw", "positions")
    assert (report.last_seq, report.holes) == (100, 0)
    assert report.pruned == kept[0].first_seq - 1 > 0


def test_what_was_pruned_is_noted_and_what_was_deleted_is_not(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    settings = Journal(rotate_s=10, max_bytes=1_000, keep_days=0.0)
    folder = written(tmp_path, beat, settings)
    first_seq = listed(folder)[0].first_seq
    noted = {"ticks": 0, "orders": 0, "positions": first_seq - 1}
    assert read_pruned(tmp_path / "raw") == noted
    listed(folder)[0].path.unlink()
    with Journals(tmp_path, settings, "b2"):
        assert read_pruned(tmp_path / "raw") == noted
    (tmp_path / "raw" / NAME).unlink()
    with Journals(tmp_path, settings, "b3"):
        assert read_pruned(tmp_path / "raw")["positions"] == listed(folder)[0].first_seq - 1


def test_the_open_segment_stays_under_any_budget(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    kept = listed(written(tmp_path, beat, Journal(rotate_s=10, max_bytes=1, keep_days=0.0)))
    assert [segment.first_seq for segment in kept] == [91]


def test_the_oldest_go_when_they_are_too_old_by_the_journals_own_time(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    kept = listed(written(tmp_path, beat, Journal(max_days=1.0), n=72, every_s=3_600))
    assert [segment.first_seq for segment in (kept[0], kept[-1])] == [48, 72]


def test_one_wrong_time_cannot_empty_the_journal(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    with Journals(tmp_path, Journal(rotate_s=10), "b1") as journals:
        for i in [*range(50), 10**9, *range(50, 60)]:
            journals.append("positions", beat(i))
    report = verify(tmp_path / "raw", "positions")
    assert (report.pruned, report.last_seq, report.holes) == (20, 61, 0)


def test_what_a_crash_left_unpacked_is_packed_at_the_next_start(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    folder = written(tmp_path, beat, Journal(rotate_s=10))
    first, second = listed(folder)[:2]
    (folder / f"{first.name}.jsonl").write_bytes(unpacked(first.path))
    first.path.unlink()
    (folder / f"{second.name}.jsonl").write_bytes(b"packing ended, removing the plain one did not")
    Journals(tmp_path, Journal(rotate_s=10), "b2").close()
    assert [segment.packed for segment in listed(folder)] == [True] * 9 + [False]
    assert not (folder / f"{second.name}.jsonl").exists()
    assert verify(tmp_path / "raw", "positions").records == 100


def test_a_segment_that_cannot_be_packed_costs_space_and_no_facts(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    journals = Journals(tmp_path, Journal(rotate_s=10), "b1")
    journals.append("positions", beat(0))
    journals.commit()
    (tmp_path / "raw" / "positions" / "000000000001-20260101T00.tmp").mkdir()
    journals.append("positions", beat(10))
    journals.close()
    assert "stays uncompressed" in str(journals.archive_fault)
    assert verify(tmp_path / "raw", "positions").records == 2


BEAT_HOURS = 24 * 40


def test_what_is_young_stays_whatever_the_budget_of_bytes_says_and_the_excess_is_told(
    tmp_path: Path, beat: Callable[[int], Heartbeat]
) -> None:
    with Journals(tmp_path, Journal(max_bytes=1, keep_days=31.0), "b1") as journals:
        for hour in range(BEAT_HOURS):
            journals.append("positions", beat(hour * 3_600))
    kept = listed(tmp_path / "raw" / "positions")
    days = (kept[-1].hour - kept[0].hour).total_seconds() / 86_400
    assert 31.0 <= days < 31.2
    sealed = sum(segment.path.stat().st_size for segment in kept[:-1])
    assert journals.over_budget_bytes == sealed - 1
    again = Journals(tmp_path, Journal(max_bytes=1, keep_days=31.0), "b2")
    again.close()
    assert again.over_budget_bytes == sealed - 1
    report = verify(tmp_path / "raw", "positions")
    assert (report.last_seq, report.holes) == (BEAT_HOURS, 0)


def test_what_fits_is_not_above_its_budget(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    with Journals(tmp_path, Journal(rotate_s=10), "b1") as journals:
        for i in range(100):
            journals.append("positions", beat(i))
    assert journals.over_budget_bytes == 0


def test_one_wrong_time_makes_nothing_old_that_must_be_kept(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    settings = Journal(rotate_s=10, max_bytes=1, keep_days=31.0, max_days=36_500.0)
    with Journals(tmp_path, settings, "b1") as journals:
        for i in [*range(50), 10**8, *range(50, 90)]:
            journals.append("positions", beat(i))
    report = verify(tmp_path / "raw", "positions")
    assert (report.pruned, report.last_seq, report.holes) == (0, 91, 0)


def test_waiting_to_be_durable_is_told_and_ends_with_a_commit(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    with Journals(tmp_path, Journal(fsync="group"), "b1") as journals:
        assert journals.unsettled_s == 0.0
        journals.append("positions", beat(0))
        assert journals.unsettled_s > 0.0
        journals.commit()
        assert journals.unsettled_s == 0.0
