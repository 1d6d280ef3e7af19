"""A running executor says of itself that it lives and loops, how it ended, and how often it did not end well."""

import asyncio
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from executor import checkpoint as checkpoints
from executor.app import Run
from executor.clock import FixedClock, WallClock
from executor.control import Control, ask
from executor.errors import SettingsError
from executor.flags import read_flags
from executor.life import Order
from executor.pulse import NAME, Pulse, read_pulse
from executor.settings import Settings, Synthetic
from tests.executor.running import pulse_once, running

SETTINGS = Settings(synthetic=Synthetic(symbols=("BTCUSDT",), step_ms=5_000))


def order(root: Path, **more: object) -> Order:
    given = {"root": root, "settings": SETTINGS, "flags": read_flags({}), "speed": 0.0, "loops": 20, **more}
    return Order(**given)  # type: ignore[arg-type]


def ran(root: Path, **more: object) -> None:
    asyncio.run(Run(order(root, **more), FixedClock(0)).run())


def test_a_live_executor_beats_and_its_turns_grow(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        first = pulse_once(tmp_path, lambda pulse: pulse.turns > 0)
        later = pulse_once(tmp_path, lambda pulse: pulse.turns > first.turns)
        assert (later.pid, later.started_us, later.ended, later.crashes_us) == (process.pid, first.started_us, None, ())
        assert later.turned_us is not None
        assert first.turned_us is not None
        assert first.started_us < first.turned_us < later.turned_us <= later.at_us
        assert (later.account, later.turn_due_s, later.metrics_port) == ("paper", 1.0, None)
        assert (later.note["phase"], later.note["time"], later.note["boot"]) == ("trading", "wall", "0001")
        assert later.flags["ENV"] == "dev"
        assert {"hedge", "python"} <= set(later.versions)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    last = read_pulse(tmp_path / "raw")
    assert last is not None
    assert (last.ended, last.note["phase"]) == ("SIGTERM", "ended")


def test_three_kills_are_three_crashes_and_a_good_end_adds_none(tmp_path: Path) -> None:
    for n in range(3):
        with running(tmp_path) as process:
            seen = pulse_once(tmp_path, lambda pulse, pid=process.pid: pulse.pid == pid and pulse.turns > 0)
            assert len(seen.crashes_us) == n
            process.kill()
    with running(tmp_path) as process:
        seen = pulse_once(tmp_path, lambda pulse: pulse.pid == process.pid)
        assert len(seen.crashes_us) == 3
        assert seen.crashes_us[-1] == seen.started_us
        pulse_once(tmp_path, lambda pulse: pulse.turns > 0)
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
    with running(tmp_path, "--loops", "1"):
        assert pulse_once(tmp_path, lambda pulse: pulse.ended == "loops done").crashes_us == seen.crashes_us


def test_a_stopped_loop_beats_and_a_stopped_process_does_not(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        pulse_once(tmp_path, lambda pulse: pulse.turns > 0)
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        before = (tmp_path / "raw" / NAME).read_bytes()
        time.sleep(1.5)
        assert (tmp_path / "raw" / NAME).read_bytes() == before
        process.send_signal(signal.SIGCONT)
        at_us = pulse_once(tmp_path, lambda _: True).at_us
        pulse_once(tmp_path, lambda pulse: pulse.at_us > at_us)


def test_a_loop_that_hangs_still_beats_and_says_since_when(tmp_path: Path) -> None:
    with stopping_for_nobody(tmp_path) as process:
        hung = pulse_once(tmp_path, lambda pulse: stands_s(pulse) > 3.5)
        assert (hung.ended, hung.pid) == (None, process.pid)


@contextmanager
def stopping_for_nobody(root: Path) -> Iterator[subprocess.Popen[str]]:
    """An executor whose loop writes a checkpoint only when it is halted, and then waits for somebody to read it."""
    (root / "seldom.toml").write_text("[loop]\ncheckpoint_s = 3600\n")
    with running(root, "--config", str(root / "seldom.toml")) as process:
        pulse_once(root, lambda pulse: pulse.turns > 0)
        os.mkfifo(root / "raw" / ".checkpoint.json.new")
        ask(root, Control(wanted="halt", reason="tried", asked_us=1))
        yield process


def stands_s(pulse: Pulse) -> float:
    return 0.0 if pulse.turned_us is None else (pulse.at_us - pulse.turned_us) / 1e6


def test_a_loop_that_stands_still_tells_once_where_it_stands(tmp_path: Path) -> None:
    with stopping_for_nobody(tmp_path) as process:
        late_us = pulse_once(tmp_path, lambda pulse: stands_s(pulse) > 11.5).at_us
        pulse_once(tmp_path, lambda pulse: pulse.at_us > late_us)
        process.kill()
        assert process.stderr is not None
        text = process.stderr.read()
    assert text.count("the loop stands still") == 1
    assert "in save" in text


def test_a_replay_ends_with_its_reason_and_by_the_walls_clock(tmp_path: Path) -> None:
    before_us = WallClock().now_us()
    ran(tmp_path)
    last = read_pulse(tmp_path / "raw")
    assert last is not None
    assert last.turned_us is not None
    assert before_us < last.started_us < last.turned_us <= last.at_us < WallClock().now_us()
    assert (last.ended, last.turns) == ("loops done", 20)
    assert (last.note["time"], last.note["speed"], last.turn_due_s) == ("feed", 0.0, 10.0)


def test_turns_are_of_this_process_and_a_paced_feed_may_take_its_time(tmp_path: Path) -> None:
    ran(tmp_path)
    ran(tmp_path, loops=25, speed=1e6)
    last = read_pulse(tmp_path / "raw")
    assert last is not None
    assert (last.turns, last.note["loops"], last.turn_due_s) == (5, 25, 86_400.0)


def test_a_refused_start_leaves_the_word_of_the_life_before(tmp_path: Path) -> None:
    ran(tmp_path)
    with pytest.raises(SettingsError, match="--data"):
        ran(tmp_path, settings=Settings(seed=8))
    last = read_pulse(tmp_path / "raw")
    assert last is not None
    assert (last.ended, last.crashes_us) == ("loops done", ())


def test_a_start_on_a_damaged_checkpoint_is_no_good_end(tmp_path: Path) -> None:
    ran(tmp_path)
    (tmp_path / "raw" / checkpoints.NAME).write_bytes(b"00000000\n{}")
    with running(tmp_path, "--speed", "max") as process:
        assert process.wait(120) == 78
    last = read_pulse(tmp_path / "raw")
    assert last is not None
    assert last.ended is None
    with running(tmp_path, "--speed", "max") as process:
        assert process.wait(120) == 78
    again = read_pulse(tmp_path / "raw")
    assert again is not None
    assert again.crashes_us == (again.started_us,)


def test_a_full_disk_is_no_good_end_and_coming_back_counts_it(tmp_path: Path) -> None:
    with running(tmp_path, "--speed", "max") as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (400_000, 400_000))
        assert process.wait(120) == 1
        assert process.stderr is not None
        assert len(process.stderr.read().strip().splitlines()) == 1
    last = read_pulse(tmp_path / "raw")
    assert last is not None
    assert (last.ended, last.pid) == (None, process.pid)
    with running(tmp_path, "--speed", "max", "--loops", "10") as process:
        assert process.wait(120) == 0
    back = read_pulse(tmp_path / "raw")
    assert back is not None
    assert (back.ended, back.crashes_us) == ("loops done", (back.started_us,))


def test_what_lies_in_the_way_of_a_pulse_hurts_nobody(tmp_path: Path) -> None:
    (tmp_path / "raw" / NAME / "inside").mkdir(parents=True)
    ran(tmp_path)
    pulse = read_pulse(tmp_path / "raw")
    assert pulse is not None
    assert pulse.ended == "loops done"
