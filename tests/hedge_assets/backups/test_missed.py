"""What lies there and cannot be taken is told as missing, or no backup is taken; what is nothing of a desk's is only left out."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from executor.errors import SettingsError
from executor.journal.segments import listed
from executor.received import refuse_received, source_of
from hedge_assets.backups.contents import Omitted, homes
from hedge_assets.backups.shapes import BackupRefused
from hedge_assets.settings import Place
from tests.hedge_assets.backups.desks import as_somebody, for_all, open_to_all, restored, taken, traded

CURE = "run it as root or as a user who may read it"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return traded(tmp_path_factory.mktemp("desk") / "desk", 60)


@pytest.fixture
def root(desk: Path) -> Iterator[Path]:
    """A halted desk where everybody may look."""
    with open_to_all() as place:
        copy = Path(shutil.copytree(desk, place / "desk"))
        (copy / "control").mkdir()
        (copy / "control" / "wish.json").write_text('{"wanted":"halt","reason":"night","asked_us":1}')
        (copy / "tables" / ".refresh.lock").unlink(missing_ok=True)  # who may not write it could not wait for a refresh
        (place / "kept").mkdir()
        (place / "kept").chmod(0o777)
        yield copy


@pytest.mark.parametrize("needed", ["control/wish.json", "control", "raw/checkpoint.json", "raw", "raw/ticks", "receive/source", "receive"])
def test_what_no_backup_goes_without_must_be_readable(root: Path, needed: str) -> None:
    source_of(root).parent.mkdir()
    source_of(root).write_text("s3://b/p")
    for_all(root, but=needed)
    with as_somebody(), pytest.raises(BackupRefused, match=CURE) as refused:
        taken(root, root.parent / "kept" / "one")
    assert str(root / needed) in str(refused.value)
    assert list((root.parent / "kept").iterdir()) == []


def test_a_segment_that_nobody_may_read_is_not_told_as_a_target_that_cannot_be_written(root: Path) -> None:
    segment = listed(root / "raw" / "ticks")[0].path
    for_all(root, but=str(segment.relative_to(root)))
    with as_somebody(), pytest.raises(BackupRefused, match=rf"{segment.name} cannot be read .*{CURE}"):
        taken(root, root.parent / "kept" / "one")


@pytest.mark.parametrize("missing", ["state", "state/nav.json", "watch", "tables/runs.jsonl"])
def test_whatever_else_cannot_be_read_is_missing_and_told_by_its_name(root: Path, missing: str) -> None:
    (root / "watch").mkdir(exist_ok=True)
    for_all(root, but=missing)
    with as_somebody():
        manifest = taken(root, root.parent / "kept" / "one")
    assert manifest.missed == (f"{missing}: Permission denied",)
    assert manifest.left_out == ()
    assert (restored(root.parent / "kept" / "one", root=root.parent / "there") / "control" / "wish.json").is_file()


@pytest.mark.parametrize("path", ["control/wish.json", "raw/checkpoint.json"])
def test_a_link_or_a_folder_under_a_name_that_no_backup_goes_without_is_refused(root: Path, path: str) -> None:
    (root / path).rename(root / "elsewhere")
    (root / path).symlink_to(root / "elsewhere")
    with pytest.raises(BackupRefused, match="put it right or move it away"):
        taken(root, root.parent / "one")
    (root / path).unlink()
    (root / path).mkdir()
    with pytest.raises(BackupRefused, match="it is no plain file"):
        taken(root, root.parent / "one")


def test_a_folder_on_a_disk_that_is_not_mounted_is_missing(root: Path) -> None:
    shutil.rmtree(root / "state")
    (root / "state").symlink_to(root / "nowhere")
    assert taken(root, root.parent / "one").missed == ("state: No such file or directory",)


def test_a_file_whose_name_is_no_text_is_left_out_and_told(root: Path) -> None:
    name = os.fsdecode(b"\xff.json")
    for folder in (root / "state", root / "tables" / "fills" / os.fsdecode(b"day=\xff")):
        folder.mkdir(parents=True, exist_ok=True)
    (root / "state" / name).write_text('{"schema":{"name":"x","version":1}}')
    (root / "tables" / "fills" / os.fsdecode(b"day=\xff") / "part.parquet").write_text("x")
    manifest = taken(root, root.parent / "one")
    assert len(manifest.left_out) == 2
    assert manifest.left_out[0] == r"'state/\udcff.json': its name is no UTF-8"
    assert manifest.missed == ()


def test_a_received_root_stays_one_and_the_next_restore_says_nothing_of_who_signs_in(root: Path) -> None:
    source_of(root).parent.mkdir()
    source_of(root).write_text("s3://KEY:SECRET@b/p")
    (root / "ship").mkdir()
    (root / "ship" / "owner").write_text('{"word":"w"}')
    taken(root, root.parent / "one")
    again = restored(root.parent / "one", root=root.parent / "there")
    with pytest.raises(SettingsError, match="are received from"):
        refuse_received(again)
    assert "SECRET" not in source_of(again).read_text()
    assert not (again / "ship").exists()  # two roots with one word could ship to one place
    source_of(root).write_text("s3://b/p")
    taken(root, root.parent / "two")
    assert source_of(restored(root.parent / "two", root=root.parent / "other")).read_text() == "s3://b/p"


def test_accounts_are_folders_with_an_accounts_name_and_a_link_to_one_is_missing(root: Path) -> None:
    several = root.parent / "several"
    for name in ("alpha", ".gamma.restoring", "Old"):
        shutil.copytree(root, several / "accounts" / name)
    (several / "accounts" / "beta").symlink_to(root)
    (several / "accounts" / "notes").write_text("x")
    manifest = taken(several, root.parent / "one")
    assert {name.split("/")[1] for name in manifest.ranges} == {"alpha"}
    assert manifest.left_out == ("accounts/Old: it is no account's name", "accounts/notes: it is no folder")
    assert [each.partition(":")[0] for each in manifest.missed] == ["accounts/beta"]


def test_accounts_that_nobody_may_list_are_refused(root: Path) -> None:
    (root / "accounts").mkdir()
    for_all(root, but="accounts")
    with as_somebody(), pytest.raises(BackupRefused, match=CURE):
        homes(Place(root=root), Omitted())
