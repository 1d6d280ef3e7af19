"""Nothing is lost and nothing comes twice, whatever happens to the files meanwhile."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor.errors import CorruptJournal
from executor.journal.frame import framed, trailer
from executor.journal.reader import Cursor, Follower, read
from executor.journal.segments import listed
from executor.journal.writer import Journals
from executor.records.market import Quote
from executor.records.orders import Fault, Fill
from executor.settings import Journal

BRISK = Journal(rotate_s=10, fsync="off")


def write(root: Path, quote: Callable[[int], Quote], numbers: range, settings: Journal = BRISK) -> None:
    with Journals(root, settings, "b1") as journals:
        for i in numbers:
            journals.append("ticks", quote(i))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(limits=st.lists(st.integers(1, 40), min_size=1), again=st.booleans())
def test_reading_in_any_steps_and_from_any_saved_cursor_gives_all_records(
    written_100: Path, quote: Callable[[int], Quote], limits: list[int], again: bool
) -> None:
    follower = Follower(written_100, "ticks")
    found = []
    for limit in [*limits, 1_000]:
        batch = follower.read(limit)
        assert len(batch) == min(limit, 100 - len(found))
        found += batch
        if again:
            saved = msgspec.msgpack.encode(follower.cursor)
            follower = Follower(written_100, "ticks", msgspec.msgpack.decode(saved, type=Cursor))
    assert found == [(i + 1, quote(i)) for i in range(100)]
    assert follower.read() == []


@pytest.fixture(scope="session")
def written_100(tmp_path_factory: pytest.TempPathFactory, quote: Callable[[int], Quote]) -> Path:
    root = tmp_path_factory.mktemp("written")
    write(root, quote, range(100))
    return root / "raw"


@pytest.mark.parametrize("seq", [0, 1, 9, 10, 11, 55, 99, 100])
def test_a_number_alone_is_a_place(written_100: Path, quote: Callable[[int], Quote], seq: int) -> None:
    assert list(read(written_100, "ticks", Cursor(seq=seq))) == [(i + 1, quote(i)) for i in range(seq, 100)]


def test_money_comes_back_exactly(tmp_path: Path, fill: Callable[[int], Fill]) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        journals.append("orders", fill(0))
    ((_, found),) = read(tmp_path / "raw", "orders")
    assert found == fill(0)
    assert str(found.qty) == "0.010"


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert Follower(tmp_path, "ticks").read() == []
    assert Follower(tmp_path, "ticks").cursor == Cursor()


def test_a_follower_keeps_up_with_a_writer_that_rotates_and_packs(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    n = 1_500
    done = threading.Event()

    def writing() -> None:
        with Journals(tmp_path, BRISK, "b1") as journals:
            for i in range(n):
                journals.append("ticks", quote(i))
                if i % 3 == 0:
                    journals.commit()
        done.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    thread = threading.Thread(target=writing)
    thread.start()
    follower = Follower(tmp_path / "raw", "ticks")
    found = []
    finished = False
    while not finished:
        finished = done.is_set()
        found += follower.read(7)
        while finished and (batch := follower.read(100)):
            found += batch
    thread.join()
    sys.setswitchinterval(interval)
    assert found == [(i + 1, quote(i)) for i in range(n)]
    assert len(listed(tmp_path / "raw" / "ticks")) == 150


def test_half_a_line_waits_for_its_other_half(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    write(tmp_path, quote, range(3))
    path = listed(tmp_path / "raw" / "ticks")[0].path
    follower = Follower(tmp_path / "raw", "ticks")
    line = framed(msgspec.json.encode(quote(3)), trailer("b1", 0), 4)
    assert len(follower.read()) == 3
    with path.open("ab", buffering=0) as file:
        for byte in line[:-1]:
            file.write(bytes([byte]))
            assert follower.read() == []
        file.write(b"\n")
    assert follower.read() == [(4, quote(3))]


def test_damage_in_the_middle_names_the_file_and_the_record(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    write(tmp_path, quote, range(8))
    path = listed(tmp_path / "raw" / "ticks")[0].path
    path.write_bytes(path.read_bytes().replace(b'"bid":60003.5', b'"bid":60004.5'))
    follower = Follower(tmp_path / "raw", "ticks")
    assert len(follower.read(3)) == 3
    with pytest.raises(CorruptJournal, match=rf"ticks record 4 in .*{path.name}"):
        follower.read(3)


def test_what_is_whole_before_the_damage_is_handed_over_first(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    write(tmp_path, quote, range(30))
    listed(tmp_path / "raw" / "ticks")[1].path.write_bytes(b"damage")
    follower = Follower(tmp_path / "raw", "ticks")
    assert [seq for seq, _ in follower.read()] == list(range(1, 11))
    with pytest.raises(CorruptJournal, match="000000000011"):
        follower.read()


def test_a_long_line_is_read_whatever_the_limit(tmp_path: Path) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        for size in (10, 900_000, 10):
            journals.append("orders", Fault(ts_us=1, where="x", detail="y" * size))
    follower = Follower(tmp_path / "raw", "orders")
    assert [len(follower.read(1)) for _ in range(4)] == [1, 1, 1, 0]


def test_a_missing_segment_is_damage_unless_it_is_the_oldest(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    write(tmp_path, quote, range(50))
    segments = listed(tmp_path / "raw" / "ticks")
    at_20 = Follower(tmp_path / "raw", "ticks")
    at_20.read(20)
    segments[0].path.unlink()
    fresh = Follower(tmp_path / "raw", "ticks")
    assert fresh.read(1) == [(11, quote(10))]
    assert fresh.skipped == 10
    segments[3].path.unlink()
    assert [seq for seq, _ in at_20.read(10)] == list(range(21, 31))
    with pytest.raises(CorruptJournal, match=r"ticks record 31 is missing: .* begins with 41"):
        at_20.read(1)


def test_what_was_pruned_before_it_was_read_is_counted(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    write(tmp_path, quote, range(50))
    follower = Follower(tmp_path / "raw", "ticks")
    follower.read(15)
    for segment in listed(tmp_path / "raw" / "ticks")[:3]:
        segment.path.unlink()
    follower = Follower(tmp_path / "raw", "ticks", follower.cursor)
    assert follower.read() == [(i + 1, quote(i)) for i in range(30, 50)]
    assert follower.skipped == 15


def test_a_kind_from_the_future_is_counted(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    write(tmp_path, quote, range(2))
    path = listed(tmp_path / "raw" / "ticks")[0].path
    with path.open("ab") as file:
        file.write(framed(b'{"kind":"auction","ts_us":5}', trailer("b1", 0), 3))
    follower = Follower(tmp_path / "raw", "ticks")
    assert [seq for seq, _ in follower.read()] == [1, 2]
    assert (follower.unknown, follower.cursor.seq) == (1, 3)


@pytest.mark.parametrize("left", [0, 2, 4])
def test_a_journal_that_lost_what_was_read_is_refused(tmp_path: Path, quote: Callable[[int], Quote], left: int) -> None:
    write(tmp_path, quote, range(5))
    follower = Follower(tmp_path / "raw", "ticks")
    follower.read()
    path = listed(tmp_path / "raw" / "ticks")[0].path
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:left]))
    with pytest.raises(CorruptJournal, match="ticks was read up to record 5"):
        follower.read()


def test_a_journal_that_grew_another_end_is_refused(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    write(tmp_path, quote, range(5))
    follower = Follower(tmp_path / "raw", "ticks")
    follower.read()
    path = listed(tmp_path / "raw" / "ticks")[0].path
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    write(tmp_path, lambda i: msgspec.structs.replace(quote(i), bid=1.5), range(4, 9))
    with pytest.raises(CorruptJournal, match="rebuild"):
        follower.read()
    path.unlink()
    with pytest.raises(CorruptJournal, match="rebuild"):
        follower.read()


def test_a_packed_segment_goes_on_where_the_plain_one_was_left(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    journals = Journals(tmp_path, BRISK, "b1")
    follower = Follower(tmp_path / "raw", "ticks")
    for i in range(5):
        journals.append("ticks", quote(i))
    journals.settle()
    assert len(follower.read(3)) == 3
    for i in range(5, 25):
        journals.append("ticks", quote(i))
    journals.close()
    assert listed(tmp_path / "raw" / "ticks")[0].packed
    assert follower.read() == [(i + 1, quote(i)) for i in range(3, 25)]
