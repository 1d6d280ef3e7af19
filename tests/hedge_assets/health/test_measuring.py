import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.settings import Journal, Venue
from hedge_assets.health.measuring import FOLDERS, measure
from hedge_assets.settings import Health, Place
from tests.hedge_assets.builders import DAY, T0

PATHS = (
    "raw/ticks/000000000001-20260101T00.jsonl.zst",
    "raw/ticks/000000000501-20260104T23.jsonl.zst",
    "raw/ticks/000000000901-20260105T00.jsonl",
    "raw/orders/000000000001-20260105T00.jsonl",
    "raw/checkpoint.json",
    "state/nav.json",
    "state/pipeline_v6_shadow.jsonl.1",
    "tables/folds.msgpack",
    "tables/ticks/day=2026-01-05/part.parquet",
    "tables/damaged/nav.json.20260105T000000.000000Z.invalid",
    "tables/damaged/a folder/inside/it",
    "dagster/history/runs/index.db",
    "watch/incidents.jsonl",
    "watch/incidents.1.jsonl",
    "watch/pulse.json",
    "run/executor.log",
    "run/executor.log.1",
    "mirror/ledger.json",
    "run/daemon.log",
    "cassettes/20260105T000000Z-0001/000001.cassette.zst",
)


def laid_out(root, sizes):
    for path, size in sizes.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x" * size)


def rows(root, **given):
    return {each.name: each for each in measure(Place(root=root, **given))}


@pytest.fixture
def root(tmp_path):
    laid_out(tmp_path, dict.fromkeys(PATHS, 10))
    return tmp_path


def test_each_thing_has_its_files_and_its_budget(root):
    found = rows(root, health=Health(tables_bytes=7), journal=Journal(max_bytes=99, max_days=8.0))
    assert {name: each.files for name, each in found.items()} == {
        "raw/ticks": 3,
        "raw/orders": 1,
        "raw/positions": 0,
        "raw": 1,
        "states": 2,
        "damaged": 2,
        "day_tables": 1,
        "tables": 1,
        "dagster": 1,
        "incidents": 2,
        "watch": 1,
        "mirror": 1,
        "logs": 3,
        "cassettes": 1,
    }
    assert (found["tables"].budget_bytes, found["raw/ticks"].budget_bytes, found["raw/ticks"].keep_days) == (7, 99, 8.0)
    assert found["logs"].budget_bytes == 12_000_000
    assert (found["cassettes"].budget_bytes, found["cassettes"].keep_days) == (Venue().record_bytes, Venue().record_days)


def test_a_journals_age_is_its_records_and_what_reaches_into_the_kept_window_is_needed(root):
    ticks = rows(root, journal=Journal(keep_days=1.0))["raw/ticks"]
    assert (ticks.oldest_us, ticks.needed_bytes) == (T0 - 4 * DAY, 30)
    assert rows(root, journal=Journal(keep_days=0.01))["raw/ticks"].needed_bytes == 20
    assert rows(root)["raw/positions"].needed_bytes == 0


def test_a_link_is_not_followed_and_a_fifo_is_no_file(root):
    (root / "tables" / "link").symlink_to(root / "raw")
    os.mkfifo(root / "tables" / "pipe")
    assert rows(root)["tables"].files == 1


def test_a_folder_that_is_none_is_told_in_words(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "ticks").write_text("x")
    (tmp_path / "watch").write_text("x")
    found = rows(tmp_path)
    assert found["raw/ticks"].fault == "raw/ticks/ cannot be looked into: Not a directory"
    assert found["watch"].fault == "watch cannot be looked into: Not a directory"


def test_on_an_empty_machine_everything_is_nothing(tmp_path):
    assert {each.size_bytes for each in measure(Place(root=tmp_path))} == {0}
    assert {each.fault for each in measure(Place(root=tmp_path))} == {None}


@given(st.dictionaries(st.sampled_from(PATHS), st.integers(0, 500), max_size=8))
def test_every_byte_belongs_to_exactly_one_thing(tmp_path_factory, sizes):
    root = tmp_path_factory.mktemp("root")
    laid_out(root, sizes)
    assert {path.partition("/")[0] for path in sizes} <= set(FOLDERS)
    assert sum(each.size_bytes for each in measure(Place(root=root))) == sum(sizes.values())
