"""What each pipeline, and each candidate, would have done with every intent: columns of their own, compared pair by pair.

    ticks ───────────────▶ every column's venue, router and book ──reports──▶ courses: fills, costs, trades, NAV
    intents, decisions ──▶ heard until the loop is over ──▶ every column's own loop ──▶ pairs ──▶ tallies
    fills ───────────────▶ the live account's courses ─────────────────────────────────▶ settled pairs ──▶ money, the model's error

Columns decide anew even where they are the live pipeline's: what they have in common with it is the market and its signals. Answers
are held against what the live desk journaled, money against what its pipeline's own column earned by the same model; how far that
column is from the live account is how wrong the model is.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import msgspec

from executor.book import Book
from executor.records.account import Account, Heartbeat
from executor.records.base import Record
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.records.orders import (
    Adjust,
    Boot,
    Cancel,
    Ended,
    Expire,
    Fill,
    Funding,
    Halt,
    PolicyChanged,
    Reject,
    Resolved,
    Resume,
    RulesChanged,
    Submit,
    Transfer,
    Unknown,
)
from executor.records.trading import Approved, Decision, Intent
from hedge_assets.folds.base import take
from hedge_assets.folds.curve import Curve
from hedge_assets.folds.roundtrips import DOLLARS
from hedge_assets.shadow.candidates import PLAIN, Candidate
from hedge_assets.shadow.courses import Courses
from hedge_assets.shadow.hearing import Hearing
from hedge_assets.shadow.kept import Kept, Stage, curve
from hedge_assets.shadow.ledger import Ledger
from hedge_assets.shadow.placeholder import Shown

if TYPE_CHECKING:
    from hedge_assets.shadow.running import Running

FLATTEN = "flatten"


class Shadow(msgspec.Struct, kw_only=True, dict=True):
    """Columns by name, the live account beside them, and what comparing them came to (`ledger`).

    `candidates` are the columns there are; `reference` names the one that all others are held against, empty for the live
    pipeline's. `trades_from_us` is when columns begin to trade (microseconds UTC): before it they only watch the market. `injected`
    counts quotes that only decisions show, `unpaired` intents that no column could answer, `held_before` positions of the account when
    columns began.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        Quote: "quote",
        Trade: "event",
        Mark: "event",
        Settlement: "event",
        Gap: "event",
        Boot: "boot",
        RulesChanged: "rules",
        Intent: "intent",
        Decision: "decision",
        Submit: "submit",
        Fill: "fill",
        Ended: "ended",
        Reject: "answered",
        Unknown: "answered",
        Resolved: "answered",
        Cancel: "answered",
        Expire: "answered",
        Funding: "fund",
        Transfer: "transfer",
        Adjust: "adjust",
        Halt: "halt",
        Resume: "resume",
        PolicyChanged: "policy",
        Account: "loop",
        Heartbeat: "beat",
    }

    candidates: tuple[Candidate, ...] = PLAIN
    reference: str = ""
    trades_from_us: int = 0
    stage: Stage = msgspec.field(default_factory=Stage)
    columns: dict[str, Kept] = {}
    live: Book = msgspec.field(default_factory=Book)
    works: dict[str, str] = {}
    real: Courses = msgspec.field(default_factory=Courses)
    curve: Curve = msgspec.field(default_factory=curve)
    hearing: Hearing = msgspec.field(default_factory=Hearing)
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    quotes: dict[str, Quote] = {}
    newest_us: int | None = None
    last_beat_us: int | None = None
    injected: int = 0
    unpaired: int = 0
    held_before: int = 0

    def take(self, record: Record) -> None:
        """Take one record of any journal."""
        take(self, record)

    @property
    def live_name(self) -> str:
        """The column that all others are held against."""
        return self.reference or self.stage.pipeline

    @property
    def running(self) -> "Running":
        """The columns, ready to go on from what is kept of them."""
        found: Running | None = self.__dict__.get("running_now")
        return self._run() if found is None else found

    def _run(self) -> "Running":
        from hedge_assets.shadow.running import Running  # noqa: PLC0415  who only reads files does not wait for a desk's parts

        running = self.__dict__["running_now"] = Running(self.candidates, self.stage, self.columns, live=self.live, real=self.real)
        return running

    def quote(self, record: Quote) -> None:
        """A quote: the hot path. One that was only said again for a silent symbol is no news."""
        symbol = record.symbol
        before = self.quotes.get(symbol)
        if before is not None and before.exchange_ts_us == record.exchange_ts_us and is_said_again(record, before):
            return
        self.quotes[symbol] = record
        self.running.quote(record, before)

    def event(self, record: Trade | Mark | Settlement | Gap) -> None:
        """Anything else of the market."""
        self.running.event(record)

    def boot(self, record: Boot) -> None:
        """From here on the live desk trades in this manner: columns go on in it."""
        self.newest_us = record.ts_us
        self.stage.boot(record)
        self.settle()
        self.__dict__.pop("running_now", None)

    def rules(self, record: RulesChanged) -> None:
        """The venue changed its rules: for the columns as well, and for what they work already."""
        self.newest_us = record.ts_us
        self.running.learn(record)
        self.stage.instruments |= {instrument.symbol: instrument for instrument in record.instruments}
        self.settle()
        self.__dict__.pop("running_now", None)

    def intent(self, record: Intent) -> None:
        """The live desk asks; an operator's wish to be flat is everybody's."""
        self.newest_us = record.ts_us
        self.live.take(record)
        if self.hearing.intent(record) and record.reason == FLATTEN:
            self.running.flatten(record)

    def decision(self, record: Decision) -> None:
        """The live desk decides; what it saw that was not journaled as a tick is a quote all the same."""
        self.newest_us = record.ts_us
        self.live.take(record)
        intent = self.hearing.decision(record)
        if isinstance(record.verdict, Approved) and record.plan is not None:
            self.works[record.intent_id] = record.slice.symbol
            if intent is not None and record.ts_us >= self.trades_from_us:
                self.real.decision(intent, record)
        seen, known = record.slice, self.quotes.get(record.slice.symbol)
        if known is not None and (seen.bid, seen.ask, seen.bid_qty, seen.ask_qty) != (known.bid, known.ask, known.bid_qty, known.ask_qty):
            self.injected += 1
            self.quote(
                msgspec.structs.replace(known, ts_us=record.ts_us, bid=seen.bid, ask=seen.ask, bid_qty=seen.bid_qty, ask_qty=seen.ask_qty)
            )

    def submit(self, record: Submit) -> None:
        """An order of the live desk's leaves."""
        self.live.take(record)
        if record.ts_us >= self.trades_from_us:
            self.real.submit(record)

    def fill(self, record: Fill) -> None:
        """A part of one was traded."""
        self.live.take(record)
        if record.ts_us >= self.trades_from_us:
            self.real.fill(record)

    def ended(self, record: Ended) -> None:
        """The live desk is done with an intent."""
        self.works.pop(record.intent_id, None)
        self.real.ended(record)

    def answered(self, record: Reject | Unknown | Resolved | Cancel | Expire) -> None:
        """The venue answers the live desk."""
        self.live.take(record)

    def fund(self, record: Funding) -> None:
        """Funding of the live account's positions; columns settle their own."""
        if record.ts_us >= self.trades_from_us:
            self.real.funding(record)

    def transfer(self, record: Transfer) -> None:
        """Money comes into the live account, or leaves it: so it does for every column."""
        if record.asset in DOLLARS:
            self.curve.flow(record.amount)
            self.running.transfer(record.amount)

    def adjust(self, record: Adjust) -> None:
        """The live position is set to the venue's; columns have their own."""
        self.live.take(record)
        self.real.adjust(record)

    def halt(self, record: Halt) -> None:
        """New risk stops, for everybody."""
        self.live.take(record)
        self.running.halt(record)

    def resume(self, record: Resume) -> None:
        """New risk may be taken again, by everybody."""
        self.live.take(record)
        self.running.resume(record)

    def policy(self, record: PolicyChanged) -> None:
        """What steers a symbol from here on."""
        self.stage.steering.take(record)

    def loop(self, record: Account) -> None:
        """The live desk completed a loop: every column completes its own, and their answers are compared."""
        now_us = self.newest_us = record.ts_us
        self.live.settle(record)
        if now_us >= self.trades_from_us:
            if self.curve.last is None:
                self.held_before = len(record.positions)
            if all(answer == "ok" for answer in record.sources.values()):
                self.curve.add(now_us, record.nav)
            deaf = frozenset((*self.live.holdings, *self.works.values()))
            self.running.loop(now_us, record, self.hearing.heard, deaf)
            self._compare(now_us)
        self.hearing.clear()
        self.live.forget_done()

    def beat(self, record: Heartbeat) -> None:
        """The loop is over, and on disk."""
        self.newest_us = self.last_beat_us = record.ts_us

    def _compare(self, now_us: int) -> None:
        """Hold the columns' answers of this loop side by side, and settle what is over."""
        heard, model_name = self.hearing.heard, self.stage.pipeline
        if not self.running.columns:
            self.unpaired += len(heard)
            return
        courses = [self.real, *(kept.courses for kept in self.columns.values())]
        for each in courses:
            each.mature(self.quotes, now_us)
        self.ledger.turn_day(now_us)
        self.ledger.compare(self.running.answers(heard, self.live_name), courses, model_name=model_name)
        self.ledger.settle(self.columns, self.real, model_name=model_name, now_us=now_us)

    def settle(self) -> None:
        """Lay down everything that runs, so that all of it is in this struct; call it before storing."""
        found: Running | None = self.__dict__.get("running_now")
        if found is not None:
            found.settle()
        self.ledger.pack()

    def heartbeat(self, now_us: int) -> "Shown | str":
        """What every column would say to a wish that nobody has, over the last view: nothing follows from it."""
        return self.running.placeholder(now_us, self.quotes)


def is_said_again(quote: Quote, before: Quote) -> bool:
    """Whether a quote says what the one before it said: each loop writes those of silent symbols down once more."""
    return (
        quote.exchange_ts_us == before.exchange_ts_us
        and quote.bid == before.bid
        and quote.ask == before.ask
        and quote.bid_qty == before.bid_qty
        and quote.ask_qty == before.ask_qty
    )
