"""A silent market holds nothing up: loops fall due, a stop is seen, and no batch is lost meanwhile."""

import asyncio
from collections.abc import AsyncGenerator

from executor.records.market import MarketEvent, Quote
from executor.silence import heard

QUOTE = Quote(1, 1, "BTCUSDT", 1.0, 2.0, 1.0, 1.0, None, "stream")


async def slow(first_s: float, batches: int) -> AsyncGenerator[list[MarketEvent], None]:
    for _ in range(batches):
        await asyncio.sleep(first_s)
        yield [QUOTE]


def test_while_nothing_comes_it_says_so_whenever_something_is_due_and_loses_no_batch() -> None:
    async def run() -> list[object]:
        return [batch async for batch in heard(slow(0.2, 2), lambda: 0.05, asyncio.Event())]

    said = asyncio.run(run())
    assert [batch for batch in said if batch is not None] == [[QUOTE], [QUOTE]]
    assert None in said


def test_a_market_that_is_quick_is_never_called_silent() -> None:
    async def run() -> list[object]:
        return [batch async for batch in heard(slow(0.0, 5), lambda: 5.0, asyncio.Event())]

    assert asyncio.run(run()) == [[QUOTE]] * 5


def test_a_stop_is_said_at_once_though_nothing_comes() -> None:
    async def run() -> object:
        stopped = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stopped.set)
        news = heard(slow(3_600, 1), lambda: 3_600.0, stopped)
        first = await anext(news)
        await news.aclose()
        return first

    assert asyncio.run(run()) is None
