"""The venue's rules change while the executor runs: the next order obeys them, what was read is journaled, and nobody starts it again."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from executor.live import rulebook
from executor.live.rulebook import words
from executor.records.account import Account
from executor.records.market import Instrument
from executor.records.orders import Ack, Boot, Cancel, Ended, Fill, Reject, RulesChanged, Submit
from executor.records.trading import Decision, Vetoed
from tests.executor.live.desk import D, Desk, opened, wide
from tests.local_venue.rules import Tier


def change(desk: Desk, symbol: str, **rules: Any) -> None:
    """The venue has other rules from now on."""
    desk.venue.rules[symbol] = msgspec.structs.replace(desk.venue.rules[symbol], **rules)


def test_a_refusal_by_rules_that_changed_makes_them_be_read_and_the_next_order_obeys(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                change(desk, "ETHUSDT", step=D("0.1"))
                desk.ask("ETHUSDT")
                refused = await desk.told(Reject)
                assert refused.code == "qty_off_step"
                changed = await desk.told(RulesChanged)
                assert [(one.symbol, one.step_size, one.min_qty) for one in changed.instruments] == [("ETHUSDT", D("0.1"), D("0.1"))]
                assert changed.reason == "ETHUSDT step_size 0.001 is 0.1, min_qty 0.001 is 0.1"
                assert any("changed its rules" in line for line in desk.said)
                desk.ask("ETHUSDT")
                filled = await desk.told(Fill)
                assert filled.qty == D("0.1")
            assert len(desk.of(Boot)) == 1
            states = desk.states()
            assert {row["symbol"]: row["rules"]["step_size"] for row in states["universe"]["symbols"]} == {"BTCUSDT": 0.001, "ETHUSDT": 0.1}

    asyncio.run(life())


def test_rules_are_read_every_so_often_and_decisions_go_by_them(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"rules_s": 1}) as desk:
            async with desk.running():
                change(desk, "ETHUSDT", min_notional=D(1_000), tiers=(Tier(cap=D(5_000), leverage=5, rate=D("0.02")),))
                changed = await desk.told(RulesChanged)
                assert (changed.instruments[0].min_notional, changed.instruments[0].max_leverage) == (1_000, 5)
                desk.ask("ETHUSDT")
                decision = await desk.told(Decision)
                assert isinstance(decision.verdict, Vetoed)
                assert decision.verdict.rule == "min_notional"
                assert (decision.slice.max_leverage, decision.slice.position_max_usd) == (5, 5_000)
            assert desk.of(Submit) == []

    asyncio.run(life())


def test_a_quote_that_is_worked_goes_on_by_the_new_tick(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"rules_s": 1}, router={"patience_s": 6}) as desk:
            wide(desk.venue, "ETHUSDT")
            async with desk.running():
                desk.ask("ETHUSDT")
                await desk.told(Ack)
                first = desk.of(Submit)[0]
                change(desk, "ETHUSDT", tick=D("0.25"), step=D("0.05"))
                desk.venue.market.quote("ETHUSDT", "2999.25", "3002.25")
                await desk.told(RulesChanged)
                second = await desk.told(Submit, count=2)
                assert (first.qty, second.qty, second.price) == (D("0.166"), D("0.15"), D("2999.25"))
                await desk.told(Ack, count=2)
            assert desk.of(Reject) == []

    asyncio.run(life())


def test_a_symbol_that_leaves_trading_takes_no_entry_and_its_exit_is_tried_now_and_then(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"rules_s": 1}) as desk:
            async with desk.running():
                desk.ask("ETHUSDT", stop_bps=50.0)
                await desk.told(Fill)
                wide(desk.venue)
                await desk.until(lambda: desk.seen("BTCUSDT").bid == 59_980, "the quote is seen")
                desk.ask("BTCUSDT")
                await desk.told(Ack, count=2)
                for symbol in ("BTCUSDT", "ETHUSDT"):
                    change(desk, symbol, status="SETTLING")
                await desk.told(RulesChanged)
                await desk.told(Cancel, symbol="BTCUSDT", outcome="done")
                assert desk.of(Ended)[-1].reason == "the venue does not trade the symbol now"
                desk.ask("BTCUSDT")
                vetoed = await desk.told(Decision, count=3)
                assert isinstance(vetoed.verdict, Vetoed)
                assert vetoed.verdict.rule == "symbol_closed"
                for name in ("asked", "again"):
                    desk.ask("ETHUSDT", "sell", purpose="exit", reason=name, qty=0.1)
                refused = await desk.told(Reject)
                assert refused.code == "symbol_closed"
                await desk.loops(5)
                assert len(desk.of(Reject)) == 1
                assert desk.of(Account)[-1].positions[0].symbol == "ETHUSDT"
            whys = {row["symbol"]: row["why_not"] for row in desk.states()["universe"]["symbols"]}
            assert whys["BTCUSDT"] == ["the venue does not trade it now"]

    asyncio.run(life())


def test_a_start_while_a_symbol_is_out_of_trading_goes_on_and_its_return_is_read(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"rules_s": 1}) as desk:
            change(desk, "ETHUSDT", status="PRE_SETTLE")
            async with desk.running():
                assert [(one.symbol, one.is_trading) for one in desk.of(Boot)[0].instruments] == [("BTCUSDT", True), ("ETHUSDT", False)]
                desk.ask("ETHUSDT")
                vetoed = await desk.told(Decision)
                assert isinstance(vetoed.verdict, Vetoed)
                change(desk, "ETHUSDT", status="TRADING")
                changed = await desk.told(RulesChanged)
                assert changed.reason == "ETHUSDT is_trading False is True"
                desk.ask("ETHUSDT")
                await desk.told(Fill)

    asyncio.run(life())


def test_a_symbol_that_is_named_no_more_stays_known_out_of_trading_and_an_exit_is_still_tried(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"rules_s": 1}) as desk:
            async with desk.running():
                desk.ask("ETHUSDT")
                await desk.told(Fill)
                kept = desk.venue.rules.pop("ETHUSDT")
                changed = await desk.told(RulesChanged)
                assert [(one.symbol, one.is_trading) for one in changed.instruments] == [("ETHUSDT", False)]
                desk.venue.rules["ETHUSDT"] = msgspec.structs.replace(kept, status="TRADING")
                desk.ask("ETHUSDT", "sell", purpose="exit", qty=0.166)
                await desk.told(Fill, count=2)
            assert desk.venue.oracle.position("ETHUSDT") == 0

    asyncio.run(life())


def test_an_answer_that_does_not_come_changes_nothing_and_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "LEAST_S", 0.2)

    async def life() -> None:
        async with opened(tmp_path, venue={"rules_s": 1}) as desk:
            async with desk.running():
                change(desk, "ETHUSDT", tick=D("0.05"))
                desk.fails("/fapi/v1/leverageBracket")
                await desk.until(lambda: any("rules were not told" in line for line in desk.said), "it says so")
                assert desk.of(RulesChanged) == []
                desk.venue.faults.clear()
                await desk.told(RulesChanged)
                await desk.loops(2)
            assert len(desk.of(RulesChanged)) == 1

    asyncio.run(life())


def test_what_changed_is_said_in_words() -> None:
    before = Instrument(symbol="A", tick_size=D("0.1"), step_size=D(1), min_qty=D(1), min_notional=Decimal(5))
    assert words(before, msgspec.structs.replace(before, tick_size=D("0.5"), min_notional=D(10))) == (
        "tick_size 0.1 is 0.5, min_notional 5 is 10"
    )
    assert words(before, before) == ""
