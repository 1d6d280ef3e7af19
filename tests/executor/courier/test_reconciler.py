"""The venue's books against ours while it trades: strangers, hands, positions that nothing explains, a cancel from outside."""

import asyncio
import json
from pathlib import Path

import pytest

from executor.courier import reconciler
from executor.records.account import Account
from executor.records.orders import Ack, Adjust, Cancel, Ended, Fault, Fill, Halt, Submit, Unknown
from tests.executor.live.desk import GIVES_UP, D, Desk, opened, wide
from tests.local_venue.stream_faults import StreamFault


def test_two_executors_on_one_account_both_stop_new_risk(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path / "one") as one:
            other = Desk(one.venue, tmp_path / "two")
            wide(one.venue, "BTCUSDT")
            wide(one.venue, "ETHUSDT")
            async with one.running(), other.running():
                for desk in (one, other):
                    await desk.until(lambda desk=desk: desk.records("ticks"), "there are prices")
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


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_order_that_is_told_to_be_canceled_and_rests_all_the_same_is_taken_back(tmp_path: Path, *, is_restarted: bool) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"reconcile_s": 3_600 if is_restarted else 1}) as desk:
            wide(desk.venue)
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                name = desk.of(Submit)[0].client_id
                told_canceled(desk, name)
                await desk.told(Cancel, outcome="done", client_id=name)
                if not is_restarted:
                    await desk.until(lambda: any(name == one.client_id for one in desk.of(Account)[-1].orders), "it is shown")
                    await taken_back(desk, name)
            if is_restarted:
                assert [one.client_id for one in desk.venue.oracle.open_orders()] == [name]
                async with desk.running():
                    await taken_back(desk, name)
            assert desk.venue.oracle.open_orders() == []
            assert desk.of(Halt) == []
            desk.states()

    asyncio.run(life())


def told_canceled(desk: Desk, name: str) -> None:
    """The private stream says that an order was canceled; it was not."""
    [order] = [one for one in desk.venue.orders.open_clients.values() if one.client_id == name]
    now_ms = desk.venue.clock.now_ms()
    said = {"s": "BTCUSDT", "c": name, "S": "BUY", "o": "LIMIT", "f": "GTX", "q": "0.008", "p": "59980", "ap": "0", "sp": "0", "ps": "BOTH"}
    said |= {"x": "CANCELED", "X": "CANCELED", "i": order.order_id, "l": "0", "z": "0", "L": "0", "T": now_ms, "t": 0}  # type: ignore[dict-item]
    event = {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": now_ms, "o": said}
    desk.venue.streams.raw(desk.venue.listen_keys.current, json.dumps(event))


async def taken_back(desk: Desk, name: str) -> None:
    fault = await desk.told(Fault, where="protocol.zombie")
    assert fault.detail.startswith(f"{name} was told to be over, the list of open orders shows it as open")
    await desk.told(Cancel, outcome="done", client_id=name, count=2)
    assert name not in [one.client_id for one in desk.venue.oracle.open_orders()]


def test_fills_are_found_after_the_venues_clock_was_ahead_when_one_was_made(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk, desk.running():
            streams = desk.venue.streams.faults
            streams.add(StreamFault(stream="user", action="shift", contains='"x":"TRADE"', ms=2 * 365 * 86_400_000))
            desk.ask("BTCUSDT")
            await desk.told(Ended)
            streams.add(StreamFault(stream="user", action="drop", times=None))
            desk.venue.incidents.by_hand("BTCUSDT", "BUY", "0.5")
            fill = await desk.told(Fill, origin="foreign")
            assert fill.position_qty == D("0.508")
            assert desk.of(Halt) == []

    asyncio.run(life())


def test_a_position_that_differs_for_long_is_set_though_a_trade_is_dated_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "APART_S", 0.1)

    async def life() -> None:
        async with opened(tmp_path) as desk, desk.running():
            desk.venue.streams.faults.add(StreamFault(stream="user", action="shift", contains='"x":"TRADE"', ms=2 * 365 * 86_400_000))
            desk.ask("BTCUSDT")
            await desk.told(Ended)
            desk.venue.account.position("BTCUSDT").qty += D("0.5")
            await desk.halts("position_differs")
            assert [one.venue_qty for one in desk.of(Adjust)] == [D("0.508")]

    asyncio.run(life())


def test_a_position_that_differs_under_an_order_of_unknown_fate_stops_new_risk_and_is_not_set(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue=GIVES_UP) as desk, desk.running():
            desk.venue.faults.order("hang", phase="before")
            desk.ask("BTCUSDT")
            await desk.told(Unknown)
            desk.venue.account.position("BTCUSDT").qty += D("0.5")
            await desk.halts("position_differs")
            assert desk.of(Adjust) == []
            assert "while an order's fate is not proved" in desk.of(Halt)[-1].detail

    asyncio.run(life())


def test_a_position_elsewhere_whose_trades_cannot_be_read_stops_new_risk_and_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "APART_S", 0.1)

    async def life() -> None:
        async with opened(tmp_path, symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT")) as desk:
            desk.venue.account.position("SOLUSDT").qty = D("7")
            desk.venue.account.position("SOLUSDT").entry = D("3")
            desk.fails("/fapi/v1/allOrders", status=400, body='{"code":-1121,"msg":"Invalid symbol."}')
            async with desk.running():
                await desk.halts("position_differs")
                assert "SOLUSDT is not ours to trade: the venue has 7.00, we count 0" in desk.of(Halt)[0].detail
                await asyncio.sleep(1.5)
                assert [one.where for one in desk.of(Fault)] == ["courier.trades"]
                assert set(desk.of(Account)[-1].sources.values()) == {"ok"}
            assert desk.of(Adjust) == []

    asyncio.run(life())
