"""A whole life of an executor on the local venue: how it starts, how it ends, and with which exit code."""

import asyncio
from pathlib import Path

import pytest

from executor.live import ending
from executor.records.account import Account, Heartbeat
from executor.records.orders import Ack, Boot, Ended, Submit, Unknown
from tests.executor.live.desk import GIVES_UP, PATIENCE_S, D, opened, started, wide


def test_a_start_on_an_empty_account_trades_and_says_what_it_holds(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                await desk.loops()
                desk.ask("BTCUSDT")
                await desk.told(Ended)
            assert desk.story() == ["Boot", "Intent", "Decision", "Submit", "Ack", "Fill", "Ended"]
            assert desk.of(Account)[0].positions == ()
            assert desk.of(Account)[-1].positions[0].qty == desk.venue.oracle.position("BTCUSDT") == D("0.008")
            assert desk.of(Heartbeat)[-1].halted is None
            assert desk.venue.oracle.accepted(desk.of(Submit)[0].client_id) == 1

    asyncio.run(life())


def test_an_end_calls_back_what_rests_and_sends_nothing_new(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
            assert desk.venue.oracle.open_orders() == []
            assert len(desk.venue.oracle.orders) == 1
            assert desk.of(Account)[-1].orders == ()
            assert desk.of(Ended)[-1].filled_qty == 0

    asyncio.run(life())


def test_sigterm_with_an_order_that_is_not_answered_ends_soon_and_says_that_it_is_unknown(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue=GIVES_UP) as desk:
            wide(desk.venue, "ETHUSDT")
            async with desk.child():
                desk.ask("ETHUSDT")
                await desk.told(Ack)
                desk.venue.faults.order("hang", phase="before")
                desk.ask("BTCUSDT")
                await desk.until(lambda: desk.venue.faults.fired, "the order left")
                desk.process.terminate()
                async with asyncio.timeout(PATIENCE_S):
                    code, _ = await desk.ended()
            assert code == 0
            assert [one.symbol for one in desk.of(Unknown)] == ["BTCUSDT"]
            assert desk.venue.oracle.open_orders() == []

    asyncio.run(life())


def test_an_end_that_cannot_call_an_order_back_says_that_it_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "ENDS_S", 0.5)

    async def life() -> None:
        async with opened(tmp_path, venue={"dead_man_s": 30}) as desk:
            wide(desk.venue)
            async with desk.running():
                desk.ask("BTCUSDT")
                name = (await desk.told(Ack)).client_id
                await desk.until(lambda: desk.run.guard.armed, "the countdown runs")
                desk.fails("/fapi/v1/order")
            said = f"left at the venue: {name} (buy 0.008 BTCUSDT, open); the venue cancels them within 30 s, else cancel them there"
            assert desk.said[-1].startswith(said)
            assert [one.client_id for one in desk.venue.oracle.open_orders()] == [name]

    asyncio.run(life())


def test_the_loops_that_were_asked_for_end_it(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.child("--loops", "5"):
                code, said = await desk.ended()
            assert code == 0
            assert "loops done: " in said
            assert len(desk.of(Boot)) == 1

    asyncio.run(life())


def test_a_second_executor_of_the_same_directory_is_refused_with_75(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                second = started("run", "--config", str(desk.config), "--data", str(desk.root))
                said, _ = await asyncio.to_thread(second.communicate)
                assert second.returncode == 75
                assert "held by another executor" in said
            assert len(desk.of(Boot)) == 1

    asyncio.run(life())


def test_a_start_at_a_venue_that_is_down_waits_for_it(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            desk.fails(".*")
            desk.begin()
            await desk.until(lambda: desk.said, "it says so")
            assert (desk.said[0].split(":")[0], desk.story()) == ("the venue does not answer", [])
            desk.venue.faults.clear()
            desk.ask("BTCUSDT")
            await desk.told(Ended)
            await desk.end()

    asyncio.run(life())
