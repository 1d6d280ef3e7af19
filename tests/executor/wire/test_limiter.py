"""A request leaves at once, or after a wait that it can afford, or not at all."""

import asyncio

import pytest

from executor.wire.budget import Cost, Window
from executor.wire.limiter import Limiter

TIGHT = Window(kind="weight", span_us=80_000, limit=2)


def test_what_has_room_leaves_without_giving_up_its_turn():
    coroutine = Limiter([TIGHT], 0.0).leave(Cost(), 1_000_000)
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    assert done.value.value == 0


def test_what_must_wait_leaves_when_there_is_room():
    async def three():
        limiter = Limiter([TIGHT], 0.0)
        return [await limiter.leave(Cost(), 60_000_000) for _ in range(5)]

    assert asyncio.run(three()) == [0, 0, 0, 0, 0]


def test_a_wait_longer_than_the_patience_is_not_begun():
    async def impatient():
        limiter = Limiter([TIGHT], 0.0, monotonic=lambda: 0)
        limiter.hold(60_000_000)
        return await limiter.leave(Cost(is_urgent=True), 500_000)

    assert asyncio.run(impatient()) == 60_000_000


def test_a_process_that_was_stopped_while_it_waited_does_not_send_when_it_wakes():
    now = [0]

    async def stopped():
        limiter = Limiter([TIGHT], 0.0, monotonic=lambda: now[0])
        limiter.hold(10_000)
        waiting = asyncio.create_task(limiter.leave(Cost(), 500_000))
        await asyncio.sleep(0)
        now[0] = 30_000_000  # thirty seconds pass for nobody
        return await waiting, limiter.budget.wait_us(Cost(weight=2), now[0])

    waited, room = asyncio.run(stopped())
    assert waited > 0
    assert room == 0
