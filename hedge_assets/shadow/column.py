"""One column: a whole desk of its own on the recorded market, with its own book, orders, fills and NAV.

It decides by the same `decide`, works its orders by the same router, and has them filled by the paper exchange's own model, as if
it had been live. What it asks for comes from the live desk's strategies (`signals`), its exits from its own positions.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from executor.desk import Desk
from executor.parts import Parts, Progress
from executor.records.base import Record
from executor.records.market import Quote
from executor.records.orders import Adjust, Ended, Fill, Funding, OrderRecord, Report, Submit
from executor.records.streams import Stream
from executor.records.trading import Decision, Intent, Slice
from executor.strategies.base import Wish
from hedge_assets.shadow.kept import Answer, Kept
from hedge_assets.shadow.pairs import FLAT, HOLDS, HOLDS_ON, NO_QUOTE, NO_SIGNAL, WORKS
from hedge_assets.shadow.signals import Signals


class Unwritten:
    """Journals that nobody keeps: a column's records are taken where they are made."""

    def append(self, _stream: Stream, _record: Record) -> int:
        """Nothing is written."""
        return 0

    def flush(self) -> None:
        """Nothing waits."""

    def commit(self) -> None:
        """Nothing is to be waited for."""


class Column(Desk):
    """A desk on record. `watches` are shared by all columns that measure the market alike."""

    def __init__(self, parts: Parts, progress: Progress, kept: Kept, signals: Signals, *, echoes: bool) -> None:
        super().__init__(parts, progress)
        self.kept = kept
        self.echoes = echoes
        self._signals = signals
        self._asked: Intent | None = None
        courses = kept.courses
        self._follow: dict[type[Record], Callable[[Any], None]] = {
            Submit: courses.submit,
            Fill: courses.fill,
            Ended: courses.ended,
            Funding: courses.funding,
            Adjust: courses.adjust,
        }

    def hear(self, reports: Iterable[Report], now_us: int) -> None:
        """Follow what the venue reports with an event of the market."""
        self.progress.now_us = now_us
        for report in reports:
            self._report(report)
        self._send()

    def loop(self, now_us: int, *, is_quiet: bool) -> None:
        """One pass. In a quiet one nobody could ask for anything: a flat desk without orders only sees time pass."""
        self.progress.now_us = self.kept.now_us = now_us
        book, last = self.progress.book, self.kept.curve.last
        if is_quiet and last is not None and self.rests and book.nav_usd is not None and book.available_usd is not None:
            nav_us = min(self.kept.venue.now_us or now_us, now_us)
            book.value(book.nav_usd, book.available_usd, nav_us=nav_us, now_us=now_us)
            self.kept.curve.add(now_us, last.nav)
            return
        account = self.turn()
        book.forget_done()
        self.kept.curve.add(now_us, account.nav)

    @property
    def rests(self) -> bool:
        """Whether nothing is held, worked or under way, and no money came or went."""
        venue = self.kept.venue
        return not (
            self.kept.curve.pending
            or venue.positions
            or venue.resting
            or venue.stops
            or venue.requests
            or venue.waiting
            or self.parts.router.busy
        )

    def intent_for(self, strategy: str, wish: Wish) -> Intent:
        """The live desk's own intent where it asks for the same in this loop: one wish, one name."""
        asked = self._signals.asked.get((strategy, wish.symbol, wish.side, wish.purpose))
        return super().intent_for(strategy, wish) if asked is None else msgspec.structs.replace(asked, reason=wish.reason, qty=wish.qty)

    def slice_of(self, intent: Intent, quote: Quote) -> Slice:
        """Its own book over the recorded view: what the live desk knew of the market is known here as well."""
        own, signals = super().slice_of(intent, quote), self._signals
        seen = signals.slices.get(intent.symbol) if self.echoes else None
        vol_bps = own.vol_bps if seen is None or seen.ts_us != intent.ts_us else seen.vol_bps
        unknown = signals.unknown.get(intent.symbol, 0)
        if vol_bps == own.vol_bps and not signals.errors and not unknown:
            return own
        return msgspec.structs.replace(
            own,
            vol_bps=vol_bps,
            errors_in_window=own.errors_in_window + signals.errors,
            unknown_orders=own.unknown_orders + unknown,
        )

    def answer(self, intent: Intent) -> Decision | None:
        """What it would decide on an intent now, and nothing follows from it; null without a quote."""
        quote = self.progress.watches[intent.symbol].quote if intent.symbol in self.progress.watches else None
        if quote is None:
            return None
        policy = self.progress.steering.policy(intent.symbol, self._plain)
        return self.parts.pipeline.decide(intent, self.slice_of(intent, quote), self.lines, policy)

    def silence(self, intent: Intent) -> str:
        """Why it did not ask for this intent."""
        held = self.progress.book.holdings.get(intent.symbol)
        if intent.purpose == "exit":
            return FLAT if held is None or (held.qty > 0) == (intent.side == "buy") else HOLDS_ON
        if held is not None:
            return HOLDS
        if intent.symbol in self.parts.router.busy:
            return WORKS
        watch = self.progress.watches.get(intent.symbol)
        return NO_QUOTE if watch is None or watch.quote is None else NO_SIGNAL

    def transfer(self, amount: Decimal) -> None:
        """Money came in or went out of the live account: so it does here."""
        self.kept.venue.wallet += amount
        self.kept.curve.flow(amount)
        self.progress.book.flow(float(amount))
        self.parts.exchange.restore(self.kept.venue)

    def settle(self) -> None:
        """Lay down what the router has in mind, so that all of the column is in what is kept."""
        self.kept.works = self.parts.router.state().works

    def _write(self, record: OrderRecord) -> None:
        self.progress.book.take(record)
        if isinstance(record, Intent):
            self._asked = record
        elif isinstance(record, Decision):
            if self._asked is not None:
                self.kept.decided[record.intent_id] = Answer(self._asked, record)
                self.kept.courses.decision(self._asked, record)
        elif (act := self._follow.get(type(record))) is not None:
            act(record)
