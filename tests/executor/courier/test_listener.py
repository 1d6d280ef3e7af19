"""The private stream is lost and comes back, and what somebody changes by hand is heard."""

import asyncio
import json
from pathlib import Path

import pytest

from executor.records.account import Account
from executor.records.orders import Fault, Fill, Halt, Resume, Transfer
from executor.wire.streams.shapes import Rebuild
from tests.executor.live.desk import D, opened

KEY_PATH = "/fapi/v1/listenKey"


def test_a_lost_stream_stops_new_risk_and_what_it_missed_is_found_before_it_goes_on(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"reconcile_s": 3_600}) as desk:
            hand = desk.venue.incidents
            async with desk.running():
                desk.fails(KEY_PATH)
                desk.venue.streams.reset_all()
                await desk.halts("venue_silent")
                hand.by_hand("BTCUSDT", "BUY", "0.01")
                hand.by_hand("BTCUSDT", "SELL", "0.01")
                desk.ask("ETHUSDT")
                await desk.loops(3)
                assert desk.of(Fill) == []
                desk.venue.faults.clear()
                await desk.halts("")
                assert [one.origin for one in desk.of(Fill)] == ["foreign", "foreign"]
                desk.ask("ETHUSDT")
                await desk.told(Fill, symbol="ETHUSDT")
            assert [one.where for one in desk.of(Fault)] == ["courier.private_stream"]
            names = desk.story(Halt, Fill, Resume)
            assert names == ["Halt", "Fill", "Fill", "Resume", "Fill"]

    asyncio.run(life())


def test_a_stream_that_answers_nothing_any_more_is_made_anew(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"user_silence_s": 0.6}) as desk, desk.running():
            desk.venue.streams.answers_pings = False
            await desk.told(Fault, where="courier.private_stream")
            desk.venue.streams.answers_pings = True
            await desk.halts("")
            desk.venue.incidents.by_hand("BTCUSDT", "BUY", "0.01")
            await desk.told(Fill, origin="foreign")

    asyncio.run(life())


@pytest.mark.parametrize("what", ["leverage", "hedge mode", "several assets", "leverage while nobody heard"])
def test_an_account_that_somebody_changes_takes_no_new_risk(tmp_path: Path, what: str) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                hand = desk.venue.incidents
                if what == "leverage":
                    hand.leverage("BTCUSDT", 50)
                elif what == "hedge mode":
                    hand.mode(is_hedged=True)
                elif what == "several assets":
                    hand.mode(is_multi_asset=True)
                else:
                    desk.venue.account.leverage["ETHUSDT"] = 50
                await desk.halts("account_changed")
                desk.ask("BTCUSDT")
                await desk.loops(3)
            assert desk.venue.oracle.orders == []

    asyncio.run(life())


def test_leverage_of_a_symbol_that_is_not_ours_is_nobodys_business(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT")) as desk:
            async with desk.running():
                desk.venue.incidents.leverage("SOLUSDT", 50)
                desk.venue.incidents.leverage("BTCUSDT", desk.settings.venue.leverage)
                await desk.loops(5)
            assert desk.of(Halt) == []

    asyncio.run(life())


def test_money_that_comes_in_is_journaled_once_and_counted(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"reconcile_s": 3_600}) as desk:
            async with desk.running():
                desk.venue.incidents.transfer("500")
                transfer = await desk.told(Transfer)
                assert (transfer.amount, transfer.asset) == (D("500"), "USDT")
                await desk.loops()
                assert desk.of(Account)[-1].wallet == D("10500")
            async with desk.running():
                await desk.loops()
            assert len(desk.of(Transfer)) == 1

    asyncio.run(life())


def test_a_balance_that_is_told_again_an_hour_later_moves_no_money(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"reconcile_s": 3_600}) as desk, desk.running():
            desk.ask("BTCUSDT")
            await desk.told(Fill)
            await desk.until(lambda: desk.run.courier.books.wallet_usd == desk.venue.account.wallet, "its fee is told")
            balance = {"a": "USDT", "wb": "5000", "bc": "0"}
            old_ms = desk.venue.clock.now_ms() - 3_600_000
            event = {"e": "ACCOUNT_UPDATE", "E": old_ms, "T": old_ms, "a": {"m": "ORDER", "B": [balance], "P": []}}
            desk.venue.streams.raw(desk.venue.listen_keys.current, json.dumps(event))
            await desk.loops(3)
            assert desk.of(Account)[-1].wallet == desk.venue.account.wallet
            assert desk.of(Halt) == []

    asyncio.run(life())


def test_a_comparison_that_began_before_the_stream_was_made_anew_does_not_make_it_trusted(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"reconcile_s": 3_600}) as desk, desk.running() as run:
            listener, made = run.courier.listener, run.courier.listener.made
            listener.lost("broken")
            listener.connected(Rebuild(name="private", reason="broken", from_us=1, until_us=2, attempts=1, is_first=False))
            listener.trusted(made)
            assert (listener.problem is None, listener.silent_since_us) == (False, 1)
            listener.trusted(made + 1)
            assert (listener.problem, listener.silent_since_us) == (None, None)

    asyncio.run(life())
