"""A real venue as the engine sees it: the exchange's verbs over one sending, questions, streams and the venue's books.

submit ──▶ Gate (durable) ──▶ Sender ──▶ Dialect ──▶ venue
                                           │ verdict
reports ◀── Inbox ◀── stream, Inquirer, Reconciler ◀┘        Inbox ──▶ Ledger, as each record is given out
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from executor.clock import Clock
from executor.courier.books import Books
from executor.courier.gate import Gate
from executor.courier.inquirer import BEFORE_US, Inquirer
from executor.courier.listener import Listener
from executor.courier.news import Inbox
from executor.courier.reconciler import Hands, Reconciler
from executor.courier.sender import Sender
from executor.dialects.base import Dialect
from executor.protocol.ledger import Ledger
from executor.records.account import Account
from executor.records.market import Mark, MarketEvent
from executor.records.orders import Report, Submit
from executor.settings import Settings
from executor.wire.reply import Unanswered

AGAIN_S = 1.0
"""Between two tries of a comparison that what is not heard waits for."""


class Courier:
    """One account at one real venue. Everything runs on the loop it was made on."""

    def __init__(
        self, dialect: Dialect, gate: Gate, *, clock: Clock, settings: Settings, hands: Hands, ledger: Ledger, wake: asyncio.Event
    ) -> None:
        venue = settings.venue
        self.ledger, self.dialect = ledger, dialect
        self.inbox = Inbox(ledger, clock, wake)
        self._recalled: set[str] = set()
        self._symbols = venue.symbols
        self.books = Books(settings.account, venue.leverage)
        self.sender = Sender(dialect, gate, self.inbox)
        self.inquirer = Inquirer(dialect, self.inbox, ledger, clock=clock, venue=venue)
        self.reconciler = Reconciler(
            dialect,
            self.inquirer,
            inbox=self.inbox,
            ledger=ledger,
            books=self.books,
            clock=clock,
            venue=venue,
            hands=hands,
        )
        self.listener = Listener(self.inbox, self.books, self.reconciler, venue=venue, hands=hands)

    async def keep_compared(self, every_s: float) -> None:
        """Compare the venue's books with ours so often, and whenever that is wanted, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await self.reconciler.wanted.wait()
            self.reconciler.wanted.clear()
            since_us = self.listener.silent_since_us
            deep = {} if since_us is None else dict.fromkeys({*self._symbols, *self.ledger.positions}, since_us - BEFORE_US)
            try:
                await self.reconciler.reconcile(deep)
            except Unanswered as error:
                self.books.failed(str(error))
                if since_us is not None:
                    self.reconciler.wanted.set()
                    await asyncio.sleep(AGAIN_S)
            else:
                self.listener.trusted()

    def submit(self, order: Submit) -> None:
        """Send one order, once it is durable."""
        self.ledger.take(order)
        self.sender.submit(order)

    def cancel(self, client_id: str, symbol: str, now_us: int) -> None:  # noqa: ARG002 - the venue's clock counts, not ours
        """Ask for a cancel, once the order's own sending was answered."""
        self.sender.cancel(client_id, symbol)

    def reports(self) -> Sequence[Report]:
        """What was heard since the last call, oldest first, each once."""
        found = self.inbox.reports()
        for track in self.ledger.live.values():
            if track.was_dead and track.client_id not in self._recalled:
                self._recalled.add(track.client_id)
                self.sender.cancel(track.client_id, track.symbol)
        return found

    def account(self, now_us: int) -> Account:
        """The venue's books as last told."""
        return self.books.account(self.ledger, now_us)

    def observe(self, event: MarketEvent) -> None:
        """Positions are valued by the newest mark; else a real venue has its own market."""
        if isinstance(event, Mark):
            self.books.marks[event.symbol] = event

    def state(self) -> Any:
        """The ledger, as plain values."""
        return msgspec.to_builtins(self.ledger)

    def restore(self, state: Any) -> None:
        """Nothing: the ledger is handed in whole when this is made."""
