"""A process that was asked to stop does one more loop; killed anywhere within that, the next goes on from what was written."""

import shutil
from pathlib import Path

import msgspec
import pytest

from executor import checkpoint as checkpoints
from executor.records.orders import PolicyChanged, Submit
from executor.records.streams import Stream
from executor.records.trading import Decision, Intent
from executor.settings import Loop
from tests.executor.advised import file_of, put, routing
from tests.executor.test_retrace import SETTINGS, V6, everything, first_difference, kept, live, saved

LOOKS = 187
RARE = msgspec.structs.replace(SETTINGS, loop=Loop(period_s=20.0, checkpoint_s=3600.0))
"""Loops so far apart that the one after the signal finds something to decide."""

FLAGS = {**V6, "ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1"}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A process whose last loop, the one after the signal, takes a suggestion, decides and sends."""
    root = tmp_path_factory.mktemp("stopped")
    news = file_of("router", routing(), routing("ENAUSDT"), life_s=90_000)
    live(root, 0, stop_at=LOOKS, flags=FLAGS, settings=RARE, then=lambda: put(root, "router", news))
    return root


def last_us(root: Path) -> int:
    return everything(root)["positions"][-1][1].ts_us


def keep(root: Path, stream: Stream, lines: int) -> None:
    (path,) = (root / "raw" / stream).iterdir()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]))


def test_the_last_loop_holds_what_no_loop_before_it_decided(stopped: Path) -> None:
    last = [type(record) for _, record in everything(stopped)["orders"] if record.ts_us == last_us(stopped)]
    assert last == [PolicyChanged, PolicyChanged, Intent, Decision, Submit]
    assert [record.ts_us for _, record in everything(stopped)["positions"]].count(last_us(stopped)) == 2


@pytest.mark.parametrize(("orders", "positions"), [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (5, 1), (5, 2)])
def test_killed_within_its_last_loop_it_goes_on(stopped: Path, tmp_path: Path, *, orders: int, positions: int) -> None:
    shutil.copytree(stopped / "raw", tmp_path / "raw")
    (tmp_path / "raw" / checkpoints.NAME).unlink()
    whole = everything(stopped)
    keep(tmp_path, "orders", len(whole["orders"]) - 5 + orders)
    keep(tmp_path, "positions", len(whole["positions"]) - 2 + positions)
    shutil.copytree(stopped / "state", tmp_path / "state")
    live(tmp_path, 9_000, loops=1, flags=FLAGS, settings=RARE)
    if orders:
        assert first_difference(everything(tmp_path), whole) is None
        assert kept(saved(tmp_path)) == kept(saved(stopped))
    live(tmp_path, 9_000, loops=saved(tmp_path).progress.loops + 5, flags=FLAGS, settings=RARE)
    found = everything(tmp_path)
    ids = [record.client_id for _, record in found["orders"] if isinstance(record, Submit)]
    assert len(ids) == len(set(ids))
    assert found["orders"][: len(whole["orders"]) - 5 + orders] == whole["orders"][: len(whole["orders"]) - 5 + orders]
