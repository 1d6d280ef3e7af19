"""The stop that is kept at the venue: there while something is held, there when the executor is killed, counted once whatever happens."""

import asyncio
from pathlib import Path

import pytest

from executor import stops
from executor.flags import read_flags
from executor.records.account import Account
from executor.records.orders import Ack, Adjust, Boot, Cancel, Fault, Fill, Halt, Reject, Resolved, Submit, Triggered, Unknown
from hedge_assets.catalog import scan
from hedge_assets.explaining.explaining import explained
from hedge_assets.explaining.tree import Node
from hedge_assets.settings import Place
from tests.executor.live.desk import GIVES_UP, D, Desk, opened, wide

STOPS = {"exits": {"venue_stop_bps": 100.0}}
BELOW = ("59300", "59300.1")
"""A touch beyond the stop of a position from 60,000.1."""


async def entered(desk: Desk, symbol: str = "BTCUSDT") -> Submit:
    """Buy, and the stop that is at the venue after it."""
    desk.ask(symbol)
    await desk.told(Fill, symbol=symbol)
    stop = await desk.told(Submit, step="stop", symbol=symbol)
    await desk.told(Ack, client_id=stop.client_id)
    return stop


async def entered_and_killed(desk: Desk) -> Submit:
    """A position with its stop at the venue, left behind by an executor that was killed; the stop as it was sent."""
    async with desk.child():
        stop = await entered(desk)
        await desk.loops()
        await desk.kill()
    return stop


def waiting(desk: Desk) -> list[str]:
    """Client ids of the conditional orders that wait at the venue."""
    return [order.client_id for order in desk.venue.algos.open_of(None)]


def whole(desk: Desk) -> None:
    """What was journaled is what happened: each fill once, every position explained, and every document can be made."""
    assert sorted(one.trade_id for one in desk.of(Fill)) == sorted(str(one.trade_id) for one in desk.venue.oracle.fills)
    assert (desk.of(Adjust), desk.of(Halt)) == ([], [])
    held = {one.symbol: one.qty for one in desk.of(Account)[-1].positions}
    assert held == desk.venue.oracle.positions()


def test_a_position_is_protected_while_it_is_held_and_nothing_is_left_after_it(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            async with desk.running():
                stop = await entered(desk)
                assert (stop.side, stop.qty, stop.trigger.price, stop.reduce_only) == ("sell", D("0.008"), D("59400.1"), True)
                assert waiting(desk) == [stop.client_id]
                await desk.until(lambda: desk.of(Account)[-1].orders, "it is shown")
                assert [(one.client_id, one.trigger_price) for one in desk.of(Account)[-1].orders] == [(stop.client_id, D("59400.1"))]
                desk.ask("BTCUSDT", "sell", purpose="exit", qty=0.003)
                moved = await desk.told(Submit, step="stop", count=2)
                assert moved.qty == D("0.005")
                await desk.told(Ack, client_id=moved.client_id)
                await desk.told(Cancel, client_id=stop.client_id, outcome="done")
                assert waiting(desk) == [moved.client_id]
                desk.ask("BTCUSDT", "sell", purpose="exit", qty=0.005)
                await desk.told(Cancel, client_id=moved.client_id, outcome="done")
                assert waiting(desk) == []
                await desk.loops(3)
            assert len(desk.of(Submit, step="stop")) == 2
            assert desk.of(Fault) == []
            whole(desk)
            states = desk.states()
            assert states["router_health"]["overall"]["orders"] == 3
            assert states["positions"]["orders"] == []

    asyncio.run(life())


def test_a_stop_that_goes_off_closes_the_position_and_is_told_once(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            async with desk.running():
                stop = await entered(desk)
                desk.venue.market.quote("BTCUSDT", *BELOW)
                fill = await desk.told(Fill, client_id=stop.client_id)
                await desk.loops(3)
            child = desk.venue.oracle.orders[-1]
            assert (fill.qty, fill.position_qty, fill.origin, fill.order_id) == (D("0.008"), 0, "", str(child.order_id))
            assert [one.order_id for one in desk.of(Triggered)] == [str(child.order_id)]
            whole(desk)
            states = desk.states()
            assert states["expectancy"]["n"] == 1
            assert states["positions"]["positions"] == []
            tree = explained(Place(root=desk.root), scan(), stop.client_id, flags=read_flags({}))
            assert tree.text.startswith(
                f"stop {stop.intent_id}: {stop.client_id}: stop sell 0.008 at the market once the mark price is at 59400.1"
            )
            assert tree.text.endswith("0.008 filled in 1 fill")
            assert {"submit", "ack", "triggered", "fill", "trade"} <= {each.what for each in nodes(tree)}
            closed = next(each for each in nodes(tree) if each.what == "trade")
            assert "stop kept at the venue" in closed.text + "".join(each.text for each in closed.children)

    asyncio.run(life())


def nodes(tree: Node) -> list[Node]:
    """A tree's nodes."""
    return [tree, *(each for child in tree.children for each in nodes(child))]


def test_a_stop_outlives_a_kill_and_what_it_did_meanwhile_is_found_by_its_trades(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            stop = await entered_and_killed(desk)
            assert waiting(desk) == [stop.client_id]
            desk.venue.market.quote("BTCUSDT", *BELOW)
            assert desk.venue.oracle.positions() == {}
            async with desk.running():
                await desk.loops()
            assert [(one.qty, one.origin) for one in desk.of(Fill, client_id=stop.client_id)] == [(D("0.008"), "")]
            assert len(desk.of(Triggered)) == 1
            assert len(desk.of(Submit, step="stop")) == 1
            whole(desk)

    asyncio.run(life())


def test_a_stop_is_adopted_by_the_next_start_and_kept_by_an_orderly_end(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            stop = await entered_and_killed(desk)
            for _ in range(2):
                async with desk.running():
                    await desk.loops(3)
                assert waiting(desk) == [stop.client_id]
            assert len(desk.of(Boot)) == 3
            assert len(desk.of(Submit, step="stop")) == 1
            assert desk.of(Cancel) == []
            assert len(desk.venue.sent("POST", "/fapi/v1/algoOrder")) == 1
            async with desk.running():
                desk.venue.market.quote("BTCUSDT", *BELOW)
                await desk.told(Fill, client_id=stop.client_id)
            whole(desk)

    asyncio.run(life())


def test_a_stop_whose_position_was_closed_while_nobody_was_there_is_called_back_at_the_start(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            stop = await entered_and_killed(desk)
            desk.venue.incidents.by_hand("BTCUSDT", "SELL", "0.008")
            async with desk.running():
                assert waiting(desk) == []
                assert [one.outcome for one in desk.of(Cancel, client_id=stop.client_id)] == ["done"]
                await desk.loops()
            whole(desk)

    asyncio.run(life())


def test_a_stop_that_is_not_wanted_any_more_is_asked_back(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            async with desk.running():
                stop = await entered(desk)
            desk.settings = Desk(desk.venue, tmp_path / "other").settings
            async with desk.running():
                await desk.told(Cancel, client_id=stop.client_id, outcome="done")
            assert waiting(desk) == []
            assert desk.venue.oracle.position("BTCUSDT") == D("0.008")

    asyncio.run(life())


def test_a_stop_whose_answer_is_lost_is_asked_about_at_its_own_endpoint_and_never_sent_twice(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS, venue=GIVES_UP) as desk:
            desk.fails("/fapi/v1/algoOrder", "hang", method="POST", phase="after", times=1)
            async with desk.running():
                desk.ask("BTCUSDT")
                stop = await desk.told(Submit, step="stop")
                await desk.told(Ack, client_id=stop.client_id)
                await desk.loops(3)
            assert waiting(desk) == [stop.client_id]
            assert len(desk.venue.oracle.waiting[stop.client_id]) == 1
            assert len(desk.of(Submit, step="stop")) == 1
            whole(desk)

    asyncio.run(life())


def test_a_stop_that_never_arrived_is_proved_dead_and_another_is_sent(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS, venue=GIVES_UP) as desk:
            desk.venue.streams.faults.clear()
            desk.fails("/fapi/v1/algoOrder", "hang", method="POST", phase="before", times=1)
            async with desk.running():
                desk.ask("BTCUSDT")
                first = await desk.told(Submit, step="stop")
                await desk.told(Unknown, client_id=first.client_id)
                dead = await desk.told(Resolved, client_id=first.client_id)
                assert dead.fate == "dead"
                second = await desk.told(Submit, step="stop", count=2)
                await desk.told(Ack, client_id=second.client_id)
            assert waiting(desk) == [second.client_id]
            whole(desk)

    asyncio.run(life())


def test_a_stop_that_was_killed_on_its_way_is_found_and_kept(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            desk.fails("/fapi/v1/algoOrder", "hang", method="POST", phase="after", times=1)
            async with desk.child():
                desk.ask("BTCUSDT")
                await desk.until(lambda: waiting(desk), "it arrived")
                await desk.kill()
            async with desk.running():
                await desk.loops(3)
            (stop,) = desk.of(Submit, step="stop")
            assert waiting(desk) == [stop.client_id]
            assert desk.of(Resolved, client_id=stop.client_id)[-1].fate == "open" or desk.of(Ack, client_id=stop.client_id)
            whole(desk)

    asyncio.run(life())


def test_a_stop_that_the_venue_refuses_is_not_sent_over_and_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "REFUSED_US", 3_600_000_000)

    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            desk.venue.market.mark("BTCUSDT", "59000")
            async with desk.running():
                desk.ask("BTCUSDT")
                refused = await desk.told(Reject)
                assert refused.code == "would_trigger"
                await desk.loops(25)
            assert len(desk.of(Reject)) == 1
            assert waiting(desk) == []

    asyncio.run(life())


def test_a_stop_that_a_hand_takes_away_is_put_back(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk, desk.running():
            stop = await entered(desk)
            desk.venue.algos.end(desk.venue.algos.open_of(None)[0], "CANCELED")
            await desk.told(Cancel, client_id=stop.client_id, outcome="done")
            second = await desk.told(Submit, step="stop", count=2)
            await desk.told(Ack, client_id=second.client_id)
            assert waiting(desk) == [second.client_id]

    asyncio.run(life())


def test_a_flattening_leaves_no_stop_behind_and_resting_entries_are_called_back_as_ever(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, **STOPS) as desk:
            wide(desk.venue, "ETHUSDT")
            async with desk.running():
                await entered(desk)
                desk.ask("ETHUSDT")
                await desk.told(Ack, count=3)
                desk.operator("flatten")
                await desk.until(lambda: not desk.venue.oracle.positions() and not waiting(desk), "flat, and no stop")
                await desk.until(lambda: not desk.venue.oracle.open_orders(), "no entry rests")
            assert len(desk.venue.oracle.orders) == 3

    asyncio.run(life())
