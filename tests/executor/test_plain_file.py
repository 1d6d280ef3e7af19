"""A small file is read and written where a plain one lies, and nothing else is waited for, followed or filled."""

import os
from pathlib import Path

import pytest

from executor.plain_file import clear_way, read_plain, write_plain


def test_a_plain_file_is_read_whole_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "small"
    write_plain(path, b"a longer word")
    write_plain(path, b"word")
    assert read_plain(path, 4) == b"word"
    with pytest.raises(OSError, match="more than 3 bytes"):
        read_plain(path, 3)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "other", 4)


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_anything_else_is_refused_at_once_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    path, elsewhere = tmp_path / "small", tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(elsewhere)
    with pytest.raises(OSError, match=r"plain file|directory|symbolic|device"):
        read_plain(path, 64)
    with pytest.raises(OSError, match=r"plain file|directory|symbolic|device"):
        write_plain(path, b"ours")
    assert elsewhere.read_text() == "mine"


def test_only_what_is_no_plain_file_is_moved_out_of_the_way(tmp_path: Path) -> None:
    path = tmp_path / "small"
    clear_way(path, 7)
    write_plain(path, b"word")
    clear_way(path, 7)
    assert read_plain(path, 4) == b"word"
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    clear_way(path, 7)
    assert [each.name for each in tmp_path.iterdir()] == ["small.7.in_the_way"]
