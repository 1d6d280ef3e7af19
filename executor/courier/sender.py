"""Sends each order once, and each cancel when it is asked: durable first, the answer to the inbox, never a second try here."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from executor.courier.gate import Gate
from executor.courier.news import Answered, CancelAnswered, Inbox, Seen
from executor.dialects.base import Dialect
from executor.errors import JournalError
from executor.protocol.facts import OrderFact, Refused, Unsure
from executor.records.orders import Submit
from executor.wire.passing import monotonic_ns
from executor.wire.reply import Unanswered


class Stale(OSError):
    """An order waited too long to be sent still."""


class Sender:
    """Requests on their way. `failed` is set to the journal's failure that stopped all sending; whatever it stops never left. `broken`
    is set to a defect that ended a request: nobody knows what became of it."""

    def __init__(self, dialect: Dialect, gate: Gate, inbox: Inbox, stale_ms: int) -> None:
        self.failed: JournalError | None = None
        self.broken: BaseException | None = None
        self._stale_ns = stale_ms * 1_000_000
        self._dialect, self._gate, self._inbox = dialect, gate, inbox
        self._out: dict[str, asyncio.Task[None]] = {}
        self._cancels: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """Requests that were not answered yet."""
        return len(self._out) + len(self._cancels)

    def submit(self, order: Submit) -> None:
        """Send an order once what was journaled is durable; raises JournalError where it never will be."""
        name, opened = order.client_id, self._gate.begin()
        opened.add_done_callback(lambda done: done.cancelled() or done.exception())  # an order refused here asks for it no more
        self._out[name] = self._begun(self._submit(order, opened, monotonic_ns()), lambda _: self._out.pop(name, None))

    def cancel(self, client_id: str, symbol: str) -> None:
        """Ask for a cancel, after the order's own sending was answered."""
        task = self._begun(self._cancel(client_id, symbol), self._cancels.discard)
        self._cancels.add(task)

    async def ended(self, within_s: float) -> None:
        """Wait so long for every answer that is under way; what is not there by then is unsure."""
        if self._out or self._cancels:
            await asyncio.wait([*self._out.values(), *self._cancels], timeout=within_s)
        for name, task in list(self._out.items()):
            task.cancel()
            self._inbox.put(Answered(name, Unsure("the executor stopped before it was answered"), None))
        for task in list(self._cancels):
            task.cancel()

    def _begun(self, work: Coroutine[Any, Any, None], over: Callable[[asyncio.Task[None]], Any]) -> asyncio.Task[None]:
        def ended(task: asyncio.Task[None]) -> None:
            over(task)
            if not task.cancelled() and task.exception() is not None:
                self.broken = self.broken or task.exception()

        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(ended)
        return task

    async def _submit(self, order: Submit, opened: asyncio.Future[None], asked_ns: int) -> None:
        left_ns = 0

        async def durable() -> None:
            nonlocal left_ns
            if not opened.done():
                self._gate.attend()
            try:
                await opened
            except JournalError as failure:
                self.failed = failure
                raise
            left_ns = monotonic_ns()
            if left_ns - asked_ns > self._stale_ns:
                left_ns = 0
                raise Stale

        try:
            verdict = await self._dialect.send(order, durable)
        except JournalError:
            verdict = Refused(code="not_journaled", detail="it never left")
        except Stale:
            verdict = Refused(code="stale_request", detail="the disk was slow, and it was too old to be sent; it never left")
        latency_us = (monotonic_ns() - left_ns) // 1_000 if left_ns else None
        self._inbox.put(Answered(order.client_id, verdict, latency_us))

    async def _cancel(self, client_id: str, symbol: str) -> None:
        sending = self._out.get(client_id)
        if sending is not None:
            await asyncio.wait([sending])
        verdict = await self._dialect.cancel(client_id, symbol)
        self._inbox.put(CancelAnswered(client_id, verdict))
        if isinstance(verdict, Refused) and verdict.code == "gone":
            await self._look(client_id, symbol)

    async def _look(self, client_id: str, symbol: str) -> None:
        """Ask once how an order ended that is not there to be canceled; where that is not answered, the next comparison asks."""
        with contextlib.suppress(Unanswered):
            found = await self._dialect.order(client_id, symbol)
            if isinstance(found, OrderFact):
                self._inbox.put(Seen(found, "order's answer"))
