import os
import stat
import threading
from pathlib import Path

import pytest

from hedge_assets.store import StoreError, look, replace

LIMIT = 1 << 20


def test_what_is_replaced_is_there_whole_and_private(tmp_path: Path):
    path = tmp_path / "state" / "nav.json"
    replace(path, b"one")
    replace(path, b"two")
    found = look(path, LIMIT)
    assert (found.kind, found.content, found.size_bytes) == ("file", b"two", 3)
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert [each.name for each in path.parent.iterdir()] == ["nav.json"]


def test_nothing_there_is_absent_even_without_its_folder(tmp_path: Path):
    assert look(tmp_path / "none" / "nav.json", LIMIT).kind == "absent"


def test_a_file_where_the_folder_should_be_is_unreadable(tmp_path: Path):
    (tmp_path / "state").write_text("x")
    assert look(tmp_path / "state" / "nav.json", LIMIT).kind == "unreadable"


def test_a_fifo_does_not_block(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    assert look(tmp_path / "pipe", LIMIT).kind == "special"


def test_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "real").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert look(tmp_path / "link", LIMIT).kind == "link"


def test_a_directory_is_named(tmp_path: Path):
    assert look(tmp_path, LIMIT).kind == "directory"


def test_too_large_a_file_is_not_read(tmp_path: Path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 34)
    found = look(path, LIMIT)
    assert (found.kind, found.content, found.size_bytes) == ("too_large", None, 1 << 34)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path):
    path = tmp_path / "secret"
    path.write_text("{}")
    path.chmod(0)
    assert look(path, LIMIT).kind == "unreadable"


def test_a_name_taken_by_a_folder_is_refused_and_nothing_is_left_beside(tmp_path: Path):
    (tmp_path / "nav.json").mkdir()
    with pytest.raises(StoreError, match=r"nav.json cannot be written"):
        replace(tmp_path / "nav.json", b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["nav.json"]


def test_a_file_replaced_while_it_is_read_is_never_torn_or_missing(tmp_path: Path):
    path = tmp_path / "nav.json"
    contents = [bytes([65 + number]) * (20_000 + 4_000 * number) for number in range(4)]
    replace(path, contents[0])
    seen: set[bytes | None] = set()

    def write():
        for number in range(100_000):
            replace(path, contents[number % 4])
            if number >= 300 and len(seen) > 1:
                break

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    while writer.is_alive():
        found = look(path, LIMIT)
        assert found.content in contents
        seen.add(found.content)
    writer.join()
    assert len(seen) > 1
