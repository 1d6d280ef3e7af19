"""A real venue as the engine sees it: the exchange's verbs over one sending, questions, streams and the venue's books.

submit ──▶ Gate (durable) ──▶ Sender ──▶ Dialect ──▶ venue
                                           │ verdict
reports ◀── Inbox ◀── stream, Inquirer, Reconciler ◀┘        Inbox ──▶ Ledger, as each record is given out
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from executor.clock import Clock
from executor.courier.books import Books
from executor.courier.gate import Gate
from executor.courier.inquirer import BEFORE_US, Inquirer
from executor.courier.listener import Listener
from executor.courier.news import Inbox
from executor.courier.poller import Poller
from executor.courier.reconciler import Hands, Reconciler
from executor.courier.sender import Sender
from executor.dialects.base import Dialect
from executor.protocol.ledger import Ledger
from executor.records.account import Account
from executor.records.market import Mark, MarketEvent
from executor.records.orders import Report, Submit
from executor.settings import Settings
from executor.wire.passing import monotonic_s
from executor.wire.reply import Unanswered

AGAIN_S, MOST_AGAIN_S = 1.0, 10.0
"""Between two tries of a comparison that was not answered: later each time."""

FLOW_S = 5.0
"""Between two looks for money that came or went and is in no ledger yet."""

FAILING_S = 5.0
"""Comparisons that fail for so long stop new risk."""

READINGS = 3
"""So often NAV is read within the time that it is good for."""


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
        self._settle_s = venue.settle_s
        self._failing: tuple[float, str] | None = None
        ages_s = [age_s for age_s in (settings.limits.nav_max_age_s, settings.brakes.nav_age_s) if age_s > 0]
        self._value_s = min(ages_s, default=venue.reconcile_s) / READINGS
        self.books = Books(settings.account, venue.leverage)
        self.sender = Sender(dialect, gate, self.inbox, venue.stale_ms)
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
        self.poller = Poller(dialect, self.inquirer, inbox=self.inbox, ledger=ledger, listener=self.listener)

    async def keep_compared(self, every_s: float) -> None:
        """Compare the venue's books with ours so often, and whenever that is wanted, until cancelled; read the money in between."""
        due_s, again_s = monotonic_s() + every_s, AGAIN_S
        while True:
            apart_s = self._value_s if self.reconciler.flows.why is None else min(FLOW_S, self._value_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(apart_s, due_s - monotonic_s()))):
                    await self.reconciler.wanted.wait()
            try:
                if self.reconciler.wanted.is_set() or monotonic_s() >= due_s:
                    await self._compared_since_heard()
                    self._failing = None
                    apart_s = min(every_s, self._settle_s) if self.reconciler.in_doubt else every_s
                    due_s, again_s = monotonic_s() + apart_s, AGAIN_S
                else:
                    await self.reconciler.value()
            except Unanswered as error:
                self.books.failed(str(error))
                self._failing = (monotonic_s() if self._failing is None else self._failing[0], str(error))
                await asyncio.sleep(again_s)
                again_s = min(MOST_AGAIN_S, 2 * again_s)
                self.reconciler.wanted.set()

    @property
    def problem(self) -> str | None:
        """Why what is known of the account is not to be trusted now; null where it is."""
        if self.listener.problem is None and self._failing is not None and monotonic_s() - self._failing[0] >= FAILING_S:
            return f"the books could not be compared for {FAILING_S:g} s and more: {self._failing[1]}"
        return self.listener.problem

    async def _compared_since_heard(self) -> None:
        self.reconciler.wanted.clear()
        since_us = self.listener.silent_since_us
        await self.compared({} if since_us is None else dict.fromkeys((*self._symbols, *self.ledger.positions), since_us - BEFORE_US))

    async def compared(self, deep: Mapping[str, int]) -> None:
        """One comparison (`deep` as the reconciler has it), after which the private stream is trusted if it flowed all the while."""
        made = self.listener.made
        await self.reconciler.reconcile(deep)
        self.listener.trusted(made)

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
