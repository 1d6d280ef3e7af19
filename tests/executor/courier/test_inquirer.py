"""Questions about orders whose fate is not proved, however the venue's lists lag, and the trades that an end waits for."""

import asyncio
from pathlib import Path

import pytest

from executor.records.orders import Ack, Ended, Fill, Resolved, Submit, Unknown
from tests.executor.live.desk import D, opened, wide
from tests.local_venue.faults import UNKNOWN_503
from tests.local_venue.stream_faults import StreamFault


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
                await desk.operator("halt")
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
