"""Money comes and goes while the venue's ledger, account and stream tell of it in any order: never a gain, never a loss."""

import asyncio
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from executor.courier import courier, flows
from executor.courier.flows import Flows
from executor.protocol.facts import AccountFact, BalanceFact, IncomeFact
from executor.records.account import Account
from executor.records.orders import Fault, Fill, Halt, Transfer
from tests.executor.live.desk import D, Desk, opened
from tests.local_venue.shapes import Seen
from tests.local_venue.stream_faults import StreamFault

TIGHT: dict[str, dict[str, Any]] = {
    "brakes": {"drawdown_frac": 0.01, "daily_loss_frac": 0.01},
    "limits": {"cooldown_s": 0, "burst_per_minute": 1_000, "wide_spread_bps": 2, "max_drawdown_frac": 0.01},
}
"""A flow of a twentieth, taken for a gain or a loss, halts."""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """NAV is read every second."""
    monkeypatch.setattr(courier, "READINGS", 30)


def told(change: str | None, *, reason: str = "DEPOSIT", asset: str = "USDT", ts_us: int = 0) -> AccountFact:
    amount = None if change is None else D(change)
    return AccountFact(reason=reason, balances=(BalanceFact(asset=asset, wallet=D("1"), change=amount),), positions=(), ts_us=ts_us)


def row(name: str, amount: str, *, kind: Any = "transfer", asset: str = "USDT", ts_us: int = 0) -> IncomeFact:
    return IncomeFact(income_id=name, kind=kind, symbol="", asset=asset, amount=D(amount), detail="TRANSFER", ts_us=ts_us)


def test_a_flow_waits_for_its_row_and_a_row_shows_one_flow() -> None:
    waiting = Flows()
    waiting.told(told("500"), 1, 0)
    waiting.told(told("-20", reason="WITHDRAW"), 2, 0)
    waiting.told(told("500", ts_us=1), 3, 0)
    one, two, out = row("1", "500"), row("2", "500"), row("3", "-20")
    waiting.shown([one])
    assert waiting.why == "-20 of USDT came or went and is not in the venue's ledger yet"
    waiting.shown([one, out])
    assert waiting.why == "+500 of USDT came or went and is not in the venue's ledger yet"
    waiting.shown([one, out, two])
    assert waiting.why is None


@pytest.mark.parametrize(
    "other",
    [
        row("1", "500", kind="funding"),
        row("1", "500", asset="BUSD"),
        row("1", "-500"),
        row("1", "500", ts_us=flows.NEAR_US + 1),
    ],
)
def test_another_row_shows_it_not(other: IncomeFact) -> None:
    waiting = Flows()
    waiting.told(told("500"), 1, 0)
    waiting.shown([other])
    assert waiting.why is not None


def test_the_row_of_its_amount_goes_before_one_of_its_direction() -> None:
    waiting = Flows()
    waiting.told(told("500"), 1, 0)
    waiting.told(told("7"), 1, 0)
    waiting.shown([row("1", "7")])
    assert waiting.why is not None
    assert waiting.why.startswith("+500")
    waiting.shown([row("1", "7"), row("2", "499.5")])
    assert waiting.why is None


def test_a_flow_that_is_told_twice_waits_once() -> None:
    waiting = Flows()
    waiting.told(told("500", ts_us=7), 1, 7)
    waiting.told(told("500", ts_us=7), 2, 9)
    waiting.shown([row("1", "500", ts_us=7)])
    assert waiting.why is None
    waiting.told(told("500", ts_us=7), 3, 9)
    assert waiting.why is None


def test_a_flow_so_old_that_it_would_have_been_given_up_waits_for_nothing() -> None:
    waiting = Flows()
    waiting.told(told("500"), 1, flows.GIVEN_UP_US + 1)
    assert waiting.why is None
    waiting.told(told("500"), 1, flows.GIVEN_UP_US)
    assert waiting.why is not None


def test_what_was_told_is_known_again_so_many_times() -> None:
    waiting = Flows()
    for number in range(1, flows.TOLD_KEPT + 2):
        waiting.told(told("1", ts_us=number), number, number)
    assert len(waiting.given_up(flows.GIVEN_UP_US * 2)) == flows.TOLD_KEPT + 1
    waiting.told(told("1", ts_us=2), 1, 2)
    assert waiting.why is None
    waiting.told(told("1", ts_us=1), 1, 1)
    assert waiting.why is not None


def test_what_is_no_flow_of_dollars_waits_for_nothing() -> None:
    waiting = Flows()
    waiting.told(told("0"), 1, 0)
    waiting.told(told("1", asset="BNB"), 1, 0)
    waiting.told(told("3", reason="FUNDING_FEE"), 1, 0)
    assert waiting.why is None
    waiting.told(told(None), 1, 0)
    assert waiting.why == "an amount of USDT came or went and is not in the venue's ledger yet"
    waiting.shown([row("1", "-3")])
    assert waiting.why is None


def test_a_flow_that_no_row_ever_shows_is_given_up_once() -> None:
    waiting = Flows()
    waiting.told(told("500"), 1, 0)
    assert waiting.given_up(flows.GIVEN_UP_US) == []
    assert [flow.change for flow in waiting.given_up(flows.GIVEN_UP_US + 1)] == [D("500")]
    assert (waiting.why, waiting.given_up(flows.GIVEN_UP_US + 1)) == (None, [])


@pytest.mark.parametrize("way", ["rows come late", "the stream says nothing", "everything is slow", "one upon the other"])
def test_money_that_comes_or_goes_is_no_gain_and_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr(courier, "FLOW_S", 0.2)

    async def life() -> None:
        async with opened(tmp_path, venue={"reconcile_s": 3_600}, **TIGHT) as desk, desk.running():
            if way == "rows come late":
                desk.venue.delays["income"] = 1_000
            elif way == "the stream says nothing":
                desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            elif way == "everything is slow":
                desk.venue.latency_ms = 150
            for number, amount in enumerate(("500", "-700", "400", "400"), 1):
                desk.venue.incidents.transfer(amount)
                if way == "one upon the other":
                    await asyncio.sleep(0.15)
                    continue
                await desk.told(Transfer, count=number)
                await desk.loops()
            await desk.told(Transfer, count=4)
            await desk.until(lambda: wallets(desk)[-1] == D("10600"), "the last flow")
        assert [one.amount for one in desk.of(Transfer)] == [D("500"), D("-700"), D("400"), D("400")]
        as_it_should(desk)

    asyncio.run(life())


def test_a_flow_that_comes_after_the_money_was_read_has_it_read_again(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **TIGHT) as desk, desk.running():
            desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            await desk.loops()
            left = ["500", "-600", "700"]

            def when_incomes_are_asked_for(seen: Seen) -> None:
                if seen.path == "/fapi/v1/income" and left:
                    desk.venue.incidents.transfer(left.pop())

            desk.venue.arrived = when_incomes_are_asked_for
            await desk.told(Transfer, count=3)
            await desk.until(lambda: wallets(desk)[-1] == D("10600"), "the last flow")
        as_it_should(desk)

    asyncio.run(life())


def test_a_flow_of_a_desk_that_holds_and_trades_is_no_gain_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "FLOW_S", 0.2)

    async def life() -> None:
        async with opened(tmp_path, **TIGHT) as desk:
            desk.venue.delays["income"] = 800
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Fill)
                desk.venue.incidents.transfer("-600")
                await desk.until(lambda: desk.of(Account)[-1].sources["money"] != "ok", "the money is held back")
                desk.ask("ETHUSDT")  # its fill tells a balance that knows of the flow
                await desk.told(Transfer)
                await desk.told(Fill, symbol="ETHUSDT")
                await desk.until(lambda: wallets(desk)[-1] == desk.venue.account.wallet, "the last flow")
            assert desk.of(Halt) == []
            nav = desk.states()["nav"]
            assert nav["booked"]["unexplained_usd"] == pytest.approx(0, abs=1e-6)
            assert abs(nav["performance"]["return_frac"]) < 0.001

    asyncio.run(life())


def test_a_deposit_that_the_stream_tells_twice_holds_no_money_back_once_its_row_shows(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **TIGHT) as desk, desk.running():
            desk.venue.streams.faults.script.append(StreamFault(stream="user", action="duplicate", contains='"m":"DEPOSIT"', times=1))
            desk.venue.incidents.transfer("500")
            await desk.told(Transfer)
            await desk.loops(5)
            await desk.until(lambda: wallets(desk)[-1] == D("10500"), "the flow")
            assert set(desk.of(Account)[-1].sources.values()) == {"ok"}
        as_it_should(desk)

    asyncio.run(life())


def test_a_flow_that_no_row_ever_shows_is_told_and_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "FLOW_S", 0.1)
    monkeypatch.setattr(flows, "GIVEN_UP_US", 5_000_000)

    async def life() -> None:
        async with opened(tmp_path) as desk:
            desk.venue.delays["income"] = 10**9
            async with desk.running():
                desk.venue.incidents.transfer("50")
                fault = await desk.told(Fault, where="courier.flows")
                assert fault.detail.startswith("+50 of USDT came or went and is not in the venue's ledger yet")
                await desk.until(lambda: wallets(desk)[-1] == D("10050"), "it is taken")
            assert desk.of(Transfer) == []

    asyncio.run(life())


def wallets(desk: Desk) -> list[Decimal]:
    """Every wallet that was vouched for, oldest first."""
    return [one.wallet for one in desk.of(Account) if set(one.sources.values()) == {"ok"}]


def as_it_should(desk: Desk) -> None:
    """No halt, no gain and no loss, now and by any record; every step of the wallet is a flow that was journaled by then."""
    assert desk.of(Halt) == []
    nav = desk.states()["nav"]
    assert (nav["drawdown_frac"], nav["max_drawdown_frac"], nav["performance"]["return_frac"], nav["booked"]["unexplained_usd"]) == (0,) * 4
    moves: list[tuple[int, int, Decimal]] = [(one.ts_us, 0, one.amount) for one in desk.of(Transfer)]
    seen = [one for one in desk.of(Account) if set(one.sources.values()) == {"ok"}]
    moves += [(after.ts_us, 1, after.wallet - before.wallet) for before, after in pairwise(seen)]
    owed = Decimal(0)
    for _, is_account, amount in sorted(moves):
        owed += -amount if is_account else amount
        assert owed == 0 or not is_account
