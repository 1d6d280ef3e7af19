"""The live engine waits for nothing: what it sends leaves when the journal is durable, and an end lets nothing new out."""

import asyncio
from pathlib import Path

from executor.records.account import Heartbeat
from executor.records.orders import Cancel, Ended, Fill, Submit
from tests.executor.live.desk import D, opened, wide


def test_a_loop_goes_on_while_an_answer_is_awaited(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            desk.venue.faults.order("slow", ms=3_000)
            desk.venue.streams.user_delay_ms = 3_500
            async with desk.running():
                desk.ask("BTCUSDT")
                submit = await desk.told(Submit)
                fill = await desk.told(Fill)
                between = [one for one in desk.of(Heartbeat) if submit.ts_us < one.ts_us < fill.ts_us]
                assert len(between) >= 3

    asyncio.run(life())


def test_an_intent_that_rests_at_the_end_is_said_to_have_ended_with_what_was_filled(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.until(desk.venue.oracle.open_orders, "it rests")
                desk.venue.market.trade("BTCUSDT", "59980", "0.003", "sell")
                await desk.told(Fill)
            ended = desk.of(Ended)[-1]
            assert (ended.filled_qty, ended.unfilled_qty, ended.reason) == (D("0.003"), D("0.005"), "the executor stops")
            assert [one.outcome for one in desk.of(Cancel)] == ["asked", "done"]

    asyncio.run(life())


def test_an_exit_that_rests_at_the_end_comes_back_and_is_not_taken_after_all(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
            async with desk.running(RISK_ENGINE_V6_ENABLED="1"):
                wide(desk.venue)
                await desk.until(lambda: desk.seen("BTCUSDT").bid == 59_980, "the quote is seen")
                desk.ask("BTCUSDT", "sell", purpose="exit", reason="take_profit", qty=0.008)
                await desk.until(desk.venue.oracle.open_orders, "it rests")
            assert desk.venue.oracle.open_orders() == []
            assert desk.venue.oracle.position("BTCUSDT") == D("0.008")
            async with desk.running():
                await desk.loops()
            assert [one.unfilled_qty for one in desk.of(Ended)] == [0, D("0.008")]
            assert len(desk.of(Submit)) == 2

    asyncio.run(life())
