"""What is restored into folders that lie ready becomes their owners', with their rights, and nothing else may lie there."""

import os
from pathlib import Path

import pytest

from hedge_assets.backups.prepared import ASIDE, READY, prepared, swapped
from hedge_assets.backups.shapes import BackupRefused
from tests.hedge_assets.backups.desks import as_somebody, for_all, kept_files, modes, open_to_all, restored, taken, traded

OTHER = 54_321
READY_FOLDERS = {"": 0o750, "raw": 0o750, "state": 0o700, "run": 0o2750, "starts": 0o3770, "mirror": 0o2770, "dagster": 0o750}


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    traded(folder / "desk", 60)
    taken(folder / "desk", folder / "one")
    return folder / "one"


def test_a_box_that_was_made_ready_gets_its_desk_folder_by_folder(backup: Path, tmp_path: Path) -> None:
    root = tmp_path / "hedge"
    for name, rights in READY_FOLDERS.items():
        (root / name).mkdir()
        (root / name).chmod(rights)
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(root / "raw", OTHER, OTHER)
    restored(backup, root=root)
    assert kept_files(root) == kept_files(backup.parent / "desk")
    assert modes(root / "raw") == {"d750", "f640"}
    assert modes(root / "state") == {"f600"}
    assert {name: (root / name).stat().st_mode & 0o7777 for name in READY_FOLDERS} == READY_FOLDERS
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
    root, holding = tmp_path / "hedge", tmp_path / "holding"
    (root / "raw").mkdir(parents=True)
    (holding / READY).mkdir(parents=True)
    places = prepared(root)
    (root / "raw" / "fact").write_text("x")
    with pytest.raises(BackupRefused, match=r"hedge is not empty \(.*hedge/raw/fact\)"):
        swapped(root, holding, places)
    assert (root / "raw" / "fact").read_text() == "x"
    (root / "raw" / "fact").unlink()
    (root / "more").mkdir()
    with pytest.raises(OSError, match="came and went"):
        swapped(root, holding, places)
    assert sorted(path.name for path in root.iterdir()) == ["more", "raw"]
    with pytest.raises(OSError, match="came to lie there"):
        swapped(root, holding, {})


def test_a_swap_that_fails_in_its_middle_leaves_the_folders_with_their_owners_and_rights(tmp_path: Path) -> None:
    root, holding = tmp_path / "hedge", tmp_path / "holding"
    (root / "raw").mkdir(parents=True)
    (root / "raw").chmod(0o710)
    holding.mkdir()
    before = prepared(root)
    with pytest.raises(FileNotFoundError):  # no desk is ready
        swapped(root, holding, before)
    assert {name: (seen.st_ino, seen.st_mode) for name, seen in prepared(root).items()} == {
        name: (seen.st_ino, seen.st_mode) for name, seen in before.items()
    }


def test_folders_that_a_killed_restore_had_set_aside_still_say_whose_a_desk_is(backup: Path, tmp_path: Path) -> None:
    aside = tmp_path / ".hedge.restoring" / ASIDE
    for name, rights in READY_FOLDERS.items():
        (aside / name).mkdir(parents=True)
        (aside / name).chmod(rights)
    if os.geteuid() == 0:
        os.chown(aside / "raw", OTHER, OTHER)
    (tmp_path / ".hedge.restoring" / READY / "raw").mkdir(parents=True)
    restored(backup, root=tmp_path / "hedge")
    assert kept_files(tmp_path / "hedge") == kept_files(backup.parent / "desk")
    assert {name: (tmp_path / "hedge" / name).stat().st_mode & 0o7777 for name in READY_FOLDERS} == READY_FOLDERS
    if os.geteuid() == 0:
        assert {path.stat().st_uid for path in (tmp_path / "hedge" / "raw").rglob("*")} == {OTHER}
    assert [path.name for path in tmp_path.iterdir()] == ["hedge"]


def test_what_a_restore_that_was_killed_at_its_very_end_left_is_cleared_away_by_a_refusal(backup: Path, tmp_path: Path) -> None:
    restored(backup, root=tmp_path / "hedge")
    (tmp_path / ".hedge.restoring" / ASIDE / "raw").mkdir(parents=True)
    with pytest.raises(BackupRefused, match="is not empty"):
        restored(backup, root=tmp_path / "hedge")
    assert [path.name for path in tmp_path.iterdir()] == ["hedge"]


def test_a_folder_that_nobody_may_look_into_does_not_count_as_empty() -> None:
    with open_to_all() as place:
        (place / "hedge" / "raw").mkdir(parents=True)
        (place / "hedge" / "raw" / "fact").write_text("x")
        for_all(place / "hedge", but="raw")
        with as_somebody(), pytest.raises(BackupRefused, match="cannot be looked into"):
            prepared(place / "hedge")


def test_a_place_that_is_not_there_needs_nothing(tmp_path: Path) -> None:
    assert prepared(tmp_path / "nothing") == {}
