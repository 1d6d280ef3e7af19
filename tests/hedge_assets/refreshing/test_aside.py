import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.clock import FixedClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.refreshing.aside import OWN_FILES, bytes_of, keep_within, set_aside, swept
from hedge_assets.refreshing.fates import read_fates
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Health, Place
from hedge_assets.store import StoreError
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import DAY, SECOND, T0
from tests.hedge_assets.defs.desks import journaled

STATES = scan(tiny)


def folder_with_things(path):
    path.mkdir()
    (path / "inside").write_text("x")


DAMAGES = {
    "invalid": lambda path: path.write_bytes(b"\x00 nonsense"),
    "too_large": lambda path: path.write_bytes(b"x" * (5 * 1024 * 1024)),
    "directory": folder_with_things,
    "link": lambda path: path.symlink_to("elsewhere"),
    "special": os.mkfifo,
}


def refreshed(place, now_us=T0 + 10 * SECOND):
    outcomes = refresh(place, STATES, [each.name for each in STATES], clock=FixedClock(now_us), flags=read_flags({}))
    return {each.name: each for each in outcomes}


def kept_in(place):
    return sorted(path.name for path in (place.tables / "damaged").iterdir())


@pytest.mark.parametrize("why", DAMAGES)
def test_whatever_lies_damaged_under_a_name_is_kept_aside_and_the_file_made_again(tmp_path, why):
    journaled(tmp_path, 3)
    place = Place(root=tmp_path)
    place.state.mkdir()
    (place.state / "elsewhere").write_text("the target")
    DAMAGES[why](place.state / "size.json")
    outcomes = refreshed(place)
    assert all(each.is_written for each in outcomes.values())
    assert (place.state / "size.json").is_file()
    assert not (place.state / "size.json").is_symlink()
    assert kept_in(place) == [f"size.json.20260105T000010.000000Z.{why}"]
    assert (place.state / "elsewhere").read_text() == "the target"
    assert read_fates(place.tables).states["size"].kept == f"tables/damaged/size.json.20260105T000010.000000Z.{why}"


def test_a_good_file_is_replaced_and_not_kept(tmp_path):
    journaled(tmp_path, 3)
    place = Place(root=tmp_path)
    refreshed(place)
    refreshed(place, T0 + 20 * SECOND)
    assert not (place.tables / "damaged").exists()


def test_what_a_damaged_file_held_is_there_to_be_read(tmp_path):
    place = Place(root=tmp_path)
    place.state.mkdir()
    (place.state / "size.json").write_bytes(b"half of a fi")
    kept = set_aside(place, place.state / "size.json", why="invalid", now_us=T0)
    assert kept.path.read_bytes() == b"half of a fi"
    assert (place.state / "size.json").exists()


def test_of_a_file_larger_than_the_budget_the_beginning_is_kept(tmp_path):
    place = Place(root=tmp_path, health=Health(damaged_bytes=100_000))
    place.state.mkdir()
    (place.state / "size.json").write_bytes(b"x" * 100_001)
    kept = set_aside(place, place.state / "size.json", why="too_large", now_us=T0)
    assert kept.path.stat().st_size == 65_536
    assert kept.note == "only the first 65536 of its 100001 bytes are kept"


def test_a_damaged_file_that_cannot_be_kept_is_replaced_all_the_same_and_that_is_said(tmp_path):
    journaled(tmp_path, 3)
    place = Place(root=tmp_path)
    place.state.mkdir()
    place.tables.mkdir()
    (place.state / "size.json").write_bytes(b"nonsense")
    (place.tables / "damaged").write_text("no folder")
    assert refreshed(place)["size"].is_written
    assert read_fates(place.tables).states["size"].kept.startswith("not kept (")


def test_what_lies_in_the_way_of_folders_and_of_a_refreshs_own_files_is_moved_away(tmp_path):
    journaled(tmp_path, 3)
    place = Place(root=tmp_path)
    place.state.write_text("not a folder")
    place.tables.mkdir()
    own = (".refresh.lock", "fates.json", "folds.msgpack", "healing.json", "runs.jsonl")
    for name in own:
        folder_with_things(place.tables / name)
    assert all(each.is_written for each in refreshed(place).values())
    assert [name.partition(".2")[0] for name in kept_in(place)] == [*own, "state"]


def test_the_newest_is_kept_and_the_oldest_go_by_bytes_and_by_days(tmp_path):
    for day in range(6):
        (tmp_path / f"nav.json.2026010{day + 1}T000000.000000Z.invalid").write_bytes(b"x" * 10)
    now_us = T0 + 2 * DAY
    assert len(keep_within(tmp_path, Health(damaged_bytes=45, damaged_days=3.5), now_us)) == 3
    assert sorted(path.name[9:17] for path in tmp_path.iterdir()) == ["20260104", "20260105", "20260106"]
    keep_within(tmp_path, Health(damaged_bytes=25, damaged_days=30), now_us)
    assert bytes_of(tmp_path) == 20
    keep_within(tmp_path, Health(damaged_bytes=5, damaged_days=30), now_us)
    assert [path.name[9:17] for path in tmp_path.iterdir()] == ["20260106"]


def test_only_files_half_made_long_ago_are_swept(tmp_path):
    for name, age_s in ((".nav.json.12.new", 7200), (".size.json.13.new", 60), ("nav.json", 7200), (".refresh.lock", 7200)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (T0 / 1e6 - age_s,) * 2)
    assert swept(tmp_path, T0) == [".nav.json.12.new"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".refresh.lock", ".size.json.13.new", "nav.json"]


def test_what_is_gone_cannot_be_kept_and_that_is_a_sentence(tmp_path):
    with pytest.raises(StoreError, match="No such file"):
        set_aside(Place(root=tmp_path), tmp_path / "state" / "none.json", why="invalid", now_us=T0)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(OWN_FILES)), st.booleans())
def test_whatever_is_deleted_between_refreshes_the_files_are_the_same(tmp_path_factory, deleted, whole):
    here, there = (tmp_path_factory.mktemp(name) for name in ("here", "there"))
    for root in (here, there):
        journaled(root, 3)
        refreshed(Place(root=root))
    for name in deleted:
        (here / "tables" / name).unlink(missing_ok=True)
    if whole:
        shutil.rmtree(here / "tables")
        shutil.rmtree(here / "state")
    for root in (here, there):
        assert all(each.is_written for each in refreshed(Place(root=root), T0 + 20 * SECOND).values())
    for name in ("size.json", "double.json"):
        assert (here / "state" / name).read_bytes() == (there / "state" / name).read_bytes()
