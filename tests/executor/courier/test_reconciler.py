"""The venue's books against ours while it trades: strangers, hands, positions that nothing explains, a cancel from outside."""

import asyncio
from pathlib import Path

import pytest

from executor.courier import reconciler
from executor.records.account import Account
from executor.records.orders import Ack, Adjust, Cancel, Ended, Fill, Halt, Submit
from tests.executor.live.desk import D, Desk, opened, wide
from tests.local_venue.stream_faults import StreamFault


def test_two_executors_on_one_account_both_stop_new_risk(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path / "one") as one:
            other = Desk(one.venue, tmp_path / "two")
            wide(one.venue, "BTCUSDT")
            wide(one.venue, "ETHUSDT")
            async with one.running(), other.running():
                one.ask("BTCUSDT")
                other.ask("ETHUSDT")
                await one.halts("two_executors")
                await other.halts("two_executors")
                assert "stop the other executor" in one.of(Halt)[0].detail
                assert len([line for line in one.said if "two_executors" in line]) == 1
            assert one.venue.oracle.open_orders() == []
            assert len(one.of(Submit)) == len(other.of(Submit)) == 1
            other.whole()

    asyncio.run(life())


def test_a_trade_by_hand_is_counted_as_a_foreign_one_and_stops_nothing(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
                desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
                desk.venue.incidents.by_hand("BTCUSDT", "SELL", "0.002")
                fill = await desk.told(Fill, origin="foreign")
                assert (fill.qty, fill.position_qty) == (D("0.002"), D("0.006"))
                await desk.loops()
                assert desk.of(Account)[-1].positions[0].qty == D("0.006")
            assert (desk.of(Halt), desk.of(Adjust)) == ([], [])
            assert desk.states()["positions"]["positions"][0]["qty"] == 0.006

    asyncio.run(life())


def test_a_position_that_changed_by_no_trade_is_set_and_stops_new_risk_while_it_trades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "APART_S", 0.1)

    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                desk.venue.account.position("ETHUSDT").qty = D("-0.5")
                desk.venue.account.position("ETHUSDT").entry = D("3000")
                await desk.halts("position_differs")
                assert [(one.symbol, one.our_qty, one.venue_qty) for one in desk.of(Adjust)] == [("ETHUSDT", 0, D("-0.5"))]
                await asyncio.sleep(1.5)
                assert len(desk.of(Adjust)) == 1
            held = desk.states()["positions"]["positions"]
            assert [(one["symbol"], one["qty"], one["strategy"]) for one in held] == [("ETHUSDT", -0.5, None)]

    asyncio.run(life())


def test_an_order_that_somebody_cancels_while_the_stream_says_nothing_is_missed_and_ended(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                desk.venue.incidents.cancel(desk.of(Submit)[0].client_id)
                cancel = await desk.told(Cancel, outcome="done")
                assert cancel.unfilled_qty == D("0.008")

    asyncio.run(life())


def test_fills_that_no_stream_tells_are_found_and_end_their_order_once(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                desk.venue.market.trade("BTCUSDT", "59970", "1", "sell")
                ended = await desk.told(Ended)
                assert ended.filled_qty == D("0.008")
            assert len(desk.of(Fill)) == 1
            assert (desk.of(Halt), desk.of(Adjust)) == ([], [])

    asyncio.run(life())


def test_funding_is_journaled_once_with_what_was_held(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
                desk.venue.incidents.funding("BTCUSDT", "0.001")
                await desk.until(lambda: "Funding" in desk.story(), "funding")
                await asyncio.sleep(1.2)
                assert desk.story().count("Funding") == 1
                await desk.loops()
                assert desk.of(Account)[-1].wallet == desk.venue.account.wallet
            assert desk.states()["positions"]["positions"][0]["funding_usd"] < 0

    asyncio.run(life())
