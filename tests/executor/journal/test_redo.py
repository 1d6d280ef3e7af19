"""What is decided again must be what the journal says; then it goes on."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from executor.errors import CorruptJournal
from executor.journal.reader import read, verify
from executor.journal.writer import Journals
from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.market import Gap, Quote
from executor.records.orders import Boot, Fault, Fill
from executor.records.streams import Stream
from executor.settings import Journal

START_US = 1_767_225_600_000_000
Entries = list[tuple[Stream, Record]]


def boot_of(name: str) -> Boot:
    return Boot(
        ts_us=START_US, boot=name, account="paper", exchange="paper", feed="synthetic", pipeline="v5", time="feed",
        flags={}, settings_hash="x", settings={}, versions={},
    )  # fmt: skip


@pytest.fixture
def entries(quote: Callable[[int], Quote], beat: Callable[[int], Heartbeat], fill: Callable[[int], Fill]) -> Entries:
    made: Entries = []
    for i in range(60):
        made += [("ticks", quote(i)), ("orders", fill(i)), ("positions", beat(i))]
    return made


def crashed(root: Path, entries: Entries, *, boot: str = "b1") -> dict[Stream, int]:
    """A run that was checkpointed at a third and ended at two thirds."""
    journals = Journals(root, Journal(rotate_s=10), boot)
    for stream, record in entries[:60]:
        journals.append(stream, record)
    journals.commit()
    seqs = journals.checkpoint_seqs()
    for stream, record in entries[60:120]:
        journals.append(stream, record)
    journals.close()
    return seqs


def all_of(root: Path, stream: Stream) -> list[Record]:
    return [record for _, record in read(root / "raw", stream)]


def test_the_same_again_adds_nothing_and_then_goes_on(tmp_path: Path, entries: Entries) -> None:
    seqs = crashed(tmp_path, entries)
    assert seqs == {"ticks": 20, "orders": 20, "positions": 20}
    with Journals(tmp_path, Journal(rotate_s=10), "b2", redo_from=seqs) as journals:
        for place, (stream, record) in enumerate(entries[60:], start=60):
            assert journals.redoing == (place < 120)
            assert journals.append(stream, record) == place // 3 + 1
            journals.flush()
            assert journals.checkpoint_seqs()[stream] == place // 3 + 1
    for stream in ("ticks", "orders", "positions"):
        assert all_of(tmp_path, stream) == [record for name, record in entries if name == stream]


def test_a_restart_in_the_middle_of_redoing_can_be_redone(tmp_path: Path, entries: Entries) -> None:
    seqs = crashed(tmp_path, entries)
    journals = Journals(tmp_path, Journal(rotate_s=10), "b2", redo_from=seqs)
    for stream, record in entries[60:90]:
        journals.append(stream, record)
    journals.commit()
    seqs = journals.checkpoint_seqs()
    assert seqs == {"ticks": 30, "orders": 30, "positions": 30}
    journals.close()
    with Journals(tmp_path, Journal(rotate_s=10), "b3", redo_from=seqs) as journals:
        for stream, record in entries[90:]:
            journals.append(stream, record)
    assert all_of(tmp_path, "orders") == [record for name, record in entries if name == "orders"]


def test_a_different_decision_is_refused_with_what_differs(tmp_path: Path, entries: Entries, fill: Callable[[int], Fill]) -> None:
    seqs = crashed(tmp_path, entries)
    journals = Journals(tmp_path, Journal(), "b2", redo_from=seqs)
    with pytest.raises(
        CorruptJournal, match=r"orders record 21: expected fill with price Decimal\('60000.10'\), found Decimal\('60000.20'\).*boot b1"
    ):
        journals.append("orders", msgspec.structs.replace(fill(20), price=Decimal("60000.20")))
    with pytest.raises(CorruptJournal, match=r"orders record 21: expected fill at .*, found fault at 3"):
        journals.append("orders", Fault(ts_us=3, where="x", detail="y"))
    journals.close()


def test_a_heartbeat_is_the_same_whatever_it_counted(tmp_path: Path, entries: Entries, beat: Callable[[int], Heartbeat]) -> None:
    seqs = crashed(tmp_path, entries)
    journals = Journals(tmp_path, Journal(), "b2", redo_from=seqs)
    assert journals.append("positions", msgspec.structs.replace(beat(20), counters={}, lag_us=77)) == 21
    with pytest.raises(CorruptJournal, match="positions record 22: expected heartbeat with loop 21, found 22"):
        journals.append("positions", msgspec.structs.replace(beat(21), loop=22))
    journals.close()


def test_boots_are_passed_over_and_what_comes_next_is_told(tmp_path: Path, fill: Callable[[int], Fill]) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        for record in (boot_of("b1"), fill(0), boot_of("b2"), fill(1), boot_of("b3")):
            journals.append("orders", record)
    with Journals(tmp_path, Journal(), "b4", redo_from={"ticks": 0, "orders": 0, "positions": 0}) as journals:
        assert journals.ahead("orders") == fill(0)
        assert journals.append("orders", fill(0)) == 2
        assert journals.ahead("orders") == fill(1)
        assert journals.redoing
        assert journals.append("orders", fill(1)) == 4
        assert journals.ahead("orders") is None
        assert not journals.redoing
        assert journals.checkpoint_seqs()["orders"] == 5
        assert journals.append("orders", boot_of("b4")) == 6
    expected = [boot_of("b1"), fill(0), boot_of("b2"), fill(1), boot_of("b3"), boot_of("b4")]
    assert all_of(tmp_path, "orders") == expected


def test_a_gap_over_a_restart_is_met_again_at_its_time(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        journals.append("ticks", Gap(START_US, "", START_US - 5, "restart"))
        journals.append("ticks", quote(1))
    with Journals(tmp_path, Journal(), "b2", redo_from={"ticks": 0}) as journals:
        assert journals.append("ticks", Gap(START_US, "", START_US - 9, "restart")) == 1
        with pytest.raises(CorruptJournal, match="expected quote"):
            journals.append("ticks", Gap(START_US, "", START_US - 5, "restart"))


def test_a_boot_names_its_process_once_in_its_line(tmp_path: Path) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        journals.append("orders", boot_of("b1"))
    (path,) = (tmp_path / "raw" / "orders").iterdir()
    assert path.read_bytes().count(b'"boot":"b1"') == 1
    assert verify(tmp_path / "raw", "orders").holes == 0


def test_nothing_after_the_checkpoint_means_nothing_to_redo(tmp_path: Path, entries: Entries) -> None:
    crashed(tmp_path, entries)
    with Journals(tmp_path, Journal(), "b2", redo_from={"ticks": 40, "orders": 40, "positions": 40}) as journals:
        assert not journals.redoing
        assert journals.append("ticks", entries[0][1]) == 41


def test_a_checkpoint_ahead_of_the_journal_is_refused(tmp_path: Path, entries: Entries) -> None:
    crashed(tmp_path, entries)
    with pytest.raises(CorruptJournal, match=r"ticks record 41 was checkpointed, the journal .* ends with 40"):
        Journals(tmp_path, Journal(), "b2", redo_from={"ticks": 41})
