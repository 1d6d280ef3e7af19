"""What is restored into folders that lie ready becomes their owners', with their rights, and nothing else may lie there."""

import os
from pathlib import Path

import pytest

from hedge_assets.backups.prepared import make_room, prepared
from hedge_assets.backups.shapes import BackupRefused
from tests.hedge_assets.backups.desks import kept_files, modes, restored, taken, traded

OTHER = 54_321
READY = {"": 0o750, "raw": 0o750, "state": 0o700, "run": 0o2750, "starts": 0o3770, "mirror": 0o2770, "dagster": 0o750}


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    traded(folder / "desk", 60)
    taken(folder / "desk", folder / "one")
    return folder / "one"


def test_a_box_that_was_made_ready_gets_its_desk_folder_by_folder(backup: Path, tmp_path: Path) -> None:
    root = tmp_path / "hedge"
    for name, rights in READY.items():
        (root / name).mkdir()
        (root / name).chmod(rights)
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(root / "raw", OTHER, OTHER)
    restored(backup, root=root)
    assert kept_files(root) == kept_files(backup.parent / "desk")
    assert modes(root / "raw") == {"d750", "f640"}
    assert modes(root / "state") == {"f600"}
    assert {name: (root / name).stat().st_mode & 0o7777 for name in READY} == READY
    owners = {path.stat().st_uid for path in (root / "raw", *(root / "raw").rglob("*"))}
    assert owners == ({OTHER} if is_root else {os.geteuid()})
    assert (root / "state" / "nav.json").stat().st_uid == os.geteuid()


def test_a_file_or_a_link_anywhere_in_it_is_refused_by_its_name(backup: Path, tmp_path: Path) -> None:
    root = tmp_path / "hedge"
    (root / "accounts" / "alpha" / "raw").mkdir(parents=True)
    assert set(prepared(root)) == {Path(), Path("accounts"), Path("accounts/alpha"), Path("accounts/alpha/raw")}
    (root / "accounts" / "alpha" / "raw" / "fact").write_text("x")
    with pytest.raises(BackupRefused, match=r"is not empty \(.*fact\)"):
        restored(backup, root=root)
    (root / "accounts" / "alpha" / "raw" / "fact").unlink()
    (root / "accounts" / "link").symlink_to(tmp_path)
    with pytest.raises(BackupRefused, match=r"is not empty \(.*link\)"):
        restored(backup, root=root)


def test_what_came_to_lie_there_meanwhile_is_not_taken_away(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    places = prepared(tmp_path)
    (tmp_path / "raw" / "fact").write_text("x")
    with pytest.raises(OSError, match="not empty"):
        make_room(tmp_path, places)
    assert (tmp_path / "raw" / "fact").read_text() == "x"


def test_a_place_that_is_not_there_needs_nothing(tmp_path: Path) -> None:
    assert prepared(tmp_path / "nothing") == {}
