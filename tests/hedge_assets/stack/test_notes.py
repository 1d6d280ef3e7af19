"""What `hedge up` leaves for others says how its programs are, and what it did not ask for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.pulse import REMEMBERED
from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.notes import Tally, write_targets
from hedge_assets.stack.programs import Ports
from hedge_assets.stack.supervision import Process


def process(pid: int, state: str = "RUNNING", code: int = 0) -> Process:
    return Process("executor", state, pid, code, 7)


def falls(tally: Tally, *seen: Process) -> tuple[int, ...]:
    told = [tally.see({"executor": each}, now_us) for now_us, each in enumerate(seen)]
    return told[-1].programs[0].falls_us


@pytest.mark.parametrize(
    ("after", "counted"),
    [
        (process(12), 1),
        (process(0, "BACKOFF", 1), 1),
        (process(0, "FATAL", 1), 1),
        (process(0, "EXITED", 78), 1),
        (process(0, "EXITED", 0), 0),
        (process(0, "STOPPED", -15), 0),
        (process(11, "STOPPING"), 0),
    ],
)
def test_an_end_nobody_asked_for_is_a_fall(tmp_path, after, counted):
    assert len(falls(Tally(tmp_path), process(11), after)) == counted


def test_a_fall_that_is_seen_twice_is_one(tmp_path):
    assert falls(Tally(tmp_path), process(11), process(0, "BACKOFF", 1), process(0, "BACKOFF", 1), process(12)) == (1,)


@given(st.lists(st.integers(0, 3), max_size=60))
def test_falls_are_in_order_bounded_and_one_for_each_process_that_went(tmp_path_factory, pids):
    tally = Tally(tmp_path_factory.getbasetemp() / "none")
    seen = [process(pid, "RUNNING" if pid else "BACKOFF", 1) for pid in pids]
    told = falls(tally, process(0, "STARTING"), *seen)
    went = sum(1 for before, after in zip([0, *pids], pids, strict=False) if before and after != before)
    assert list(told) == sorted(set(told))
    assert len(told) == min(went, REMEMBERED)


def test_a_note_of_an_earlier_life_is_taken_away_and_a_refusal_is_said_once(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "programs.json").write_text("{}")
    tally = Tally(tmp_path / "run")
    assert not (tmp_path / "run" / "programs.json").exists()
    (tmp_path / "run" / "programs.json").mkdir()
    assert "cannot be written" in (tally.note({"executor": process(1)}) or "")
    assert tally.note({"executor": process(1)}) is None


def test_who_does_not_answer_is_noted_with_what_it_was_asked(tmp_path):
    told = Tally(tmp_path).see({"executor": process(11)}, 0, {"executor": Mute(12.5, "GET / at port 1")}).programs[0]
    assert (told.mute_s, told.fault) == (12.5, "GET / at port 1")


def test_prometheus_is_told_where_both_serve(tmp_path):
    write_targets(tmp_path, Ports(watch=9001, executor=9002))
    rows = json.loads((tmp_path / "prometheus_targets.json").read_text())
    assert {row["labels"]["job"]: row["targets"] for row in rows} == {
        "hedge_watch": ["127.0.0.1:9001"],
        "hedge_executor": ["127.0.0.1:9002"],
    }


def test_prometheus_can_tell_the_executors_of_several_accounts_apart(tmp_path):
    write_targets(tmp_path, Ports(watch=9001, executor=9002, more_executors=(9003,)), ("alpha", "beta"))
    rows = json.loads((tmp_path / "prometheus_targets.json").read_text())
    assert {row["labels"].get("account"): (row["labels"]["job"], row["targets"]) for row in rows} == {
        None: ("hedge_watch", ["127.0.0.1:9001"]),
        "alpha": ("hedge_executor", ["127.0.0.1:9002"]),
        "beta": ("hedge_executor", ["127.0.0.1:9003"]),
    }
