"""Time of a recording stands while anybody works, goes on to what happens next, and waits for nothing real unless it is told to."""

import asyncio
import os
import threading
import time

import pytest

from executor.wire.cassettes.passage import Passage, Wall, ran_in
from executor.wire.cassettes.windows import Looped, Windows
from executor.wire.passing import monotonic_s

T0 = 1_700_000_000_000_000
HOUR = 3_600_000_000


def test_hours_pass_at_once_and_exactly() -> None:
    passage, seen = Passage(T0), []

    async def live() -> None:
        began_s = monotonic_s()
        await passage.until(T0 + HOUR)
        seen.append(passage.now_us() - T0)
        await asyncio.sleep(1.5)
        seen.append(passage.now_us() - T0)
        await passage.until(T0)
        seen.append(round(monotonic_s() - began_s, 6))

    began_s = time.monotonic()
    ran_in(passage, live())
    assert time.monotonic() - began_s < 60
    assert seen == [HOUR, HOUR + 1_500_000, 3_601.5]


def test_what_is_due_comes_in_its_order_and_timers_between() -> None:
    passage, seen = Passage(T0), list[str]()

    async def at(ts_us: int, order: int, word: str) -> None:
        await passage.until(ts_us, order)
        seen.append(word)

    async def timer(seconds: float, word: str) -> None:
        await asyncio.sleep(seconds)
        seen.append(word)

    async def live() -> None:
        await asyncio.gather(
            at(T0 + 300, 2, "third"), at(T0 + 300, 1, "second"), timer(0.0001, "first"), timer(0.0004, "fourth"), at(T0 + 500, 0, "fifth")
        )

    ran_in(passage, live())
    assert seen == ["first", "second", "third", "fourth", "fifth"]


def test_time_stands_still_while_a_thread_is_waited_for() -> None:
    passage, seen = Passage(T0), []

    async def live() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        ticking = asyncio.create_task(asyncio.sleep(0.001))
        threading.Timer(0.1, lambda: loop.call_soon_threadsafe(done.set)).start()
        with passage.standing_still():
            await done.wait()
        seen.append((passage.now_us() - T0, ticking.done()))
        await ticking
        seen.append(passage.now_us() - T0)

    ran_in(passage, live())
    assert seen == [((0, False)), 1_000]


def test_a_real_event_is_heard_while_nothing_is_due() -> None:
    passage = Passage(T0)
    readable, writable = os.pipe()

    async def live() -> int:
        heard = asyncio.Event()
        asyncio.get_running_loop().add_reader(readable, heard.set)
        threading.Timer(0.05, lambda: os.write(writable, b"x")).start()
        await heard.wait()
        return passage.now_us()

    assert ran_in(passage, live()) == T0
    os.close(readable)
    os.close(writable)


def test_a_pace_that_is_asked_for_is_kept() -> None:
    passage = Passage(T0, speed=10.0)
    began_s = time.monotonic()
    ran_in(passage, passage.until(T0 + 2_000_000))
    assert time.monotonic() - began_s >= 0.2
    assert passage.now_us() == T0 + 2_000_000


def test_timers_of_a_loop_are_over_when_the_recorded_loop_was() -> None:
    passage = Passage(T0, windows=Windows([Looped(T0 + 100_070, False), Looped(T0 + 200_450, False)], 100_000))

    async def live() -> int:
        await asyncio.sleep(0.2)
        return passage.now_us() - T0

    assert ran_in(passage, live()) == 200_450


def test_what_was_there_already_is_there_at_once_but_not_before_a_loop_that_was_due() -> None:
    passage = Passage(T0, windows=Windows([Looped(T0 + 100_000, False), Looped(T0 + 200_450, False)], 100_000))
    assert passage.follows(T0 + 150)
    assert passage.now_us() == T0 + 150
    assert not passage.follows(T0 + 200_300)
    assert passage.now_us() == T0 + 150


def test_the_walls_clock_is_as_far_ahead_as_it_was() -> None:
    passage = Passage(T0, walls=[(T0, 40), (T0 + 1_000, -2_000_000)])
    assert (Wall(passage).now_us(), passage.off_us) == (T0 + 40, 40)
    passage.go_on((T0 + 1_000) * 1_000)
    assert (Wall(passage).now_us(), passage.off_us) == (T0 + 1_000 - 2_000_000, -2_000_000)
    passage.catch_up()
    passage.not_before(0)
    assert passage.now_us() == T0 + 1_000
    assert Passage(T0).off_us == 0


def test_what_is_waited_for_in_vain_is_forgotten() -> None:
    passage = Passage(T0)

    async def live() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await passage.until(T0 + HOUR)
        await asyncio.sleep(1.0)
        return passage.now_us() - T0

    assert ran_in(passage, live()) == 1_500_000
