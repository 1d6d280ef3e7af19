"""Probes say yes only once it is so."""

import socket
import time

import pytest

from hedge_assets.catalog import scan
from hedge_assets.health.manifest import manifest
from hedge_assets.settings import Place
from hedge_assets.stack.ports import listens
from hedge_assets.stack.probes import dagster_trouble, grows, loading_trouble, standing


def answer(*locations: object) -> dict[str, object]:
    return {"data": {"workspaceOrError": {"locationEntries": [{"locationOrLoadError": each} for each in locations]}}}


def test_a_journal_of_an_earlier_run_does_not_count(tmp_path):
    now_s = time.time()
    assert not grows(tmp_path, now_s)
    (tmp_path / "positions").mkdir()
    (tmp_path / "positions" / "1.jsonl").write_text("{}\n")
    assert grows(tmp_path, now_s - 60)
    assert not grows(tmp_path, now_s + 60)


def test_a_journal_that_goes_while_it_is_looked_at_is_none_yet(tmp_path):
    (tmp_path / "positions").mkdir()
    (tmp_path / "positions" / "1.jsonl").symlink_to("packed-meanwhile")
    assert not grows(tmp_path, 0.0)


def test_a_port_is_listened_on_or_not():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert listens(port)
    assert not listens(port)
    assert dagster_trouble(port) == "Dagster does not answer"


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (answer({"__typename": "RepositoryLocation"}), None),
        (answer(None), "Dagster is loading the code"),
        (answer(), "Dagster has no code location"),
        (answer({"__typename": "PythonError", "message": "No module\n named x"}), "No module named x"),
        ({"errors": []}, "Dagster gives no code location"),
        ([], "Dagster gives no code location"),
    ],
)
def test_dagster_is_well_only_when_the_code_is_loaded(said, trouble):
    assert loading_trouble(said) == trouble


def test_an_empty_data_root_stands_at_nothing_and_names_the_first_file_it_lacks(tmp_path):
    rows = manifest(scan())
    seen = standing(Place(root=tmp_path), rows)
    assert (seen.written, seen.green, seen.files) == (0, 0, len(rows))
    assert not seen.is_complete
    assert not seen.is_green
    assert seen.trouble is not None
    assert seen.trouble.startswith("raw/")
