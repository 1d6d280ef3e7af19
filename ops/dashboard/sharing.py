"""A look that everybody shares: one at a time, in a thread, and whoever stops waiting takes it from nobody.

A page that gives up on a slow look and asks again must find that look going on, or further on: were it thrown away with
the one who left, a desk whose look takes longer than pages wait would be seen by none.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

SHARED_S = 0.25
"""A look is shown to whoever asks so soon after it was begun."""


@dataclass
class Shared(Generic[T]):
    """Looks when the last look is too old. After each, so many times as long as it took is rested, whoever asks."""

    look: Callable[[], T]
    rest: float = 0.0
    looking: "asyncio.Task[T] | None" = None
    due_s: float = 0.0

    async def newest(self) -> T:
        """The newest look; a new one, where it is time. What the look raises is told to all who waited, and the next one looks anew."""
        if self.looking is None or (self.looking.done() and self.is_due):
            self.looking = asyncio.create_task(self.begun())
        return await asyncio.shield(self.looking)

    @property
    def is_due(self) -> bool:
        """Whether the last look is too old to be shown again."""
        return time.monotonic() >= self.due_s

    async def begun(self) -> T:
        """Look once."""
        began_s, self.due_s = time.monotonic(), 0.0
        found = await asyncio.to_thread(self.look)
        ended_s = time.monotonic()
        self.due_s = max(began_s + SHARED_S, ended_s + (ended_s - began_s) * self.rest)
        return found
