"""A restore ends with the whole desk under its name, or with nothing there."""

import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from executor.errors import LockError, SettingsError
from executor.journal.form import CHECKPOINT_FORMAT, FORM
from hedge_assets.backups.archive import Writer, checked, read_through
from hedge_assets.backups.restoring import refuse_newer, restore
from hedge_assets.backups.shapes import MANIFEST, BackupRefused, Manifest, named
from hedge_assets.backups.taking import Earlier
from hedge_assets.folder_lock import held, held_alone
from tests.hedge_assets.backups.desks import SOMEBODY, as_somebody, kept_files, open_to_all, restored, taken, traded


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


def test_a_whole_row_may_be_named_also_where_the_newest_needs_nothing_of_one(desk: Path, backup: Path, tmp_path: Path) -> None:
    one = checked(backup)
    two = taken(desk, tmp_path / "two", Earlier(one, "one"))
    three = taken(desk, tmp_path / "three", Earlier(two, "two"))
    assert [base.id for base in three.bases] == [two.id, one.id]
    assert [base.id for base in three.needed()] == [one.id]
    assert kept_files(restored(tmp_path / "three", tmp_path / "two", backup, root=tmp_path / "there")) == kept_files(desk)
    (tmp_path / "two").unlink()
    assert kept_files(restored(tmp_path / "three", root=tmp_path / "other")) == kept_files(desk)


def test_journals_that_a_manifest_says_nothing_of_are_refused(backup: Path, tmp_path: Path) -> None:
    manifest = checked(backup)
    ranges = {name: each for name, each in manifest.ranges.items() if name != "raw/orders"}
    other = retold(backup, msgspec.structs.replace(manifest, ranges=ranges))
    with pytest.raises(BackupRefused, match="raw/orders is not in the manifest"):
        restore([other], tmp_path / "there")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_where_a_restore_puts_its_files_together_is_never_followed(backup: Path, tmp_path: Path, is_there: bool) -> None:
    if is_there:
        (tmp_path / "others" / "raw").mkdir(parents=True)
        (tmp_path / "others" / "fact").write_text("x")
    (tmp_path / ".there.restoring").symlink_to(tmp_path / "others")
    with pytest.raises(SettingsError, match=r"it is a link.*move it away") as refused:
        restore([backup], tmp_path / "there")
    assert refused.value.exit_code == 78
    assert [path.name for path in sorted((tmp_path / "others").rglob("*"))] == (["fact", "raw"] if is_there else [])


def test_somebody_elses_folder_where_a_restore_puts_its_files_together_is_left_alone(backup: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make something somebody else's")
    (tmp_path / ".there.restoring").mkdir()
    (tmp_path / ".there.restoring" / "fact").write_text("x")
    os.chown(tmp_path / ".there.restoring", SOMEBODY, SOMEBODY)
    with pytest.raises(SettingsError, match=f"it is uid {SOMEBODY}'s, this is uid 0"):
        restore([backup], tmp_path / "there")
    assert (tmp_path / ".there.restoring" / "fact").read_text() == "x"


def test_who_holds_the_folder_of_a_restore_holds_what_bears_the_name_however_many_come_and_go(tmp_path: Path) -> None:
    folder = tmp_path / ".there.restoring"

    def came_and_went(_: int) -> str:
        try:
            with held_alone(folder, "wait for it"):
                (folder / "x").mkdir()  # it is there
                (folder / "x").rmdir()
                folder.rmdir()
        except LockError:
            return "refused"
        return "held"

    with ThreadPoolExecutor(8) as pool:
        seen = Counter(pool.map(came_and_went, range(2_000)))
    assert seen["held"] + seen["refused"] == 2_000
    assert seen["held"] > 0


def test_a_place_that_nobody_may_look_at_is_refused_in_one_line(backup: Path) -> None:
    with open_to_all() as place:
        (place / "closed" / "in").mkdir(parents=True)
        (place / "closed").chmod(0o700)
        for root in (place / "closed" / "in" / "there", place / "closed" / "there"):
            with as_somebody(), pytest.raises(BackupRefused, match=r"cannot be looked at \(Permission denied\)"):
                restore([backup], root)
