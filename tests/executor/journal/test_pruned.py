"""The note of what was pruned is written before anything goes, and one that cannot be read says nothing."""

from pathlib import Path

import pytest

from executor.journal.pruned import NAME, Pruned, read_pruned


def test_a_note_is_carried_on_and_never_falls_back_to_what_lies_there(tmp_path: Path) -> None:
    Pruned(tmp_path, {"ticks": 1, "orders": 8}, sync=True).note("ticks", 40)
    assert read_pruned(tmp_path) == {"ticks": 40, "orders": 7}
    Pruned(tmp_path, {"ticks": 90, "orders": 30}, sync=False)
    assert read_pruned(tmp_path) == {"ticks": 40, "orders": 7}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"ticks":"many"}', b'{"other":1}', b'{"ticks":' + b"9" * 5_000 + b"}"])
def test_a_note_that_cannot_be_read_says_nothing_and_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert read_pruned(tmp_path) == {}
    Pruned(tmp_path, {"ticks": 5}, sync=False)
    assert read_pruned(tmp_path) == {"ticks": 4}


def test_what_cannot_be_noted_is_told_to_whoever_wants_to_prune(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    note = Pruned(tmp_path, {"ticks": 1}, sync=False)
    with pytest.raises(OSError, match="directory"):
        note.note("ticks", 3)
