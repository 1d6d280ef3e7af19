"""What the journals say of earlier starts is enough to begin again where the first of them began."""

import asyncio
from pathlib import Path

import pytest

from executor import checkpoint as checkpoints
from executor.app import Order, Run
from executor.errors import CorruptJournal
from executor.flags import read_flags
from executor.settings import Journal, Settings, Synthetic
from executor.starts import Manner, from_the_beginning, starts_after

SETTINGS = Settings(synthetic=Synthetic(symbols=("BTCUSDT",), step_ms=5_000), journal=Journal(rotate_bytes=8_192))
TODAY = Manner(settings=SETTINGS, flags=read_flags({}), time="feed")


def ran(root: Path, loops: int, flags: dict[str, str] | None = None) -> None:
    asyncio.run(Run(Order(root=root, settings=SETTINGS, flags=read_flags(flags or {}), speed=0.0, loops=loops)).run())


def test_nothing_journaled_is_no_beginning(tmp_path: Path) -> None:
    assert from_the_beginning(tmp_path / "raw", TODAY) is None


def test_the_beginning_is_that_of_the_first_boot(tmp_path: Path) -> None:
    ran(tmp_path, 10)
    ran(tmp_path, 20, {"RISK_ENGINE_V6_ENABLED": "1"})
    found = from_the_beginning(tmp_path / "raw", TODAY)
    last = checkpoints.load(tmp_path / "raw")
    assert found is not None
    assert last is not None
    assert (found.start_us, found.boots, found.seqs) == (last.start_us, 2, {"ticks": 0, "orders": 0, "positions": 0})
    assert found.flags["RISK_ENGINE_V6_ENABLED"] == "0"
    starts = starts_after(tmp_path / "raw", found.seqs)
    assert [start.manner.flags.on("RISK_ENGINE_V6_ENABLED") for start in starts if start.manner] == [False, True]


def test_journals_whose_beginning_is_gone_are_refused(tmp_path: Path) -> None:
    ran(tmp_path, 300)
    first = min((tmp_path / "raw" / "ticks").iterdir())
    first.unlink()
    with pytest.raises(CorruptJournal, match="first ticks record") as caught:
        from_the_beginning(tmp_path / "raw", TODAY)
    assert caught.value.exit_code == 78
