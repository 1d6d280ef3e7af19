"""A venue that is away for a while and comes back, and one symbol's trouble that is not another's."""

import asyncio
from pathlib import Path

import pytest

from executor.courier import courier
from executor.records.account import Account
from executor.records.orders import Adjust, Fill, Halt, Resume, Submit
from tests.executor.live.desk import D, opened, wide


def test_a_venue_that_is_down_and_comes_back_is_compared_before_anything_new_is_sent(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
                desk.fails(".*")
                desk.venue.streams.reset_all()
                await desk.until(lambda: desk.of(Halt), "halt")
                desk.venue.incidents.by_hand("ETHUSDT", "SELL", "0.1")
                desk.ask("BTCUSDT")
                await desk.until(lambda: desk.of(Account)[-1].sources["positions"] != "ok", "it knows that it does not know")
                await desk.loops(3)
                assert desk.halted == "venue_silent"
                desk.venue.faults.clear()
                await desk.halts("")
                assert [one.symbol for one in desk.of(Fill, origin="foreign")] == ["ETHUSDT"]
                desk.ask("BTCUSDT")
                await desk.told(Fill, count=3)
                assert {held.symbol: held.qty for held in desk.run.courier.account(0).positions} == desk.venue.oracle.positions()
            order = [type(one).__name__ for one in desk.records() if isinstance(one, Halt | Resume | Fill)]
            assert order[0] == order[-1] == "Fill"
            assert order.index("Fill", 1) < max(at for at, name in enumerate(order) if name == "Resume")
            assert desk.of(Adjust) == []
            desk.states()

    asyncio.run(life())


def test_books_that_cannot_be_compared_for_long_stop_new_risk_until_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "FAILING_S", 0.5)

    async def life() -> None:
        async with opened(tmp_path, brakes={"nav_age_s": 0}) as desk, desk.running():
            desk.fails("/fapi/v3/positionRisk")
            await desk.halts("venue_silent")
            assert "could not be compared" in desk.of(Halt)[-1].detail
            desk.ask("BTCUSDT")
            await desk.loops(3)
            assert desk.of(Submit) == []
            desk.venue.faults.clear()
            await desk.halts("")
            desk.ask("ETHUSDT")
            await desk.told(Fill)

    asyncio.run(life())


def test_what_is_left_of_an_order_that_filled_in_parts_is_shown_as_open(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.until(desk.venue.oracle.open_orders, "it rests")
                desk.venue.market.trade("BTCUSDT", "59980", "0.003", "sell")
                await desk.told(Fill)
                await asyncio.sleep(1.2)
                await desk.loops()
                order = desk.of(Account)[-1].orders[0]
                assert (order.filled_qty, order.price, order.post_only) == (D("0.003"), D("59980"), True)
                desk.venue.market.trade("BTCUSDT", "59970", "1", "sell")
                await desk.told(Fill, count=2)
                await desk.loops()
                assert desk.of(Account)[-1].orders == ()
            assert len(desk.of(Submit)) == 1

    asyncio.run(life())
