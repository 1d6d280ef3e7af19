"""The venue's clock is measured again at once when it is in doubt, and the keeping ends when it is told to."""

import asyncio

import pytest

from executor.clock import WallClock
from executor.wire.keeping import Keeping
from executor.wire.passing import monotonic_us
from executor.wire.server_time import Reading, ServerTime


def reading() -> Reading:
    now_us = monotonic_us()
    return Reading(asked_us=now_us, heard_us=now_us, server_us=WallClock().now_us())


def test_a_doubt_is_measured_away():
    async def scene():
        clock, measured = ServerTime(WallClock()), asyncio.Event()

        async def measure():
            clock.take(reading())
            measured.set()

        keeping = Keeping(clock, measure)
        keeping.start()
        keeping.doubt("a stamp was refused")
        unsure = clock.doubts()
        await measured.wait()
        await keeping.stop()
        return unsure, clock.doubts()

    assert asyncio.run(scene()) == ("a stamp was refused", "")


@pytest.mark.parametrize("turns", range(6))
def test_a_doubt_in_the_moment_of_stopping_keeps_nothing_running(turns):
    async def scene():
        clock = ServerTime(WallClock())

        async def measure():
            clock.take(reading())

        keeping = Keeping(clock, measure)
        keeping.start()
        await asyncio.sleep(0)
        keeping.doubt("a stamp was refused")
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.wait_for(keeping.stop(), 120)
        return len(asyncio.all_tasks())

    assert asyncio.run(scene()) == 1
