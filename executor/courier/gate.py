"""Journal before order, without stopping the loop: whoever is about to send waits here until what was written is on the disk."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from executor.errors import JournalError
from executor.records.streams import Stream

ATTEND_NS = 400_000
"""How long the loop may stand still for one order. A flush takes 200 to 300 microseconds, most of it beside the making of the request;
to sleep and be woken for what is left costs 50 to 100 more."""

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


class Durable(Protocol):
    """The journals, as the gate needs them."""

    @property
    def appended(self) -> dict[Stream, int]:
        """The last sequence number of each stream."""
        ...

    def when_durable(self, then: Callable[[JournalError | None], None]) -> None:
        """Call back, from any thread or at once, when every order record appended is durable, or with what failed."""
        ...

    def attend(self, within_ns: int) -> None:
        """Hold the loop for a flush that is nearly done, at most so long."""
        ...

    def settled(self, upto: Mapping[Stream, int]) -> None:
        """Say that everything up to these numbers is durable."""
        ...


class Gate:
    """Lets through once every order record appended before is durable; raises JournalError where it never will be."""

    def __init__(self, journals: Durable) -> None:
        self._journals = journals

    def begin(self) -> asyncio.Future[None]:
        """Have every order record appended up to now made durable from now on; done when they are, or with the failure."""
        loop = asyncio.get_running_loop()
        upto: dict[Stream, int] = {"orders": self._journals.appended["orders"]}
        opened: asyncio.Future[None] = loop.create_future()
        here = threading.get_ident()

        def tell(failure: JournalError | None) -> None:
            if threading.get_ident() == here:
                settle(failure)
                return
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits, and the writing thread must live on
                loop.call_soon_threadsafe(settle, failure)

        def settle(failure: JournalError | None) -> None:
            if opened.done():
                return
            if failure is not None:
                opened.set_exception(failure)
                return
            self._journals.settled(upto)
            opened.set_result(None)

        self._journals.when_durable(tell)
        return opened

    def attend(self) -> None:
        """Everything else is ready: stay awake for the disk for a moment, where another core works for it meanwhile."""
        if CORES > 1:
            self._journals.attend(ATTEND_NS)

    async def passed(self) -> None:
        """Return when every order record appended up to now is durable."""
        await self.begin()
