"""Whatever a life was like, its cassette plays: cut off, taken up again, halted by hand, refused at its start, or from its middle on."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import executor.strategies
from executor.errors import SettingsError, UnreadableCassette
from executor.records.orders import Ack, Cancel, Ended, Fill, Halt, Resume, Submit
from executor.replaying.replay import Replayed, replayed
from executor.wire.cassettes.files import files_at
from executor.wire.cassettes.reading import heads_of
from tests.executor.live.desk import PLUGS, Desk, opened
from tests.executor.replaying.incident import VENUE, calm, prompt


@pytest.fixture(autouse=True)
def plugs() -> Iterator[None]:
    executor.strategies.__path__.append(PLUGS)
    yield
    executor.strategies.__path__.remove(PLUGS)


def played(path: Path, root: Path) -> Replayed:
    found = replayed(path, root)
    assert (found.differs, found.unsent, [asked for asked in found.missing if "bookTicker" not in asked]) == ([], [], [])
    return found


def test_a_life_that_was_cut_off_and_the_one_that_took_it_up_play_each_by_itself(tmp_path: Path) -> None:
    async def lived() -> Desk:
        async with opened(tmp_path, strategy="prompted", venue=VENUE) as desk:
            async with desk.child():
                await calm(desk, "BTCUSDT")
                prompt(desk, "BTCUSDT", "buy")
                await desk.told(Fill)
                prompt(desk, "ETHUSDT", "buy", rests=True)
                await desk.told(Ack, count=2)
                await desk.loops()
                await desk.kill()
            async with desk.running():
                await calm(desk, "BTCUSDT")
                prompt(desk, "BTCUSDT", "exit")
                await desk.told(Fill, side="sell")
        return desk

    desk = asyncio.run(lived())
    first, second = sorted((desk.root / "cassettes").iterdir())
    with pytest.raises(UnreadableCassette, match="holds 2 cassettes"):
        replayed(desk.root / "cassettes", tmp_path / "both")
    cut_off, taken_up = played(first, tmp_path / "first"), played(second, tmp_path / "second")
    assert (cut_off.ended_then, taken_up.ended_then) == (None, "")
    assert [one.fate for one in cut_off.played.orders.values()] == ["filled", "open"]
    assert sorted(one.fate for one in taken_up.played.orders.values()) == ["canceled", "filled"]
    assert taken_up.played.positions == desk.venue.oracle.positions() == {}


def test_what_the_operator_asked_for_is_asked_for_again(tmp_path: Path) -> None:
    async def lived() -> Desk:
        async with opened(tmp_path, strategy="prompted", venue=VENUE) as desk, desk.running():
            await calm(desk, "BTCUSDT")
            prompt(desk, "BTCUSDT", "buy")
            await desk.told(Fill)
            desk.operator("halt", "lunch")
            await desk.halts("operator")
            desk.operator("trade", "back")
            await desk.told(Resume, rule="operator")
            desk.operator("flatten", "enough")
            await desk.told(Fill, side="sell")
            await desk.loops()
        return desk

    desk = asyncio.run(lived())
    found = played(desk.root / "cassettes", tmp_path / "again")
    assert found.played.halts == [one.rule for one in desk.of(Halt)] == ["operator", "operator"]
    assert found.played.trades == 2


def test_a_stop_at_the_venue_goes_off_again(tmp_path: Path) -> None:
    async def lived() -> Desk:
        async with opened(tmp_path, strategy="prompted", venue=VENUE, exits={"venue_stop_bps": 100.0}) as desk, desk.running():
            await calm(desk, "BTCUSDT")
            prompt(desk, "BTCUSDT", "buy")
            stop = await desk.told(Submit, step="stop")
            await desk.told(Ack, client_id=stop.client_id)
            await another_file(desk)
            await desk.loops()
            desk.venue.market.quote("BTCUSDT", "59300", "59300.1")
            await desk.told(Fill, client_id=stop.client_id)
            await desk.loops()
        return desk

    desk = asyncio.run(lived())
    found = played(desk.root / "cassettes", tmp_path / "again")
    assert [(one.fate, one.was_triggered) for one in found.played.orders.values()] == [("filled", False), ("filled", True)]
    later = played(files_at(desk.root / "cassettes")[1], tmp_path / "later")
    assert [(one.fate, one.was_triggered) for one in later.played.orders.values()] == [("filled", True)]


def test_a_start_that_was_refused_is_refused_again_for_the_same_reason(tmp_path: Path) -> None:
    async def lived() -> Desk:
        async with opened(tmp_path, strategy="prompted", venue=VENUE) as desk:
            desk.venue.account.is_hedged = True
            desk.begin()
            with pytest.raises(SettingsError, match="hedge mode"):
                await desk.task
            os.close(desk.run._lock)
        return desk

    desk = asyncio.run(lived())
    found = played(desk.root / "cassettes", tmp_path / "again")
    assert found.failure == found.ended_then != ""


async def another_file(desk: Desk) -> None:
    """Have the recording go on in another file, as it does when one is full."""
    files = len(files_at(desk.root / "cassettes"))
    desk.run.recording._recorder._keeper.wants = "quiet"
    await desk.until(lambda: len(files_at(desk.root / "cassettes")) > files, "another file begins")


def test_from_a_later_file_on_it_plays_as_from_the_beginning(tmp_path: Path) -> None:
    async def lived() -> Desk:
        async with opened(tmp_path, strategy="prompted", venue=VENUE) as desk, desk.running():
            for symbol, count in (("BTCUSDT", 1), ("ETHUSDT", 2)):
                await calm(desk, symbol)
                prompt(desk, symbol, "buy")
                await desk.told(Ended, count=count)
                await another_file(desk)
            await calm(desk, "BTCUSDT")
            prompt(desk, "BTCUSDT", "exit")
            await desk.told(Ended, count=3)
            prompt(desk, "ETHUSDT", "sell", rests=True)
            await desk.told(Ack, count=4)
        assert desk.of(Cancel)[-1].outcome == "done"
        return desk

    desk = asyncio.run(lived())
    whole = files_at(desk.root / "cassettes")
    found = played(whole[0].parent, tmp_path / "whole")
    assert (len(found.played.orders), found.played.trades) == (4, 3)
    assert [head.file for head in heads_of(whole) if head is not None] == [1, 2, 3]
    whole[0].unlink()
    later = played(whole[0].parent, tmp_path / "later")
    assert (len(later.played.orders), later.played.trades) == (3, 2)
    whole[1].unlink()
    last = played(whole[2], tmp_path / "last")
    assert (len(last.played.orders), last.played.trades) == (2, 1)
    assert last.played.positions == later.played.positions == desk.venue.oracle.positions()
