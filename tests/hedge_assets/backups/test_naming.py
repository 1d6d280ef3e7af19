"""A backup has its name only once it is whole, and never takes it from another file."""

import errno
import os
from pathlib import Path

import pytest

from executor.errors import LockError
from hedge_assets.backups.naming import give_name, made_beside, refuse_name
from hedge_assets.backups.shapes import BackupRefused


def test_what_killed_backups_left_is_removed_and_what_is_being_made_is_not(tmp_path: Path) -> None:
    (tmp_path / ".old.half-backup").write_text("half")
    (tmp_path / ".other.new").write_text("somebody's")
    with made_beside(tmp_path / "one"), made_beside(tmp_path / "two"):
        assert sorted(path.name for path in tmp_path.iterdir()) == [".one.half-backup", ".other.new", ".two.half-backup"]


def test_two_of_one_name_do_not_meet(tmp_path: Path) -> None:
    with made_beside(tmp_path / "one"), pytest.raises(LockError, match="wait for it"), made_beside(tmp_path / "one"):
        pass
    assert list(tmp_path.iterdir()) == []


def without_links(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_took_the_name_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", without_links)
    with made_beside(tmp_path / "one") as (_, beside):
        (tmp_path / "one").write_text("somebody's")
        with pytest.raises(BackupRefused, match="never overwritten"):
            give_name(beside, tmp_path / "one")
    assert (tmp_path / "one").read_text() == "somebody's"
    with made_beside(tmp_path / "two") as (file, beside):
        file.write(b"whole")
        file.flush()
        give_name(beside, tmp_path / "two")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"one": "somebody's", "two": "whole"}


def test_a_link_that_leads_into_the_data_root_is_seen_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "desk" / "kept").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "desk" / "kept")
    (tmp_path / "root").symlink_to(tmp_path / "desk")
    monkeypatch.chdir(tmp_path)
    for target, root in (("link/one", "desk"), ("desk/one", "root"), (str(tmp_path / "desk" / "one"), "desk")):
        with pytest.raises(BackupRefused, match="lost with it"):
            refuse_name(Path(target), Path(root))
    refuse_name(tmp_path / "one", tmp_path / "desk")
