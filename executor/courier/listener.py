"""Hears an account's private stream: what it tells goes to the inbox, what it may have missed is compared."""

import asyncio

from executor.courier.books import Books
from executor.courier.flows import MONEY_IN
from executor.courier.news import Failed, Inbox, Seen
from executor.courier.reconciler import Hands, Reconciler
from executor.protocol.facts import (
    AccountFact,
    DoubtFact,
    LeverageFact,
    MarginCallFact,
    MultiAssetFact,
    OrderFact,
    TradeFact,
    UserFact,
)
from executor.settings import Venue
from executor.wire.streams.shapes import Rebuild


class Listener:
    """The owner of one private stream. `problem` says why it is not to be trusted now; null while it flows and was compared since.
    `made` counts how often it was made."""

    def __init__(self, inbox: Inbox, books: Books, reconciler: Reconciler, *, venue: Venue, hands: Hands) -> None:
        self.problem: str | None = "the private stream was not heard yet"
        self.connected_once = asyncio.Event()
        self._inbox, self._books, self._reconciler = inbox, books, reconciler
        self._venue, self._hands = venue, hands
        self.flows = False
        self.made = 0
        self.silent_since_us: int | None = None

    def connected(self, rebuild: Rebuild) -> None:
        """The stream was made: everything since it was last heard is asked for."""
        self.connected_once.set()
        self.flows = True
        self.made += 1
        if not rebuild.is_first:
            if self.silent_since_us is None:
                self.silent_since_us = rebuild.from_us
            detail = f"{rebuild.reason}; silent from {rebuild.from_us} to {rebuild.until_us}"
            self._inbox.put(Failed("courier.private_stream", detail))
        self.problem = "the private stream was made anew, and the books are not compared yet"
        self._reconciler.wanted.set()

    def lost(self, reason: str) -> None:
        """Nothing is heard from here on."""
        self.flows = False
        self.problem = f"the private stream is silent: {reason}"

    def polled(self) -> None:
        """There is no stream; everything was asked for, and answered."""
        self.connected_once.set()
        self.flows, self.problem = True, None

    def trusted(self, made: int) -> None:
        """The books were compared, by a comparison that began when it had been made so many times."""
        if self.flows and made == self.made:
            self.problem, self.silent_since_us = None, None

    def fact(self, fact: UserFact, ts_us: int) -> None:
        """Something happened."""
        match fact:
            case OrderFact() | TradeFact():
                self._reconciler.meet(fact.client_id)
                self._inbox.put(Seen(fact, "private stream"))
            case AccountFact():
                if fact.reason in MONEY_IN:
                    self._reconciler.flowed(fact, ts_us)
                    self._reconciler.wanted.set()  # what came in is journaled first, so that it is no gain, and what went out no loss
                else:
                    self._books.wallet({balance.asset: balance.wallet for balance in fact.balances}, fact.ts_us, ts_us)
            case LeverageFact() if fact.leverage != self._venue.leverage and fact.symbol in self._venue.symbols:
                seen = f"{fact.symbol} was set to leverage {fact.leverage}, {self._venue.leverage} is configured; set it back"
                self._hands.brake("account_changed", seen)
            case MultiAssetFact() if fact.is_multi_asset:
                self._hands.brake("account_changed", "margin of several assets together was switched on; switch it off")
            case MarginCallFact():
                names = ", ".join(position.symbol for position in fact.positions)
                self._hands.brake("margin_call", f"the venue warns that {names} is near liquidation")
            case DoubtFact():
                self._inbox.put(Failed("courier.private_stream", f"told in words not understood: {fact.detail}"))
                self._reconciler.wanted.set()
            case _:
                return
