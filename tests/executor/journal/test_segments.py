"""The files of a journal, their order and their compressed form."""

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from executor.errors import CorruptJournal
from executor.journal.segments import chunks, content, listed, made_private, pack, segment_name, unpacked


def test_a_segment_is_named_after_its_first_record() -> None:
    assert segment_name(42, 1_767_225_600_000_000) == "000000000042-20260101T00"
    assert segment_name(10**12, 1_767_229_199_999_999) == "1000000000000-20260101T00"


def test_segments_are_listed_by_number_and_each_once(tmp_path: Path) -> None:
    for name in ("000000000011-20260101T01.jsonl", "1000000000000-20260101T02.jsonl", "000000000001-20260101T00.jsonl.zst"):
        (tmp_path / name).write_bytes(b"")
    for stray in ("000000000001-20260101T00.jsonl", "000000000001-20260101T00.jsonl.torn", "notes.txt", "000000000001-20260101T00.tmp"):
        (tmp_path / stray).write_bytes(b"")
    found = listed(tmp_path)
    assert [(segment.first_seq, segment.packed) for segment in found] == [(1, True), (11, False), (10**12, False)]
    assert found[0].hour == datetime(2026, 1, 1, tzinfo=UTC)


def test_no_folder_means_no_segments(tmp_path: Path) -> None:
    assert listed(tmp_path / "nowhere") == []


@pytest.mark.parametrize("sync", [True, False])
def test_packing_leaves_the_same_lines_in_one_private_file(tmp_path: Path, sync: bool) -> None:
    plain = tmp_path / "000000000001-20260101T00.jsonl"
    plain.write_bytes(b"some lines\n" * 1_000)
    packed = pack(plain, sync=sync)
    assert [path.name for path in tmp_path.iterdir()] == ["000000000001-20260101T00.jsonl.zst"]
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600
    assert content(listed(tmp_path)[0]) == b"some lines\n" * 1_000


def test_no_changed_byte_of_a_packed_segment_changes_a_line(tmp_path: Path) -> None:
    lines = bytes(range(32, 127)) * 20
    plain = tmp_path / "000000000001-20260101T00.jsonl"
    plain.write_bytes(lines)
    packed = pack(plain, sync=False)
    whole = packed.read_bytes()
    refused = 0
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        packed.write_bytes(bytes(changed))
        try:
            assert unpacked(packed) == lines
        except CorruptJournal:
            refused += 1
    assert refused > len(whole) * 0.9


def test_a_damaged_packed_segment_is_named(tmp_path: Path) -> None:
    path = tmp_path / "000000000001-20260101T00.jsonl.zst"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(CorruptJournal, match=path.name):
        unpacked(path)


def test_made_folders_are_private(tmp_path: Path) -> None:
    made_private([tmp_path / "logs"])
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.zst"])
def test_what_only_bears_the_name_of_a_segment_is_refused_unread(tmp_path: Path, make: Callable[[Path], None], ending: str) -> None:
    make(tmp_path / f"000000000001-20260101T00{ending}")
    with pytest.raises(CorruptJournal, match="no plain file"):
        content(listed(tmp_path)[0])


def test_a_packed_segment_that_claims_more_than_lines_can_be_packed_to_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "000000000001-20260101T00.jsonl.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(b"\0" * (65 << 20)))
    with pytest.raises(CorruptJournal, match="claim"):
        unpacked(path)


@pytest.mark.parametrize("packed", [False, True])
def test_chunks_together_are_the_content(tmp_path: Path, packed: bool) -> None:
    plain = tmp_path / "000000000001-20260101T00.jsonl"
    plain.write_bytes(b"some lines\n" * 1_000)
    if packed:
        pack(plain, sync=False)
    segment = listed(tmp_path)[0]
    assert b"".join(chunks(segment, 777)) == content(segment)
    assert max(map(len, chunks(segment, 777))) <= 777
