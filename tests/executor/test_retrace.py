"""Whatever processes before did between two batches is done again at the same place, from any checkpoint or from none."""

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from itertools import zip_longest
from pathlib import Path

import msgspec
import pytest

from executor import checkpoint as checkpoints
from executor import control
from executor.app import Order, Run
from executor.checkpoint import Checkpoint
from executor.errors import CorruptJournal, SettingsError
from executor.flags import read_flags
from executor.journal.reader import read
from executor.records.base import Record
from executor.records.market import Gap
from executor.records.orders import Boot, Fill, Halt, Resume, Submit, Triggered
from executor.records.streams import STREAMS, Stream
from executor.records.trading import Intent
from executor.settings import Apply, Exits, Features, Journal, Limits, Loop, Settings, Synthetic

MONDAY_US = 1_748_822_400_000_000
SECOND_US = 1_000_000
QUICK = {"momentum": {"threshold": 0.2, "slow_bars": 10, "fast_bars": 3, "timeout_bars": 200}, "mean_reversion": {"mean_bars": 12}}
SETTINGS = Settings(
    loop=Loop(checkpoint_s=3600.0),
    journal=Journal(fsync="off", rotate_s=86_400.0),
    synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT")),
    features=Features(bar_s=2.0),
    apply=Apply(least_interval_s=30.0),
    exits=Exits(venue_stop_bps=4.0),
    strategy=QUICK,
)
V6 = {"RISK_ENGINE_V6_ENABLED": "1"}


class Busy:
    """A clock right once, at the start, and then ahead of the market, so that nothing waits; it does something at its so-manieth look."""

    def __init__(self, at_us: int) -> None:
        self.at_us = at_us
        self.looks = 0
        self.then: dict[int, Callable[[], object]] = {}

    def now_us(self) -> int:
        self.looks += 1
        if self.looks in self.then:
            self.then[self.looks]()
        return self.at_us if self.looks == 1 else self.at_us + 86_400 * SECOND_US


def live(
    root: Path, at_s: int, *, loops: int | None = None, flags: dict[str, str] | None = None, settings: Settings = SETTINGS,
    stop_at: int | None = None, wishes: dict[int, control.Wanted] | None = None, then: Callable[[], object] = lambda: None,
) -> Run:  # fmt: skip
    """One process in real time, begun `at_s` seconds after the first, until its loops are done or it is stopped."""
    clock = Busy(MONDAY_US + at_s * SECOND_US)
    run = Run(Order(root=root, settings=settings, flags=read_flags(flags or {}), speed=1.0, loops=loops), clock)
    if stop_at is not None:
        clock.then[stop_at] = lambda: (run.stop("SIGTERM"), then())
    for look, wanted in (wishes or {}).items():
        clock.then[look] = partial(control.ask, root, control.Control(wanted=wanted, reason="test", asked_us=0))
    asyncio.run(run.run())
    return run


def everything(root: Path) -> dict[Stream, list[tuple[int, Record]]]:
    return {stream: list(read(root / "raw", stream)) for stream in STREAMS}


def first_difference(one: dict[Stream, list[tuple[int, Record]]], two: dict[Stream, list[tuple[int, Record]]]) -> tuple[object, ...] | None:
    """The first pair of records that differ; a failure that shows all of them takes minutes and gigabytes."""
    pairs = ((stream, *pair) for stream in STREAMS for pair in zip_longest(one[stream], two[stream]))
    return next((each for each in pairs if each[1] != each[2]), None)


def saved(root: Path) -> Checkpoint:
    found = checkpoints.load(root / "raw")
    assert found is not None
    return found


def kept(found: Checkpoint) -> dict[str, object]:
    """What must be the same however it was arrived at."""
    return {name: getattr(found, name) for name in found.__struct_fields__ if name != "boots"}


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five processes on one directory: other flags, other settings, a signal, an operator; and every checkpoint kept beside."""
    root = tmp_path_factory.mktemp("lives")
    keep = lambda number: shutil.copy(root / "raw" / checkpoints.NAME, root / f"{number}.json")  # noqa: E731
    live(root, 0, loops=150)
    keep(0)
    live(root, 160, stop_at=500, flags=V6)
    keep(1)
    live(root, 500, loops=600, flags=V6, wishes={200: "halt", 300: "trade", 480: "flatten"})
    keep(2)
    control.wish_path(root).unlink()
    live(root, 5_000, loops=900, settings=msgspec.structs.replace(SETTINGS, limits=Limits(trade_frac=0.02)))
    keep(3)
    live(root, 6_000, stop_at=900)
    return root


def test_the_lives_hold_what_makes_going_through_them_again_hard(lives: Path) -> None:
    found = everything(lives)
    orders = [record for _, record in found["orders"]]
    assert {Fill, Halt, Resume, Boot, Triggered} <= {type(record) for record in orders}
    assert any(isinstance(record, Intent) and record.reason == "flatten" for record in orders)
    assert sum(isinstance(record, Gap) and record.reason == "restart" for _, record in found["ticks"]) == 4


@pytest.mark.parametrize("checkpoint", ["none", "0", "1", "2", "3"])
def test_from_any_checkpoint_or_none_the_same_state_is_reached_and_nothing_is_written_twice(
    lives: Path, tmp_path: Path, checkpoint: str
) -> None:
    shutil.copytree(lives / "raw", tmp_path / "raw")
    (tmp_path / "raw" / checkpoints.NAME).unlink()
    if checkpoint != "none":
        shutil.copy(lives / f"{checkpoint}.json", tmp_path / "raw" / checkpoints.NAME)
    live(tmp_path, 7_000, loops=1)
    assert first_difference(everything(tmp_path), everything(lives)) is None
    assert kept(saved(tmp_path)) == kept(saved(lives))


@pytest.mark.parametrize("share", [0.1, 0.35, 0.5, 0.62, 0.81, 0.97])
def test_killed_anywhere_and_without_a_checkpoint_it_goes_on_from_what_is_whole(lives: Path, tmp_path: Path, share: float) -> None:
    shutil.copytree(lives / "raw", tmp_path / "raw")
    (tmp_path / "raw" / checkpoints.NAME).unlink()
    first_us, last_us = (everything(lives)["positions"][place][1].ts_us for place in (0, -1))
    cut_us = first_us + int(share * (last_us - first_us))
    for stream, later_s in zip(STREAMS, (2, 1, 0), strict=True):
        (path,) = (tmp_path / "raw" / stream).iterdir()
        lines = path.read_bytes().splitlines(keepends=True)
        times = (record.ts_us for _, record in everything(lives)[stream])
        path.write_bytes(b"".join(line for line, ts_us in zip(lines, times, strict=True) if ts_us < cut_us + later_s * SECOND_US))
    loops = live(tmp_path, 9_000, loops=1).engine.progress.loops
    live(tmp_path, 9_000, loops=loops + 20)
    ids = [record.client_id for _, record in everything(tmp_path)["orders"] if isinstance(record, Submit)]
    assert len(ids) == len(set(ids))
    live(tmp_path, 9_100, loops=1)


def test_a_lost_checkpoint_of_journals_whose_beginning_is_gone_is_refused(lives: Path, tmp_path: Path) -> None:
    shutil.copytree(lives / "raw", tmp_path / "raw")
    (tmp_path / "raw" / checkpoints.NAME).unlink()
    (path,) = (tmp_path / "raw" / "ticks").iterdir()
    path.rename(path.with_name("000000000007-20250602T00.jsonl"))
    with pytest.raises(CorruptJournal, match=r"first ticks record is 7.*restore checkpoint.json"):
        live(tmp_path, 7_000, loops=1)


def test_a_market_of_real_time_is_not_gone_on_with_at_another_speed(lives: Path) -> None:
    with pytest.raises(SettingsError, match="--speed"):
        Run(Order(root=lives, settings=SETTINGS, flags=read_flags({}), speed=0.0))
