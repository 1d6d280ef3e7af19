"""A market that happens now may be silent: whoever waits for its next batch is told when something else is due first."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from executor.records.market import MarketEvent

Batch = Sequence[MarketEvent]


async def heard(
    batches: AsyncGenerator[Batch, None], due_s: Callable[[], float], stopped: asyncio.Event
) -> AsyncGenerator[Batch | None, None]:
    """Batches as they come, and null whenever `due_s()` seconds passed before one, or it was `stopped`. Ends with the batches.

    The question for the next batch is never cancelled while it is waited for: that would end the feed.
    """
    stop = asyncio.ensure_future(stopped.wait())
    coming = asyncio.ensure_future(anext(batches, None))
    try:
        while True:
            await asyncio.wait({coming, stop}, timeout=max(0.0, due_s()), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                yield None
                continue
            batch = coming.result()
            if batch is None:
                return
            coming = asyncio.ensure_future(anext(batches, None))
            yield batch
    finally:
        stop.cancel()
        coming.cancel()
        await asyncio.gather(stop, coming, return_exceptions=True)
