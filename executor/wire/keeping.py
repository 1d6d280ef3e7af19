"""A venue's clock, kept measured: every few seconds, and at once when it is in doubt. That keeps a connection warm as well."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from executor.wire.reply import Unanswered
from executor.wire.server_time import ServerTime

EVERY_S = 15.0
AGAIN_S = 1.0


class Keeping:
    """Runs `measure` in the background from `start` to `stop`. `measure` takes one reading, and raises `Unanswered`."""

    def __init__(self, server_time: ServerTime, measure: Callable[[], Awaitable[object]]) -> None:
        self._time, self._measure = server_time, measure
        self._is_doubted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running loop."""
        self._task = asyncio.create_task(self._keep(), name="the venue's clock")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def doubt(self, why: str) -> None:
        """The venue refused a stamp: unsure from now on, and measured at once."""
        self._time.doubt(why)
        self._is_doubted.set()

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):  # not `wait_for`, which forgets a cancel that comes with the news (Python 3.11)
                async with asyncio.timeout(EVERY_S):
                    await self._is_doubted.wait()
            self._is_doubted.clear()
            try:
                await self._measure()
            except Unanswered:
                await asyncio.sleep(AGAIN_S)
                if self._time.doubts():
                    self._is_doubted.set()
