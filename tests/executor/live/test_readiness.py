"""Every start is a recovery: whatever happened while nobody was there is found by asking, counted once, and never invented."""

import asyncio
from pathlib import Path

import pytest

from executor.courier import reconciler
from executor.errors import SettingsError
from executor.live import readiness
from executor.live.readiness import RESTARTED, refuse_unkept
from executor.records.account import Account, Heartbeat
from executor.records.orders import Ack, Adjust, Boot, Cancel, Ended, Fill, Halt, Resolved, Submit, Unknown
from executor.settings import Exits
from tests.executor.live.desk import GIVES_UP, D, Desk, opened, wide
from tests.local_venue.stream_faults import StreamFault

FOUR = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
QUIET = {"Boot"}


def facts(desk: Desk) -> int:
    """How many facts of orders and money are journaled."""
    return len([name for name in desk.story() if name not in QUIET])


def test_a_foreign_position_is_adopted_and_a_foreign_order_is_shown_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "APART_S", 0.1)

    async def life() -> None:
        async with opened(tmp_path) as desk:
            venue = desk.venue
            venue.incidents.by_hand("BTCUSDT", "BUY", "0.01")
            resting = venue.incidents.by_hand("ETHUSDT", "BUY", "0.1", "2900")
            async with desk.running():
                adjust = await desk.told(Adjust)
                assert (adjust.symbol, adjust.our_qty, adjust.venue_qty, adjust.entry_price) == ("BTCUSDT", 0, D("0.01"), D("60000.1"))
                await desk.halts("position_differs")
                account = desk.of(Account)[-1]
                assert [(order.client_id, order.price) for order in account.orders] == [(resting.client_id, D("2900"))]
                assert account.positions[0].qty == D("0.01")
            assert [order.client_id for order in venue.oracle.open_orders()] == [resting.client_id]
            assert desk.of(Fill) == []
            async with desk.running():
                await desk.loops()
            assert [type(one).__name__ for one in desk.records()] == ["Boot", "Adjust", "Halt", "Boot"]
            assert desk.states()["positions"]["positions"][0]["qty"] == 0.01

    asyncio.run(life())


async def left_by_a_kill(desk: Desk) -> None:
    """Two orders rest and one position is held when the executor is killed."""
    async with desk.child():
        wide(desk.venue, "BTCUSDT")
        desk.venue.market.quote("SOLUSDT", "149.9", "150.1")
        await desk.loops()
        for symbol in ("BTCUSDT", "SOLUSDT", "ETHUSDT"):
            desk.ask(symbol)
        await desk.told(Fill, symbol="ETHUSDT")
        await desk.told(Ack, count=3)
        await desk.loops()
        await desk.kill()


def while_nobody_is_there(desk: Desk) -> None:
    """A part of one order is filled, all of another; a position is liquidated; a hand trades."""
    venue, hand = desk.venue, desk.venue.incidents
    venue.market.trade("BTCUSDT", "59980", "0.003", "sell")
    venue.market.trade("SOLUSDT", "149", "100", "sell")
    hand.liquidate("ETHUSDT")
    hand.by_hand("XRPUSDT", "SELL", "50")


def test_what_happened_while_nobody_was_there_is_found_by_trades_and_stops_nothing(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, symbols=FOUR, venue={"symbols": FOUR}) as desk:
            venue = desk.venue
            await left_by_a_kill(desk)
            assert len(venue.oracle.open_orders()) == 2
            while_nobody_is_there(desk)
            async with desk.running():
                await desk.loops()
                assert {held.symbol: held.qty for held in desk.of(Account)[-1].positions} == venue.oracle.positions()
            assert len(venue.oracle.orders) == 5
            assert venue.oracle.open_orders() == []
            told = {(one.symbol, one.origin): one.qty for one in desk.of(Fill)}
            assert told[("BTCUSDT", "")] == D("0.003")
            assert set(told) == {
                ("BTCUSDT", ""), ("SOLUSDT", ""), ("ETHUSDT", ""), ("ETHUSDT", "liquidation"), ("XRPUSDT", "foreign")
            }  # fmt: skip
            assert len(desk.of(Fill)) == len(venue.oracle.fills)
            assert {one.trade_id for one in desk.of(Fill)} == {str(one.trade_id) for one in venue.oracle.fills}
            endings = {one.symbol: one for one in desk.of(Ended, reason=RESTARTED)}
            assert (endings["BTCUSDT"].filled_qty, endings["SOLUSDT"].unfilled_qty) == (D("0.003"), 0)
            assert (desk.of(Adjust), desk.of(Halt)) == ([], [])
            before = facts(desk)
            async with desk.running():
                await desk.loops()
            assert facts(desk) == before
            assert len(desk.of(Boot)) == 3
            states = desk.states()
            assert {one["symbol"] for one in states["positions"]["positions"]} == set(venue.oracle.positions())
            assert states["positions"]["agree"]

    asyncio.run(life())


def test_a_position_that_no_trade_explains_is_set_said_and_stops_new_risk_until_the_operator_says_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "APART_S", 0.1)

    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
                await desk.loops()
                await desk.kill()
            desk.venue.account.position("BTCUSDT").qty += D("0.005")
            async with desk.running():
                await desk.halts("position_differs")
                assert [(one.our_qty, one.venue_qty) for one in desk.of(Adjust)] == [(D("0.008"), D("0.013"))]
            before = facts(desk)
            async with desk.running():
                await desk.loops()
                assert (facts(desk), desk.halted) == (before, "position_differs")
                desk.operator("trade")
                await desk.halts("")
                desk.ask("ETHUSDT")
                await desk.told(Fill, symbol="ETHUSDT")
            assert len(desk.of(Fill)) == 2
            desk.states()

    asyncio.run(life())


def test_an_order_that_left_just_before_the_kill_is_found_and_sent_only_once(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            desk.venue.faults.order("hang", phase="after")
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.until(lambda: desk.venue.oracle.orders, "the order arrived")
                await desk.kill()
            async with desk.running():
                await desk.loops()
                name = desk.of(Submit)[0].client_id
                assert desk.venue.oracle.accepted(name) == 1
                assert [one.qty for one in desk.of(Fill, client_id=name)] == [D("0.008")]
                assert desk.of(Ended)[0].filled_qty == D("0.008")
            assert desk.story(Submit) == ["Submit"]

    asyncio.run(life())


def test_an_order_that_never_arrived_is_proved_dead_at_the_next_start(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue=GIVES_UP) as desk:
            desk.venue.faults.order("hang", phase="before")
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.until(lambda: desk.venue.faults.fired, "the order arrived")
                await desk.kill()
            async with desk.running():
                dead = await desk.told(Resolved)
                assert (dead.fate, desk.of(Unknown)[0].client_id) == ("dead", dead.client_id)
                ended = await desk.told(Ended)
                assert (ended.filled_qty, ended.unfilled_qty) == (0, D("0.008"))
            assert desk.venue.oracle.orders == []

    asyncio.run(life())


def test_a_start_that_is_stopped_before_it_is_ready_forgets_nothing_of_the_life_before(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                await desk.kill()
            desk.fails("/fapi/v1/openOrders")
            desk.begin()
            await desk.until(lambda: any("does not answer" in line for line in desk.said), "it says so")
            await desk.end()
            desk.venue.faults.clear()
            async with desk.running():
                await desk.loops()
            assert [one.unfilled_qty for one in desk.of(Ended)] == [D("0.008")]
            assert len(desk.of(Cancel, outcome="done")) == 1

    asyncio.run(life())


def test_an_account_in_hedge_mode_is_refused_with_the_cure(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            desk.venue.account.is_hedged = True
            async with desk.child():
                code, said = await desk.ended()
            assert code == SettingsError.exit_code == 78
            assert "hedge mode" in said.splitlines()[-1]
            desk.venue.account.is_hedged = False
            desk.venue.account.leverage["BTCUSDT"] = 20
            async with desk.running():
                assert desk.venue.account.leverage["BTCUSDT"] == desk.settings.venue.leverage
                await desk.loops()
                assert desk.of(Heartbeat)[-1].halted is None

    asyncio.run(life())


def test_a_cancel_that_is_lost_is_asked_again_at_a_start_and_an_end(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue=GIVES_UP) as desk:
            wide(desk.venue)
            desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            desk.fails("/fapi/v1/order", "hang", method="DELETE", times=1)
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
            assert desk.venue.oracle.open_orders() == []
            async with desk.child():
                await desk.loops(5)
                await desk.halts("")
                desk.ask("BTCUSDT")
                await desk.told(Ack, count=2)
                await desk.kill()
            desk.fails("/fapi/v1/order", "hang", method="DELETE", times=1)
            async with desk.running():
                assert desk.venue.oracle.open_orders() == []

    asyncio.run(life())


def test_an_order_that_ended_just_after_the_kill_is_asked_about_however_young_it_is(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"settle_s": 600}) as desk:
            wide(desk.venue)
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                await desk.kill()
            desk.venue.incidents.cancel(desk.of(Submit)[0].client_id)
            async with desk.running():
                assert [one.outcome for one in desk.of(Cancel)][-1] == "done"
            assert not any("not proved yet" in line for line in desk.said)

    asyncio.run(life())


def test_an_order_that_does_not_come_back_in_time_is_called_back_while_it_trades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FATES_S", 0.5)

    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                await desk.kill()
            desk.fails("/fapi/v1/order", method="DELETE")
            async with desk.running():
                assert len(desk.venue.oracle.open_orders()) == 1
                assert any(desk.of(Submit)[0].client_id in line for line in desk.said)
                desk.venue.faults.clear()
                await desk.told(Cancel, outcome="done")
            assert desk.venue.oracle.open_orders() == []

    asyncio.run(life())


def test_a_stop_that_a_venue_cannot_keep_is_refused_with_the_cure() -> None:
    class Keepless:
        name, keeps_stops = "elsewhere", False

    refuse_unkept(Keepless(), Exits())  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"venue_stop_bps was 50, at elsewhere no stop can be kept; set it to 0"):
        refuse_unkept(Keepless(), Exits(venue_stop_bps=50.0))  # type: ignore[arg-type]
