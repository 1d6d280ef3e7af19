"""One look for everybody who asks, whoever stays to see it."""

import asyncio
import threading
import time

import pytest

from ops.dashboard.sharing import SHARED_S, Shared

PATIENCE_S = 120.0


class Looked:
    """What is looked at: counts its looks, and lets one end only when it may."""

    def __init__(self, *, is_free: bool = True) -> None:
        self.count = 0
        self.at_once = 0
        self.most_at_once = 0
        self.may_end = threading.Event()
        if is_free:
            self.may_end.set()

    def look(self) -> int:
        self.count += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.may_end.wait(PATIENCE_S)
        self.at_once -= 1
        return self.count


def test_whoever_asks_at_once_shares_one_look():
    async def asked() -> list[int]:
        shared = Shared(Looked().look)
        return await asyncio.gather(*(shared.newest() for _ in range(20)))

    assert asyncio.run(asked()) == [1] * 20


def test_a_look_is_shown_again_for_a_moment_and_then_another_one_is_made():
    async def asked() -> tuple[int, int, int]:
        shared = Shared(Looked().look)
        first = await shared.newest()
        shared.due_s = time.monotonic() + PATIENCE_S
        again = await shared.newest()
        shared.due_s = time.monotonic()
        return first, again, await shared.newest()

    assert asyncio.run(asked()) == (1, 1, 2)


def test_after_a_look_it_is_rested_as_many_times_as_long_as_was_asked_for():
    async def asked(rest: float) -> tuple[float, bool]:
        def look() -> None:
            time.sleep(SHARED_S)

        shared = Shared(look, rest=rest)
        began_s = time.monotonic()
        await shared.newest()
        return shared.due_s - began_s, shared.is_due

    assert asyncio.run(asked(4.0))[0] >= 5 * SHARED_S
    assert asyncio.run(asked(0.0))[1]


def test_one_who_stops_waiting_takes_the_look_from_nobody():
    async def asked() -> tuple[int, int, int]:
        looked = Looked(is_free=False)
        shared = Shared(looked.look)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(shared.newest(), 0.05)
        looked.may_end.set()
        return await shared.newest(), looked.count, looked.most_at_once

    assert asyncio.run(asked()) == (1, 1, 1)


def test_a_look_that_fails_is_told_to_all_who_wait_and_the_next_one_looks_anew():
    count = 0

    def look() -> int:
        nonlocal count
        count += 1
        if count == 1:
            raise OSError("gone")
        return count

    async def asked() -> tuple[list, int]:
        shared = Shared(look, rest=3.0)
        return await asyncio.gather(shared.newest(), shared.newest(), return_exceptions=True), await shared.newest()

    failed, found = asyncio.run(asked())
    assert [type(each) for each in failed] == [OSError, OSError]
    assert found == 2
