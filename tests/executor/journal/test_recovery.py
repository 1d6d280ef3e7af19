"""After any damage: an exact prefix, or a refusal."""

from collections.abc import Callable
from pathlib import Path

import pytest

from executor.errors import CorruptJournal
from executor.journal.recovery import Tail, proof_of_damage, recovered, valid_prefix
from executor.journal.segments import listed
from executor.journal.writer import Journals
from executor.records.market import Quote
from executor.settings import Journal


def ends_of_lines(data: bytes) -> list[int]:
    return [0, *(place + 1 for place, byte in enumerate(data) if byte == 0x0A)]


def test_a_truncated_journal_is_recovered_to_the_exact_prefix(journal_of_40: Path) -> None:
    path = listed(journal_of_40)[0].path
    whole = path.read_bytes()
    ends = ends_of_lines(whole)
    assert len(ends) == 41
    for cut in sorted({*range(0, len(whole) + 1, 7), *ends, *(end - 1 for end in ends[1:])}):
        path.write_bytes(whole[:cut])
        tail = recovered(journal_of_40, "ticks")
        kept = max(place for place, end in enumerate(ends) if end <= cut)
        assert tail.last_seq == kept
        assert tail.torn_bytes == cut - ends[kept]
        if kept:
            assert path.read_bytes() == whole[: ends[kept]]
        else:
            assert not path.exists()
        if tail.torn_bytes:
            assert path.with_name(path.name + ".torn").read_bytes() == whole[ends[kept] : cut]


def test_every_flipped_bit_is_found_and_only_the_uncommitted_end_counts_as_torn(journal_of_40: Path) -> None:
    whole = listed(journal_of_40)[0].path.read_bytes()
    ends = ends_of_lines(whole)
    hole = 0
    for place in range(len(whole)):
        hole += place in ends
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            assert valid_prefix(bytes(flipped), 1) == (ends[hole - 1], hole - 1)
            proof = proof_of_damage(bytes(flipped[ends[hole - 1] :]), hole)
            assert (proof is not None) == (hole <= 30)


def test_damage_is_refused_and_kept_as_it_is(journal_of_40: Path) -> None:
    path = listed(journal_of_40)[0].path
    flipped = bytearray(path.read_bytes())
    flipped[900] ^= 4
    path.write_bytes(bytes(flipped))
    hole = flipped[:900].count(b"\n") + 1
    with pytest.raises(CorruptJournal, match=f"ticks record {hole} is missing or broken at byte .* record 11 knew it to be durable"):
        recovered(journal_of_40, "ticks")
    assert path.read_bytes() == bytes(flipped)
    assert path.with_name(path.name + ".quarantine").read_bytes() == bytes(flipped)


def test_every_truncation_leaves_a_prefix_and_no_proof_of_damage(journal_of_40: Path) -> None:
    whole = listed(journal_of_40)[0].path.read_bytes()
    ends = ends_of_lines(whole)
    for cut in range(len(whole) + 1):
        good, last_seq = valid_prefix(whole[:cut], 1)
        assert good == ends[last_seq] <= cut
        assert last_seq == 40 or ends[last_seq + 1] > cut
        assert proof_of_damage(whole[good:cut], last_seq + 1) is None


def test_a_hole_in_what_was_never_committed_is_a_torn_tail(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    journals = Journals(tmp_path, Journal(), "b1")
    for i in range(10):
        journals.append("ticks", quote(i))
    journals.close()
    folder = tmp_path / "raw" / "ticks"
    path = listed(folder)[0].path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], bytes(len(lines[4])), *lines[5:]]))
    assert recovered(folder, "ticks").last_seq == 4


def test_nothing_at_all_is_an_empty_journal(tmp_path: Path) -> None:
    assert recovered(tmp_path, "orders") == Tail()


def test_a_missing_segment_in_between_is_refused(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    with Journals(tmp_path, Journal(rotate_s=10), "b1") as journals:
        for i in range(40):
            journals.append("ticks", quote(i))
    folder = tmp_path / "raw" / "ticks"
    listed(folder)[-2].path.unlink()
    with pytest.raises(CorruptJournal, match=r"ticks record 30 is missing.*begins with 31"):
        recovered(folder, "ticks")


def test_a_damaged_sealed_segment_at_the_end_is_refused(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    with Journals(tmp_path, Journal(rotate_s=10), "b1") as journals:
        for i in range(11):
            journals.append("ticks", quote(i))
    folder = tmp_path / "raw" / "ticks"
    sealed, last = listed(folder)
    last.path.unlink()
    assert recovered(folder, "ticks").last_seq == 10
    sealed.path.write_bytes(sealed.path.read_bytes()[:-3])
    with pytest.raises(CorruptJournal, match="do not decompress"):
        recovered(folder, "ticks")


def test_a_half_made_compression_is_swept_away(journal_of_40: Path) -> None:
    half_made = journal_of_40 / "000000000001-20260101T00.tmp"
    half_made.write_bytes(b"half")
    assert recovered(journal_of_40, "ticks").last_seq == 40
    assert not half_made.exists()
