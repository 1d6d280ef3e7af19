"""Brakes at work on the local venue, the dead man, and the operator who is obeyed."""

import asyncio
import shutil
from pathlib import Path

import pytest

from executor.courier import courier
from executor.errors import JournalError
from executor.live import guard
from executor.records.account import Account
from executor.records.orders import Ack, Cancel, Ended, Fault, Fill, Halt, Resume, Submit
from tests.executor.live.desk import D, opened, wide

ERROR = '{"code":-2019,"msg":"Margin is insufficient."}'


def test_halt_and_resume_are_obeyed_and_what_rests_is_asked_back(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                await desk.command("halt", "--reason", "lunch")
                await desk.told(Halt, rule="operator", detail="lunch")
                await desk.told(Ended)
                assert desk.venue.oracle.open_orders() == []
                desk.ask("ETHUSDT")
                await desk.loops(3)
                await desk.command("resume")
                await desk.told(Resume, rule="operator")
                desk.ask("ETHUSDT")
                await desk.told(Fill, symbol="ETHUSDT")
            assert [one.symbol for one in desk.of(Submit)] == ["BTCUSDT", "ETHUSDT"]

    asyncio.run(life())


def test_flatten_ends_flat_by_orders_that_only_reduce_and_lets_no_entry_out(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                for symbol, side in (("BTCUSDT", "buy"), ("ETHUSDT", "sell")):
                    desk.ask(symbol, side)
                    await desk.told(Fill, symbol=symbol)
                await desk.command("flatten")
                await desk.until(lambda: desk.venue.oracle.positions() == {}, "flat")
                desk.ask("BTCUSDT")
                await desk.loops(3)
                await desk.until(lambda: desk.of(Account)[-1].positions == (), "it knows that it is flat")
            assert [(one.symbol, one.reduce_only) for one in desk.of(Submit)][2:] == [("BTCUSDT", True), ("ETHUSDT", True)]
            assert all(order.reduce_only for order in desk.venue.oracle.orders[2:])

    asyncio.run(life())


def test_flatten_leaves_what_it_has_no_prices_of_and_goes_on(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT")) as desk:
            desk.venue.incidents.by_hand("SOLUSDT", "BUY", "1")
            async with desk.running():
                await desk.halts("position_differs")
                desk.operator("trade")
                await desk.halts("")
                desk.ask("BTCUSDT")
                await desk.told(Fill, symbol="BTCUSDT")
                desk.operator("flatten")
                await desk.until(lambda: desk.venue.oracle.position("BTCUSDT") == 0, "BTC is flat")
                await desk.loops(3)
            assert desk.venue.oracle.positions() == {"SOLUSDT": 1}
            assert [one.detail.split()[0] for one in desk.of(Fault)] == ["SOLUSDT"]

    asyncio.run(life())


def test_a_drawdown_stops_new_risk_until_the_operator_resumes_and_then_counts_anew(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, brakes={"drawdown_frac": 0.005}) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
                desk.venue.market.mark("BTCUSDT", "50000")
                await desk.halts("drawdown")
                desk.venue.market.mark("BTCUSDT", "60000")
                await desk.loops(8)
                assert desk.halted == "drawdown"
                desk.venue.market.mark("BTCUSDT", "50000")
                await desk.until(lambda: desk.of(Account)[-1].positions[0].mark_price == 50_000, "the mark is known")
                await desk.loops()
                desk.operator("trade")
                await desk.halts("")
                desk.venue.market.mark("BTCUSDT", "40000")
                await desk.halts("drawdown")
            assert [one.rule for one in desk.records() if isinstance(one, Halt | Resume)] == ["drawdown"] * 3

    asyncio.run(life())


def test_a_days_loss_stops_new_risk_and_an_exit_goes_on(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, brakes={"daily_loss_frac": 0.005}) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
                desk.venue.market.mark("BTCUSDT", "50000")
                await desk.halts("daily_loss")
                desk.ask("BTCUSDT", "sell", purpose="exit", qty=0.008)
                await desk.told(Fill, side="sell")
            assert desk.venue.oracle.positions() == {}

    asyncio.run(life())


def test_a_burst_of_refusals_stops_new_risk_until_the_operator_resumes(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, brakes={"errors": 1, "errors_within_s": 5}, limits={"error_limit": 100}) as desk:
            desk.venue.faults.order("body", phase="before", times=None, status=400, body=ERROR)
            async with desk.running():
                for symbol in ("BTCUSDT", "ETHUSDT"):
                    desk.ask(symbol)
                await desk.halts("error_burst")
                desk.venue.faults.clear()
                await asyncio.sleep(5)
                desk.operator("trade")
                await desk.halts("")
                desk.ask("BTCUSDT")
                await desk.told(Fill)

    asyncio.run(life())


def test_figures_that_cannot_be_read_stop_new_risk_until_they_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "FAILING_S", 3_600.0)

    async def life() -> None:
        async with opened(tmp_path, brakes={"nav_age_s": 6}, venue={"reconcile_s": 3_600}) as desk:
            async with desk.running():
                desk.fails("/fapi/v3/account")
                await desk.halts("nav_stale")
                assert desk.of(Account)[-1].sources["money"] != "ok"
                desk.venue.faults.clear()
                await desk.halts("")
            assert desk.story(Halt, Resume) == ["Halt", "Resume"]

    asyncio.run(life())


def test_a_quiet_account_is_valued_often_enough_for_its_own_brake(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, brakes={"nav_age_s": 6}, limits={"nav_max_age_s": 6}, venue={"reconcile_s": 3_600}) as desk:
            async with desk.running():
                await asyncio.sleep(8)
                desk.ask("BTCUSDT")
                await desk.told(Fill)
            assert desk.of(Halt) == []

    asyncio.run(life())


def test_a_step_of_the_venues_clock_is_measured_and_stops_new_risk_until_it_is_undone(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk, desk.running():
            desk.venue.clock.step(ms=12_000)
            await desk.halts("clock_unsure")
            await desk.until(lambda: "ms from ours" in desk.run.courier.dialect.clock_doubt(5_000), "measured again")
            desk.venue.clock.step(ms=-12_000)
            await desk.halts("")
            desk.ask("BTCUSDT")
            await desk.told(Fill)

    asyncio.run(life())


def test_a_data_directory_that_was_moved_ends_it_and_nothing_is_written_where_it_was(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            raw, moved = desk.root / "raw", tmp_path / "moved"
            wide(desk.venue)
            desk.begin()
            desk.ask("BTCUSDT")
            await desk.told(Ack)
            raw.rename(moved)
            raw.mkdir(exist_ok=True)  # its heart may have been quicker
            desk.ask("ETHUSDT")
            await asyncio.wait([desk.task])
            with pytest.raises(JournalError, match="No such file"):
                await desk.end()
            assert [order.symbol for order in desk.venue.oracle.orders] == ["BTCUSDT"]
            assert desk.venue.oracle.open_orders() == []
            assert {path.name for path in raw.iterdir()} <= {"pulse.json"}
            shutil.rmtree(raw)
            moved.rename(raw)

    asyncio.run(life())


def test_the_venue_calls_back_what_rests_when_the_executor_is_gone(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"dead_man_s": 6}) as desk:
            wide(desk.venue)
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                await asyncio.sleep(8)
                assert len(desk.venue.oracle.open_orders()) == 1
                await desk.kill()
            await desk.until(lambda: desk.venue.oracle.open_orders() == [], "called back")
            assert [one.why for one in desk.venue.oracle.endings] == ["countdown"]
            async with desk.running():
                cancel = await desk.told(Cancel, outcome="done")
                assert cancel.unfilled_qty == D("0.008")

    asyncio.run(life())


def test_an_end_takes_the_countdown_away_so_that_a_foreign_order_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "DISARM_S", 60.0)

    async def life() -> None:
        async with opened(tmp_path, venue={"dead_man_s": 60}) as desk:
            resting = desk.venue.incidents.by_hand("ETHUSDT", "BUY", "0.1", "2900")
            async with desk.running():
                await desk.until(lambda: desk.run.guard.armed, "armed")
            assert desk.venue.dead_man.deadlines_ms == {}
            assert desk.venue.oracle.open_orders() == [resting]

    asyncio.run(life())
