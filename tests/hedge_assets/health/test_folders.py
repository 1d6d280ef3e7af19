"""A folder is listed again when it changed, and what is remembered of it is what a fresh look would find."""

import os
import random
import time

import pytest

from executor.journal.segments import listed
from hedge_assets.health import folders
from hedge_assets.health.folders import MOST_FOLDERS, holding_of, looked_at

LATER_NS = 10**18


@pytest.fixture(autouse=True)
def forgotten():
    folders.known.clear()


def named(number, ending="jsonl"):
    return f"{number:012d}-20260101T00.{ending}"


def now_ns():
    return time.time_ns() + LATER_NS


def test_nothing_lies_in_a_folder_that_is_not_there(tmp_path):
    assert holding_of(tmp_path / "none", now_ns()).segments == ()


def test_whatever_happens_to_names_is_seen(tmp_path):
    """A law over five hundred steps of chance: segments made, packed and pruned, the last one growing."""
    chance, last = random.Random(7), 1
    (tmp_path / named(1)).write_bytes(b"x")
    for _ in range(500):
        step = chance.choice(["make", "pack", "prune", "grow", "nothing"])
        plain = sorted(tmp_path.glob("*.jsonl"))[:-1]
        if step == "make":
            last += 10
            (tmp_path / named(last)).write_bytes(b"y" * chance.randint(1, 99))
        elif step == "pack" and plain:
            packed = plain[0].with_suffix(".jsonl.zst")
            packed.write_bytes(b"z" * chance.randint(1, 99))
            plain[0].unlink()
        elif step == "prune" and len(listed(tmp_path)) > 1:
            listed(tmp_path)[0].path.unlink()
        elif step == "grow":
            with listed(tmp_path)[-1].path.open("ab") as file:
                file.write(b"w")
        held = holding_of(tmp_path, now_ns())
        assert held == looked_at(tuple(listed(tmp_path)))


def test_an_unchanged_folder_is_not_listed_again(tmp_path, monkeypatch):
    (tmp_path / named(1)).write_bytes(b"x")
    held = holding_of(tmp_path, now_ns())
    monkeypatch.setattr(folders, "listed", lambda _: pytest.fail("it was listed"))
    assert holding_of(tmp_path, now_ns()) is held


def test_a_folder_that_changed_a_moment_ago_is_not_remembered(tmp_path):
    (tmp_path / named(1)).write_bytes(b"x")
    stamp = tmp_path.stat().st_mtime_ns
    assert len(holding_of(tmp_path, stamp + 1_000).segments) == 1
    (tmp_path / named(11)).write_bytes(b"x")
    os.utime(tmp_path, ns=(stamp, stamp))  # a clock that has not ticked between two changes
    assert len(holding_of(tmp_path, stamp + 2_000).segments) == 2


def test_what_is_remembered_is_bounded(tmp_path):
    for number in range(MOST_FOLDERS + 20):
        (tmp_path / str(number)).mkdir()
        holding_of(tmp_path / str(number), now_ns())
    assert len(folders.known) == MOST_FOLDERS
