"""Journals are copied from under an executor that seals, packs and prunes: each copy is whole, and none has a hole of its making."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from executor.journal.segments import listed, pack
from executor.records.streams import STREAMS
from hedge_assets.backups.journals import Copy, copies, cut_now, newest_boot
from tests.hedge_assets.builders import SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write

QUOTES = 300


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Three journals, of which ticks has several segments, all packed but the last."""
    ticks = [quote(T0 + each * SECOND) for each in range(QUOTES)]
    write(tmp_path, [boot(T0, time="wall"), *ticks, account(T0 + SECOND), heartbeat(T0 + SECOND)], rotate_bytes=10_000)
    return tmp_path / "raw"


def contiguous(found: list[Copy]) -> bool:
    """Newest first, each ending where the one after it begins."""
    return all(older.last_seq + 1 == newer.segment.first_seq for newer, older in pairwise(found))


def test_all_of_a_quiet_journal_is_copied_newest_first(raw: Path) -> None:
    with cut_now(raw) as cuts:
        assert [cut.stream for cut in cuts] == list(STREAMS)
        found = list(copies(cuts[0]))
    assert found[0].last_seq == QUOTES
    assert found[-1].segment.first_seq == 1
    assert len(found) > 3
    assert contiguous(found)
    assert {each.fault for each in found} == {None}


def test_what_is_pruned_meanwhile_costs_only_the_oldest(raw: Path) -> None:
    with cut_now(raw) as cuts:
        rest = copies(cuts[0])
        found = [next(rest)]
        for segment in listed(raw / "ticks")[:2]:
            segment.path.unlink()
        found += rest
    assert found[-1].segment.first_seq == listed(raw / "ticks")[0].first_seq
    assert contiguous(found)


def test_what_is_sealed_and_packed_meanwhile_is_copied_in_its_new_form_or_as_it_was(raw: Path) -> None:
    newest = listed(raw / "ticks")[-1]
    assert not newest.packed
    with cut_now(raw) as cuts:
        pack(newest.path, sync=False)
        [copy, *_] = copies(cuts[0])
    assert (copy.segment.name, copy.last_seq, copy.fault) == (newest.name, QUOTES, None)
    plain = raw / "ticks" / "plain"
    plain.mkdir()
    with cut_now(raw) as cuts:
        assert cuts[0].open is None  # nothing is open any more
        assert next(iter(copies(cuts[0]))).last_seq == QUOTES


def test_a_link_in_place_of_a_segment_is_a_fault_and_never_followed(raw: Path, tmp_path: Path) -> None:
    first = listed(raw / "ticks")[0].path
    shutil.move(first, tmp_path / "elsewhere")
    first.symlink_to(tmp_path / "elsewhere")
    with cut_now(raw) as cuts:
        found = list(copies(cuts[0]))
    assert found[-1].content == b""
    assert "is no plain file" in (found[-1].fault or "")


def test_what_nobody_knew_durable_is_cut_off_without_a_word(raw: Path) -> None:
    newest = listed(raw / "positions")[-1].path
    first, second = newest.read_bytes().splitlines(keepends=True)
    newest.write_bytes(b"x" * (len(first) - 1) + b"\n" + second)
    with cut_now(raw) as cuts:
        [copy] = copies(cuts[2])
    assert (copy.content, copy.last_seq) == (b"", 0)


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_lies_in_place_of_the_newest_segment_is_a_fault(raw: Path, tmp_path: Path, is_folder: bool) -> None:
    newest = listed(raw / "ticks")[-1].path
    newest.rename(tmp_path / "elsewhere")
    newest.mkdir() if is_folder else newest.symlink_to(tmp_path / "elsewhere")
    with cut_now(raw) as cuts:
        found = list(copies(cuts[0]))
    assert found[0].content == b""
    assert "is no plain file" in (found[0].fault or "")
    assert {each.fault for each in found[1:]} == {None}


def test_the_newest_boot_is_found_at_a_lines_beginning_only() -> None:
    lines = b'{"kind":"boot","boot":"0001"}\n{"kind":"boot","boot":"0002"}\n{"kind":"halt","x":"{}"}\n'
    assert newest_boot(lines) == b'{"kind":"boot","boot":"0002"}'
    assert newest_boot(b'{"kind":"halt"}\n') is None
    assert newest_boot(b'{"x":"a"}{"kind":"boot"}\n') is None
