"""A life at a venue that is recorded trades as one that is not, whatever becomes of the recording."""

import asyncio
from pathlib import Path

import pytest

from executor.errors import SettingsError
from executor.records.orders import Ended, Fault
from executor.wire.cassettes import files, keeper
from tests.executor.live.desk import KEY, SECRET, opened
from tests.executor.wire.cassettes.taped import kept, text_of

RECORDED = {"record": "on"}


def test_a_disk_without_room_is_told_and_trading_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "AGAIN_S", 0.2)

    async def life() -> None:
        async with opened(tmp_path, venue=RECORDED) as desk, desk.running() as run:
            desk.ask("BTCUSDT")
            await desk.told(Ended)
            monkeypatch.setattr(files, "RESERVE_BYTES", 1 << 60)
            fault = await desk.told(Fault, where="wire.cassettes")
            assert "free on the disk" in fault.detail
            assert any(line.startswith("not recorded: ") for line in desk.said)
            assert run.life.note()["record_fault"]
            desk.ask("ETHUSDT")
            await desk.told(Ended, count=2)
            monkeypatch.setattr(files, "RESERVE_BYTES", 0)
            await desk.until(lambda: any(line.startswith("recording again; ") for line in desk.said), "it says so")
            assert run.life.note()["record_fault"] is None
            assert run.life.note()["record_lost"] > 0
        assert [one.filled_qty > 0 for one in desk.of(Ended)] == [True, True]
        assert sum(int(line.text) for line in kept(desk.root / "cassettes", "dropped")) > 0

    asyncio.run(life())


def test_a_folder_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    async def life() -> None:
        (tmp_path / "taken").write_text("a file")
        async with opened(tmp_path, venue={**RECORDED, "record_folder": str(tmp_path / "taken")}) as desk:
            async with desk.child():
                code, said = await desk.ended()
            assert code == SettingsError.exit_code == 78
            assert "venue.record_folder" in said.splitlines()[-1]
            assert desk.venue.oracle.orders == []

    asyncio.run(life())


def test_everything_seen_is_on_it_in_the_folder_that_is_named_and_no_secret(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={**RECORDED, "record_folder": str(tmp_path / "elsewhere")}) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ended)
                desk.venue.listen_keys.expire()
                await desk.until(lambda: len(kept(tmp_path / "elsewhere", "up")) > 3, "another private stream")
            assert not (desk.root / "cassettes").exists()
            lines = kept(tmp_path / "elsewhere")
            told = {line.name for line in lines if line.kind in ("frame", "frame+")}
            assert told == {"private", "public", "market"}
            asked = sum(line.kind == "ask" for line in lines)
            seen = sum(one.path.startswith("/fapi/") for one in desk.venue.log)  # the others are those that connect streams
            assert 0 <= seen - asked <= 3
            assert [line.kind for line in lines[:2]] == ["head", "known"]
            assert [line.kind for line in lines if line.kind in ("stop", "over")] == ["stop", "over"]
        text = text_of(tmp_path / "elsewhere")
        assert (KEY in text, SECRET in text, "listenKeyExpired" in text) == (False, False, True)

    asyncio.run(life())
