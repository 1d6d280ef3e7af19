"""A restore ends with the whole desk under its name, or with nothing there."""

import shutil
from pathlib import Path

import msgspec
import pytest

from executor.errors import LockError
from executor.journal.form import CHECKPOINT_FORMAT, FORM
from hedge_assets.backups.archive import Writer, checked, read_through
from hedge_assets.backups.restoring import refuse_newer, restore
from hedge_assets.backups.shapes import MANIFEST, BackupRefused, Manifest, named
from hedge_assets.backups.taking import Earlier
from hedge_assets.folder_lock import held
from tests.hedge_assets.backups.desks import kept_files, restored, taken, traded


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return traded(tmp_path_factory.mktemp("desk") / "desk", 200)


@pytest.fixture
def backup(desk: Path, tmp_path: Path) -> Path:
    taken(desk, tmp_path / "one")
    return tmp_path / "one"


def retold(path: Path, manifest: Manifest) -> Path:
    """The same archive under another manifest."""
    other = path.with_name("retold")
    with read_through(path) as files, other.open("wb") as out:
        writer = Writer(out)
        for name, _, content in files:
            data = content.read()
            writer.add_bytes(name, msgspec.json.encode(named(manifest)) if name == MANIFEST else data)
        writer.close()
    return other


def test_an_empty_folder_is_as_good_as_none(desk: Path, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    assert kept_files(restored(backup, root=tmp_path / "there")) == kept_files(desk)


def test_a_place_that_is_used_is_refused_and_left_alone(backup: Path, tmp_path: Path) -> None:
    root = tmp_path / "there"
    (root / "raw").mkdir(parents=True)
    (root / "raw" / "fact").write_text("x")
    with pytest.raises(BackupRefused, match="is not empty"):
        restore([backup], root)
    assert [path.name for path in root.rglob("*")] == ["raw", "fact"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(BackupRefused, match="is not empty"):
        restore([backup], tmp_path / "file")
    with pytest.raises(BackupRefused, match="is no folder; make it"):
        restore([backup], tmp_path / "no" / "where")
    with pytest.raises(BackupRefused, match="where a disk is mounted"):
        restore([backup], Path("/proc"))


def test_what_a_killed_restore_had_got_together_is_cleared_away(desk: Path, backup: Path, tmp_path: Path) -> None:
    left = tmp_path / ".there.restoring"
    (left / "raw" / "ticks").mkdir(parents=True)
    (left / "raw" / "ticks" / "000000000001-20260101T00.jsonl").write_text("half")
    (left / "more").write_text("x")
    assert kept_files(restored(backup, root=tmp_path / "there")) == kept_files(desk)
    assert not left.exists()


def test_two_do_not_restore_the_same_place(backup: Path, tmp_path: Path) -> None:
    with held(tmp_path / ".there.restoring", "mine"), pytest.raises(LockError, match="wait for it"):
        restore([backup], tmp_path / "there")


def test_a_damaged_backup_leaves_nothing(backup: Path, tmp_path: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 4
    backup.write_bytes(content)
    with pytest.raises(BackupRefused):
        restore([backup], tmp_path / "there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one"]


def test_a_manifest_that_says_other_than_the_journals_do_is_refused_and_leaves_nothing(backup: Path, tmp_path: Path) -> None:
    manifest = checked(backup)
    ranges = {**manifest.ranges, "raw/orders": msgspec.structs.replace(manifest.ranges["raw/orders"], last_seq=10**9)}
    other = retold(backup, msgspec.structs.replace(manifest, ranges=ranges))
    with pytest.raises(BackupRefused, match=r"raw/orders came out as 1\.\."):
        restore([other], tmp_path / "there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "retold"]


@pytest.mark.parametrize(
    ("newer", "named_as"),
    [
        ({"journal_form": FORM + 1}, "journals of form"),
        ({"checkpoint_format": CHECKPOINT_FORMAT + 1}, "checkpoint of form"),
        ({"states": {"accounts/alpha/state/nav.json": 999}}, "accounts/alpha/state/nav.json of form 999"),
    ],
)
def test_what_a_newer_version_wrote_is_refused_by_name(backup: Path, tmp_path: Path, newer: dict[str, object], named_as: str) -> None:
    manifest = msgspec.structs.replace(checked(backup), **newer)
    with pytest.raises(BackupRefused, match=named_as) as refused:
        restore([retold(backup, manifest)], tmp_path / "there")
    assert refused.value.exit_code == 78
    assert manifest.code_version in str(refused.value)


def test_files_of_states_that_are_no_more_hinder_nothing(backup: Path) -> None:
    refuse_newer(msgspec.structs.replace(checked(backup), states={"state/gone.json": 999}), "one")


def test_what_a_backup_builds_on_is_looked_for_beside_it_by_its_own_id(desk: Path, backup: Path, tmp_path: Path) -> None:
    taken(desk, tmp_path / "two", Earlier(checked(backup), "one"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = Path(shutil.copy(tmp_path / "two", elsewhere))
    with pytest.raises(BackupRefused, match=r"which is not in .*elsewhere"):
        restore([moved], tmp_path / "there")
    shutil.copy(tmp_path / "two", elsewhere / "one")
    with pytest.raises(BackupRefused, match="builds on"):
        restore([moved], tmp_path / "there")
    assert kept_files(restored(backup, moved, root=tmp_path / "there")) == kept_files(desk)


def test_backups_that_do_not_belong_together_are_refused(desk: Path, backup: Path, tmp_path: Path) -> None:
    taken(traded(tmp_path / "other", 60), tmp_path / "two")
    with pytest.raises(BackupRefused, match="name one backup and what it builds on"):
        restore([backup, tmp_path / "two"], tmp_path / "there")
