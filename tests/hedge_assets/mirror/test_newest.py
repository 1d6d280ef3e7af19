import pytest

from executor.errors import SettingsError
from hedge_assets.catalog import scan
from hedge_assets.health.manifest import manifest
from hedge_assets.mirror.newest import Newest, mirrored_rows
from hedge_assets.settings import Mirror, Place
from tests.hedge_assets.mirror.desks import ROWS, filled, written


@pytest.fixture
def newest(tmp_path):
    filled(tmp_path)
    made = Newest(Place(root=tmp_path), ROWS)
    made.look()
    return made


def test_a_file_is_read_again_only_when_it_is_another(newest, tmp_path):
    before = dict(newest.copies)
    newest.look()
    assert all(newest.copies[name] is before[name] for name in before)
    content = written(tmp_path, "nav", 2.0)
    newest.look()
    assert newest.copies["nav"].content == content
    assert newest.copies["health"] is before["health"]


@pytest.mark.parametrize("ill", ["absent", "cut", "link", "folder", "foreign", "large"])
def test_what_gives_no_copy_says_why_and_leaves_the_last_one(newest, tmp_path, ill):
    path, before = tmp_path / "state" / "nav.json", newest.copies["nav"]
    path.rename(tmp_path / "aside")
    if ill == "cut":
        path.write_bytes(before.content[:-5])
    elif ill == "link":
        path.symlink_to(tmp_path / "aside")
    elif ill == "folder":
        path.mkdir()
    elif ill == "foreign":
        path.write_text('{"account": "paper"}')
    elif ill == "large":
        path.write_bytes(b" " * (17 * 1024 * 1024))
    newest.look()
    assert newest.copies["nav"] is before
    assert newest.unread["nav"].startswith("state/nav.json: ")
    if path.is_dir():
        path.rmdir()
    (tmp_path / "aside").replace(path)
    newest.look()
    assert newest.unread == {}


def test_the_states_that_are_copied_by_default_are_states_and_one_that_is_none_is_refused():
    rows = manifest(scan())
    assert [row.name for row in mirrored_rows(rows, Mirror().states)] == list(Mirror().states)
    assert {row.kind for row in mirrored_rows(rows, ())} == {"state"}
    with pytest.raises(SettingsError, match=r"mirror\.states names 'navs', there are .*nav"):
        mirrored_rows(rows, ("navs",))
