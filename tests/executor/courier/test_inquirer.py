"""Questions about orders whose fate is not proved, however the venue's lists lag, and the trades that an end waits for."""

import asyncio
from pathlib import Path

import pytest

from executor.clock import FixedClock
from executor.courier.inquirer import BEFORE_US, Inquirer
from executor.courier.news import Inbox, Seen
from executor.protocol.facts import OrderFact
from executor.protocol.ledger import Ledger, Track
from executor.records.orders import Ack, Ended, Fill, Resolved, Submit, Unknown
from executor.settings import Venue
from tests.executor.live.desk import D, opened, wide
from tests.local_venue.faults import UNKNOWN_503
from tests.local_venue.stream_faults import StreamFault

T0 = 1_750_000_000_000_000


@pytest.mark.parametrize("late", ["order", "userTrades"])
def test_an_order_that_lists_show_late_is_found_all_the_same(tmp_path: Path, late: str) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={"reconcile_s": 3_600}) as desk:
            desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            desk.venue.delays[late] = 1_500
            desk.venue.faults.order("body", phase="after", **UNKNOWN_503)
            async with desk.running():
                desk.ask("BTCUSDT")
                ended = await desk.told(Ended)
                assert ended.filled_qty == D("0.008")
            assert desk.story(Submit, Unknown, Ack, Resolved, Fill) == ["Submit", "Unknown", "Ack", "Resolved", "Fill"]
            assert len(desk.venue.oracle.orders) == 1

    asyncio.run(life())


def test_an_order_that_is_found_resting_is_worked_on_and_called_back(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            desk.venue.faults.order("reset", phase="after")
            async with desk.running():
                desk.ask("BTCUSDT")
                found = await desk.told(Resolved)
                assert found.fate == "open"
                desk.operator("halt")
                await desk.told(Ended)
            assert desk.venue.oracle.open_orders() == []
            assert len(desk.venue.oracle.orders) == 1

    asyncio.run(life())


def test_an_order_that_arrives_after_it_was_asked_about_is_not_sent_again(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            desk.venue.faults.order("late", phase="before", ms=900, then="reset")
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Unknown)
                ended = await desk.told(Ended)
                assert ended.filled_qty == D("0.008")
            assert [one.fate for one in desk.of(Resolved)] == ["open"]
            assert len(desk.venue.oracle.orders) == 1

    asyncio.run(life())


class Says:
    """A venue that tells of no order and no trade; asked about one order, it breaks."""

    def server_now_us(self) -> int:
        return 0

    async def order(self, client_id: str, symbol: str) -> None:
        raise ZeroDivisionError

    async def orders_since(self, symbol: str, since_us: int) -> list[object]:
        self.since_us = since_us
        return []

    async def trades_since(self, symbol: str, since_us: int) -> list[object]:
        return []


def asking(phase: str, clock: FixedClock) -> tuple[Inquirer, Inbox, Says]:
    track = Track(client_id="h-1", symbol="S", side="buy", qty=D(1), post_only=False, reduce_only=False, placed_us=T0, phase=phase)
    ledger, venue = Ledger(live={"h-1": track}), Says()
    inbox = Inbox(ledger, clock, asyncio.Event())
    return Inquirer(venue, inbox, ledger, clock=clock, venue=Venue()), inbox, venue


def test_a_question_that_breaks_is_no_question_that_was_answered() -> None:
    async def life() -> None:
        inquirer, _, _ = asking("unsure", FixedClock(T0))
        async with asyncio.timeout(120):
            await inquirer.run()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(life())


def test_trades_that_no_list_shows_are_asked_for_from_before_their_order_and_told_of_once() -> None:
    async def life() -> None:
        clock = FixedClock(T0 + 300_000_000)
        inquirer, inbox, venue = asking("open", clock)
        ended = OrderFact(client_id="h-1", order_id="7", symbol="S", side="buy", qty=D(1), filled_qty=D(1), status="filled")
        inbox.put(Seen(ended, "list"))
        inbox.reports()
        for second in range(70):
            clock.move_to(T0 + (300 + second) * 1_000_000)
            inquirer.look()
            await asyncio.sleep(0)
        assert venue.since_us == T0 - BEFORE_US
        inquirer.since_us = T0
        clock.move_to(T0 + 400_000_000)
        inquirer.look()
        await asyncio.sleep(0)
        assert venue.since_us == T0
        (fault,) = inbox.reports()
        assert "no list shows all of its trades" in fault.detail

    asyncio.run(life())
