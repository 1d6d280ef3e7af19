"""Real time is waited for, a multiple of it in proportion, and every wait ends when the run is stopped."""

import asyncio
import time
from typing import Any

from executor.clock import FixedClock, WallClock
from executor.pace import Pace
from executor.records.market import Gap


class Still:
    """An engine in whose market nothing falls due."""

    def due_before(self, _batch: Any) -> bool:
        return False


async def nothing() -> None:
    pass


def waited(pace: Pace, ts_us: int) -> int:
    engine: Any = Still()
    return asyncio.run(pace.wait_for([Gap(ts_us, "", 0, "outage")], engine, between=nothing))


def test_as_fast_as_it_goes_waits_for_nothing() -> None:
    pace = Pace(FixedClock(0), speed=0.0, time="feed", stopped=asyncio.Event())
    assert not pace.waits
    assert waited(pace, 10**15) == 0


def test_a_batch_of_the_past_is_late_by_the_wall() -> None:
    clock = FixedClock(5_000_000)
    assert waited(Pace(clock, speed=1.0, time="wall", stopped=asyncio.Event()), 2_000_000) == 3_000_000


def test_a_batch_of_the_future_is_waited_for() -> None:
    clock = WallClock()
    due_us = clock.now_us() + 60_000
    waited(Pace(clock, speed=1.0, time="wall", stopped=asyncio.Event()), due_us)
    assert clock.now_us() >= due_us


def test_a_replay_takes_its_time_divided_by_the_speed() -> None:
    pace = Pace(WallClock(), speed=10.0, time="feed", stopped=asyncio.Event())
    began_s = time.monotonic()
    waited(pace, 1_000_000)
    waited(pace, 2_000_000)
    assert time.monotonic() - began_s >= 0.1


def test_a_stop_ends_the_wait() -> None:
    stopped = asyncio.Event()
    stopped.set()
    clock = WallClock()
    due_us = clock.now_us() + 3_600_000_000
    waited(Pace(clock, speed=1.0, time="wall", stopped=stopped), due_us)
    assert clock.now_us() < due_us
