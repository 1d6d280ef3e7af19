"""A run is its feed, settings and seed and nothing else; a killed one comes back as if nothing had happened."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor import checkpoint as checkpoints
from executor.app import Order, Run, Summary
from executor.errors import CorruptJournal, SettingsError
from executor.flags import read_flags
from executor.journal.reader import Cursor, Follower
from executor.records.market import Quote
from executor.records.orders import Boot
from executor.records.streams import STREAMS, Stream
from executor.settings import Journal, Loop, Settings, Synthetic

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(
    loop=Loop(checkpoint_s=3600.0),
    journal=Journal(rotate_bytes=256 * 1024),
    synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000),
    strategy={},
)
LOOPS = 1_500


def ran(root: Path, given_settings: Settings = SETTINGS, loops: int = LOOPS) -> Summary:
    run = Run(Order(root=root, settings=given_settings, flags=read_flags({}), speed=0.0, loops=loops))
    return asyncio.run(run.run())


def records(root: Path, stream: Stream) -> list[object]:
    return [record for _, record in Follower(root / "raw", stream, Cursor()).read(None) if not isinstance(record, Boot)]


def files(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for stream in STREAMS for path in sorted((root / "raw" / stream).iterdir())}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed, and beside it the checkpoint it began with."""
    root = tmp_path_factory.mktemp("unbroken")
    run = Run(Order(root=root, settings=SETTINGS, flags=read_flags({}), speed=0.0, loops=LOOPS))
    shutil.copy(root / "raw" / checkpoints.NAME, root / "first.json")
    asyncio.run(run.run())
    return root


def test_the_run_traded_so_that_what_follows_proves_something(unbroken: Path) -> None:
    kinds = {type(record).__name__ for record in records(unbroken, "orders")}
    assert {"Intent", "Decision", "Submit", "Ack", "Fill"} <= kinds


def test_the_same_feed_settings_and_seed_give_the_same_bytes(unbroken: Path, tmp_path: Path) -> None:
    ran(tmp_path)
    assert files(tmp_path) == files(unbroken)


def test_another_seed_gives_another_run(unbroken: Path, tmp_path: Path) -> None:
    ran(tmp_path, Settings(**{**{name: getattr(SETTINGS, name) for name in SETTINGS.__struct_fields__}, "seed": 8}))
    assert files(tmp_path) != files(unbroken)


def cut(root: Path, share: float, ragged_bytes: int) -> None:
    """Take the end off every journal as a crash would: the same moment in all, and a torn line."""
    for stream in STREAMS:
        folder = root / "raw" / stream
        plain = sorted(folder.glob("*.jsonl*"))
        keep = max(1, round(len(plain) * share)) if len(plain) > 1 else 1
        for path in plain[keep:]:
            path.unlink()
        last = plain[keep - 1]
        if last.suffix == ".jsonl":
            content = last.read_bytes()
            last.write_bytes(content[: int(len(content) * share) + ragged_bytes])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0.02, 0.98), ragged_bytes=st.integers(0, 300))
def test_a_run_cut_off_anywhere_and_resumed_ends_as_the_unbroken_one(
    unbroken: Path, tmp_path_factory: pytest.TempPathFactory, share: float, ragged_bytes: int
) -> None:
    root = tmp_path_factory.mktemp("cut")
    shutil.copytree(unbroken / "raw", root / "raw")
    shutil.copy(unbroken / "first.json", root / "raw" / checkpoints.NAME)
    cut(root, share, ragged_bytes)
    ran(root)
    for stream in STREAMS:
        assert records(root, stream) == records(unbroken, stream)


def test_a_journal_that_disagrees_with_what_is_decided_again_is_refused(unbroken: Path, tmp_path: Path) -> None:
    shutil.copytree(unbroken / "raw", tmp_path / "raw")
    saved = checkpoints.load(unbroken / "raw")
    shutil.copy(unbroken / "first.json", tmp_path / "raw" / checkpoints.NAME)
    first = checkpoints.load(tmp_path / "raw")
    assert first is not None
    assert saved is not None
    tampered = {name: getattr(first, name) for name in first.__struct_fields__}
    tampered["settings"] = Settings(seed=9, loop=SETTINGS.loop, journal=SETTINGS.journal, synthetic=SETTINGS.synthetic)
    checkpoints.save(tmp_path / "raw", checkpoints.Checkpoint(**tampered))
    with pytest.raises(CorruptJournal, match="disagrees"):
        ran(tmp_path, tampered["settings"])


def test_another_market_on_the_same_directory_is_refused(tmp_path: Path) -> None:
    ran(tmp_path, loops=5)
    with pytest.raises(SettingsError, match="--data"):
        ran(tmp_path, Settings(seed=8), loops=5)


def test_new_limits_take_over_where_the_old_run_ended(tmp_path: Path) -> None:
    ran(tmp_path, loops=50)
    changed = Settings(**{**{name: getattr(SETTINGS, name) for name in SETTINGS.__struct_fields__}, "account": "other"})
    ran(tmp_path, changed, loops=60)
    boots = [record for _, record in Follower(tmp_path / "raw", "orders", Cursor()).read(None) if isinstance(record, Boot)]
    assert [boot.account for boot in boots] == ["paper", "other"]


def start(root: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "executor", "run", "--data", str(root), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, env={**os.environ, "HEDGE_DATA": ""})


def test_killed_at_any_moment_and_started_again_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    more = ("--speed", "max", "--loops", "4000")
    for wait_s in (0.6, 0.9, 1.2):
        process = start(tmp_path / "killed", *more)
        time.sleep(wait_s)
        process.kill()
        process.wait()
    last = start(tmp_path / "killed", *more)
    assert last.wait(120) == 0
    whole = start(tmp_path / "whole", *more)
    assert whole.wait(120) == 0
    for stream in STREAMS:
        assert records(tmp_path / "killed", stream) == records(tmp_path / "whole", stream)


def test_a_term_signal_ends_a_paced_run_with_a_heartbeat_and_no_tail(tmp_path: Path) -> None:
    process = start(tmp_path)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "raw" / "positions").glob("*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0
    saved = checkpoints.load(tmp_path / "raw")
    assert saved is not None
    assert saved.seqs["positions"] == len(records(tmp_path, "positions"))
    assert saved.time == "wall"


def test_a_term_signal_is_heard_at_full_speed(tmp_path: Path) -> None:
    process = start(tmp_path, "--speed", "max")
    deadline = time.monotonic() + 120
    while not list((tmp_path / "raw" / "positions").glob("*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0


def test_a_paced_run_that_is_stopped_while_it_waits_forgets_no_batch(unbroken: Path, tmp_path: Path) -> None:
    async def stopped_soon() -> None:
        run = Run(Order(root=tmp_path, settings=SETTINGS, flags=read_flags({}), speed=60.0))
        loops = run.engine.progress.loops
        running = asyncio.create_task(run.run())
        while run.engine.progress.loops < loops + 6 and not running.done():  # noqa: ASYNC110 - it tells nobody of its loops
            await asyncio.sleep(0.01)
        run.stop("SIGTERM")
        await running

    asyncio.run(stopped_soon())
    asyncio.run(stopped_soon())
    seen = [record for record in records(tmp_path, "ticks") if isinstance(record, Quote)]
    whole = [record for record in records(unbroken, "ticks") if isinstance(record, Quote)]
    assert 0 < len(seen) < len(whole)
    assert {(one.symbol, one.ts_us): one for one in seen} == {(one.symbol, one.ts_us): one for one in whole if one.ts_us <= seen[-1].ts_us}


def test_loops_that_are_done_already_leave_everything_where_it_was(tmp_path: Path, unbroken: Path) -> None:
    ran(tmp_path, loops=LOOPS // 2)
    ran(tmp_path, loops=LOOPS // 2)
    ran(tmp_path)
    for stream in STREAMS:
        assert records(tmp_path, stream) == records(unbroken, stream)
