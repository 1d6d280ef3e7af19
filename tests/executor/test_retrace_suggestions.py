"""What suggestions steered is steered by them again after a crash, from the journal alone, whatever the files say by then."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from executor import checkpoint as checkpoints
from executor.app import Order, Run
from executor.asking import plain_policy
from executor.flags import read_flags
from executor.journal.reader import read
from executor.records.orders import PolicyChanged, SuggestionRefused
from executor.records.streams import STREAMS, Stream
from executor.records.trading import Decision
from executor.steering import Steering
from executor.suggestions import FILES, FOLDER
from tests.executor.advised import MADE_US, file_of, put, routing, share
from tests.executor.test_retrace import SETTINGS, everything, first_difference, kept, live, saved

ROOT = Path(__file__).parents[2]
ON = {"ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1", "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED": "1", "RISK_ENGINE_V6_ENABLED": "1"}
SECOND_US = 1_000_000
PLAIN = plain_policy(SETTINGS)


def fast(root: Path, loops: int, flags: dict[str, str] | None = None) -> Run:
    run = Run(Order(root=root, settings=SETTINGS, flags=read_flags(ON if flags is None else flags), speed=0.0, loops=loops))
    asyncio.run(run.run())
    return run


def both_files(root: Path, at_s: int, version: str) -> None:
    made_us = MADE_US + at_s * SECOND_US
    put(root, "router", file_of("router", routing(), routing("ENAUSDT", n=3), version=version, made_us=made_us, life_s=400))
    put(root, "allocator", file_of("allocator", share(), share("ENAUSDT", 0.05), version=f"w{version}", made_us=made_us, life_s=200))


def proved(root: Path) -> Steering:
    """What is in force by the records alone; on the way, no version steps twice and every decision says what steered it."""
    steering = Steering()
    for _, record in read(root / "raw", "orders"):
        if isinstance(record, PolicyChanged):
            before = steering.policy(record.symbol, PLAIN)
            assert record.before == before
            if record.version in (before.version, before.weight_version) and record.version != "settings":
                assert record.after == before
            steering.take(record)
        elif isinstance(record, SuggestionRefused):
            key = (record.suggestion, record.version, record.symbol, record.reason)
            assert key not in steering.told
            steering.take(record)
        elif isinstance(record, Decision):
            assert record.policy == steering.policy(record.slice.symbol, PLAIN)
    return steering


@pytest.fixture(scope="module")
def steered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three legs as fast as it goes: one version, another, and the flags cleared; the first checkpoint kept beside."""
    root = tmp_path_factory.mktemp("steered")
    both_files(root, 0, "v1")
    run = Run(Order(root=root, settings=SETTINGS, flags=read_flags(ON), speed=0.0, loops=250))
    shutil.copy(root / "raw" / checkpoints.NAME, root / "first.json")
    asyncio.run(run.run())
    both_files(root, 250, "v2")
    fast(root, 600)
    both_files(root, 500, "v3")
    fast(root, 620)
    fast(root, 700, flags={})
    return root


def changes(root: Path) -> list[tuple[str, str, str]]:
    return [(one.suggestion, one.symbol, one.version) for _, one in read(root / "raw", "orders") if isinstance(one, PolicyChanged)]


def test_the_legs_hold_versions_expiries_and_a_return(steered: Path) -> None:
    found = changes(steered)
    assert found[:3] == [("router", "BTCUSDT", "v1"), ("allocator", "BTCUSDT", "wv1"), ("allocator", "ENAUSDT", "wv1")]
    assert {version for _, _, version in found} == {"v1", "wv1", "v2", "wv2", "v3", "wv3", "settings"}
    reasons = {one.reason for _, one in read(steered / "raw", "orders") if isinstance(one, PolicyChanged) and one.version == "settings"}
    assert reasons == {
        "wv1 expired and is not suggested any more", "wv2 expired and is not suggested any more",
        "ROUTER_AUTOTUNE_V6_APPLY_ENABLED is 0", "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED is 0",
    }  # fmt: skip
    assert proved(steered).symbols == {}


def cut_at(root: Path, seconds: float, behind_s: float) -> None:
    """End the journals as a crash would: ticks are written first, positions last, and a line is torn."""
    for number, stream in enumerate(("positions", "orders", "ticks")):
        (path,) = (root / "raw" / stream).iterdir()
        until_us = MADE_US + int((seconds + number * behind_s) * SECOND_US)
        lines = path.read_bytes().splitlines(keepends=True)
        whole = sum(record.ts_us < until_us for _, record in read(root / "raw", stream))
        path.write_bytes(b"".join(lines[:whole]) + b"".join(lines[whole : whole + 1])[:40])


@pytest.mark.parametrize("seconds", [0.5, 120, 199, 201, 250.5, 330, 449, 599, 600.5, 618, 620.5, 660])
@pytest.mark.parametrize(("present", "behind_s"), [(True, 0.0), (False, 1.0)])
def test_cut_off_anywhere_it_goes_on_from_what_the_journal_says(
    steered: Path, tmp_path: Path, seconds: float, *, present: bool, behind_s: float
) -> None:
    shutil.copytree(steered / "raw", tmp_path / "raw")
    shutil.copy(steered / "first.json", tmp_path / "raw" / checkpoints.NAME)
    cut_at(tmp_path, seconds, behind_s)
    whole = everything(tmp_path)
    if present:
        shutil.copytree(steered / FOLDER, tmp_path / FOLDER)
    run = fast(tmp_path, 720)
    assert proved(tmp_path) == run.engine.progress.steering
    counted, before = everything(tmp_path), saved(tmp_path)
    begun = {stream: counted[stream][: len(whole[stream])] for stream in STREAMS}
    assert first_difference(begun, whole) is None
    (tmp_path / "raw" / checkpoints.NAME).unlink()
    shutil.rmtree(tmp_path / FOLDER, ignore_errors=True)
    fast(tmp_path, 1)
    assert first_difference(everything(tmp_path), counted) is None
    assert kept(saved(tmp_path)) == kept(before)


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Processes in real time, under which files come, change, break and go; every checkpoint is kept beside."""
    root = tmp_path_factory.mktemp("lives")

    def keep(number: int) -> None:
        shutil.copy(root / "raw" / checkpoints.NAME, root / f"{number}.json")

    both_files(root, 0, "v1")
    live(root, 0, loops=100, flags=ON)
    keep(0)
    both_files(root, 100, "v2")
    live(root, 110, loops=250, flags=ON)
    keep(1)
    put(root, "router", b"{")
    (root / FOLDER / FILES["allocator"]).unlink()
    live(root, 300, stop_at=700, flags=ON)
    keep(2)
    both_files(root, 590, "v3")
    live(root, 600, loops=900, flags=ON, wishes={100: "halt", 150: "trade", 200: "flatten"})
    return root


@pytest.mark.parametrize("checkpoint", ["none", "0", "1", "2"])
def test_from_any_checkpoint_or_none_the_same_policies_are_reached(lives: Path, tmp_path: Path, checkpoint: str) -> None:
    shutil.copytree(lives / "raw", tmp_path / "raw")
    (tmp_path / "raw" / checkpoints.NAME).unlink()
    if checkpoint != "none":
        shutil.copy(lives / f"{checkpoint}.json", tmp_path / "raw" / checkpoints.NAME)
    both_files(tmp_path, 2_000, "v9")
    live(tmp_path, 7_000, loops=1, flags=ON)
    assert {version for _, _, version in changes(lives)} == {"v1", "wv1", "v2", "wv2", "v3", "wv3", "settings"}
    assert first_difference(everything(tmp_path), everything(lives)) is None
    assert kept(saved(tmp_path)) == kept(saved(lives))
    assert proved(tmp_path) == saved(lives).progress.steering


def started(root: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "executor", "run", "--data", str(root), "--speed", "max", *more]
    environ = {**{name: value for name, value in os.environ.items() if name not in ("ENV", "HEDGE_DATA")}, **ON}
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environ)


def test_killed_at_any_moment_with_suggestions_in_force_none_is_lost_or_taken_twice(tmp_path: Path) -> None:
    both_files(tmp_path, 0, "v1")
    for number, wait_s in enumerate((0.6, 0.9, 1.2)):
        process = started(tmp_path, "--loops", "6000")
        time.sleep(wait_s)
        process.kill()
        process.communicate()
        put(tmp_path, "router", file_of("router", routing(), version=f"k{number}", made_us=MADE_US, life_s=50_000))
    last = started(tmp_path, "--loops", "8000")  # however far the others came, the least time between two steps passes in this one
    assert last.communicate(timeout=120)[1].decode() == ""
    assert last.returncode == 0
    steering = proved(tmp_path)
    assert steering.policy("BTCUSDT", PLAIN).version == "k2"
    assert saved(tmp_path).progress.steering == steering


def orders(root: Path, stream: Stream = "orders") -> list[Any]:
    return [record for _, record in read(root / "raw", stream)]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        both_files(tmp_path / name, 0, "v1")
        fast(tmp_path / name, 300)
    assert orders(tmp_path / "one") == orders(tmp_path / "two")
    assert any(isinstance(each, SuggestionRefused) and each.symbol == "ENAUSDT" for each in orders(tmp_path / "one"))
