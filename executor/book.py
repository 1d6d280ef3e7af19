"""What we own and owe, as decisions see it: a fold over the records this process writes."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from executor.holdings import filled, hold, set_to
from executor.records.account import DOLLARS, Account
from executor.records.base import Record
from executor.records.orders import (
    Ack,
    Adjust,
    Cancel,
    Expire,
    Fill,
    Halt,
    Reject,
    Resolved,
    Resume,
    Submit,
    Transfer,
    Trigger,
    Triggered,
    Unknown,
)
from executor.records.trading import Decision, Intent
from executor.strategies.base import Holding

DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
MONDAY_US = 4 * DAY_US  # 1970-01-05 was a Monday
MINUTE_US = 60_000_000
QUALITY_ORDERS = 50
LEAST_ORDERS = 10
DEAD_KEPT = 64
ENDED = ("filled", "canceled")


class LiveOrder(msgspec.Struct, kw_only=True):
    """An order sent and not ended. `price` is what its rest is valued at (its limit, or the mid when it left).

    A conditional order has a `trigger`, and `is_triggered` once its price came. `is_acked` says that the venue has it, `is_refused`
    that it did not take it, `asked_us` when it was last asked back (0: never).
    """

    symbol: str
    intent_id: str
    signed_qty: float
    rest_qty: float
    price: float
    reduce_only: bool
    trigger: Trigger | None = None
    is_triggered: bool = False
    is_acked: bool = False
    is_refused: bool = False
    asked_us: int = 0


class Sent(msgspec.Struct, kw_only=True):
    """How one order was worked, for the share of refusals and fallbacks."""

    client_id: str
    step: str
    rejected: bool = False


class Book(msgspec.Struct, kw_only=True):
    """Holdings by symbol, live orders by client id (and the newest of those proved dead or over, which have been seen to come back),
    NAV's reference points, and the counts rules look at."""

    holdings: dict[str, Holding] = {}
    intents: dict[str, Intent] = {}
    live: dict[str, LiveOrder] = {}
    dead: dict[str, LiveOrder] = {}
    over: dict[str, LiveOrder] = {}
    unknown: dict[str, str] = {}
    sent: list[Sent] = []
    last_exit_us: dict[str, int] = {}
    entries_us: list[int] = []
    errors_us: list[int] = []
    halted: str | None = None
    nav_usd: float | None = None
    nav_us: int | None = None
    available_usd: float | None = None
    peak_usd: float | None = None
    day: int = -1
    day_start_usd: float | None = None
    week: int = -1
    week_start_usd: float | None = None
    brake_peak_usd: float | None = None
    brake_day_usd: float | None = None

    def settle(self, account: Account) -> None:
        """Take the venue's books: NAV, what is available, and the reference points of drawdown and loss."""
        if all(answer == "ok" for answer in account.sources.values()):
            self.value(float(account.nav), float(account.available), nav_us=account.nav_ts_us, now_us=account.ts_us)

    def value(self, nav: float, available: float, *, nav_us: int, now_us: int) -> None:
        """Take NAV and what of it is available (USD), current as of `nav_us`, and move the reference points on."""
        self.nav_usd, self.nav_us, self.available_usd = nav, nav_us, available
        self.peak_usd = nav if self.peak_usd is None else max(nav, self.peak_usd)
        self.brake_peak_usd = None if self.brake_peak_usd is None else max(nav, self.brake_peak_usd)
        day, week = now_us // DAY_US, (now_us - MONDAY_US) // WEEK_US
        if day != self.day:
            self.day, self.day_start_usd, self.brake_day_usd = day, nav, None
        if week != self.week:
            self.week, self.week_start_usd = week, nav

    def flow(self, amount_usd: float) -> None:
        """Money came in, or went out (below 0): no gain and no loss, so the reference points move in proportion."""
        if self.nav_usd is None or self.nav_usd <= 0:
            return
        share = max(0.0, 1 + amount_usd / self.nav_usd)
        self.nav_usd += amount_usd
        for name in ("peak_usd", "day_start_usd", "week_start_usd", "brake_peak_usd", "brake_day_usd"):
            reference = getattr(self, name)
            setattr(self, name, None if reference is None else reference * share)

    def take(self, record: Record) -> None:
        """Take one order record into account; kinds that change nothing here are passed over."""
        act = ACTS.get(type(record))
        if act is not None:
            act(self, record)

    def forget_done(self) -> None:
        """Drop intents that nothing refers to any more, so that memory does not grow with the length of a run."""
        needed = {order.intent_id for order in self.live.values()}
        self.intents = {key: intent for key, intent in self.intents.items() if key in needed}

    def exposure_usd(self, mids: Mapping[str, float]) -> dict[str, float]:
        """Signed value by symbol: holdings at the mid (entry price where there is none) plus live orders that may add to them."""
        exposure = {symbol: held.qty * mids.get(symbol, held.entry_price) for symbol, held in self.holdings.items()}
        for order in self.live.values():
            if not order.reduce_only:
                side = 1.0 if order.signed_qty > 0 else -1.0
                exposure[order.symbol] = exposure.get(order.symbol, 0.0) + side * order.rest_qty * order.price
        return exposure

    def share(self, step: str) -> float | None:
        """The share of the newest orders that were of this step; null before ten orders."""
        if len(self.sent) < LEAST_ORDERS:
            return None
        return sum(order.step == step for order in self.sent) / len(self.sent)

    def reject_frac(self) -> float | None:
        """The share of the newest orders that the venue refused; null before ten orders."""
        if len(self.sent) < LEAST_ORDERS:
            return None
        return sum(order.rejected for order in self.sent) / len(self.sent)


def _intent(book: Book, intent: Intent) -> None:
    book.intents[intent.intent_id] = intent


def _decision(book: Book, decision: Decision) -> None:
    intent = book.intents.get(decision.intent_id)
    if decision.plan is not None and intent is not None and intent.purpose == "entry":
        book.entries_us = [at for at in book.entries_us if at > intent.ts_us - MINUTE_US] + [intent.ts_us]


def _submit(book: Book, order: Submit) -> None:
    qty = float(order.qty)
    price = float(order.price) if order.price is not None else (order.mid or 0.0)
    signed = qty if order.side == "buy" else -qty
    book.live[order.client_id] = LiveOrder(
        symbol=order.symbol,
        intent_id=order.intent_id,
        signed_qty=signed,
        rest_qty=qty,
        price=price,
        reduce_only=order.reduce_only,
        trigger=order.trigger,
    )
    if order.trigger is None:  # how orders are worked is not judged by those that wait at the venue
        book.sent = [*book.sent[-QUALITY_ORDERS + 1 :], Sent(client_id=order.client_id, step=order.step)]


def _ack(book: Book, ack: Ack) -> None:
    order = book.live.get(ack.client_id)
    if order is not None:
        order.is_acked = True


def _triggered(book: Book, record: Triggered) -> None:
    order = book.live.get(record.client_id)
    if order is not None:
        order.is_acked = order.is_triggered = True


def _reject(book: Book, reject: Reject) -> None:
    _bury(book, reject.client_id)
    if reject.client_id in book.dead:
        book.dead[reject.client_id].is_refused = True
    for order in book.sent:
        order.rejected = order.rejected or order.client_id == reject.client_id
    if not reject.post_only:
        book.errors_us = [*book.errors_us[-99:], reject.ts_us]


def _unknown(book: Book, record: Unknown) -> None:
    book.unknown[record.client_id] = record.symbol
    book.errors_us = [*book.errors_us[-99:], record.ts_us]


def _resolved(book: Book, record: Resolved) -> None:
    book.unknown.pop(record.client_id, None)
    if record.fate == "dead":
        _bury(book, record.client_id)
    elif record.fate in ENDED:
        _end(book, record.client_id)
    else:
        for gone in (book.dead, book.over):
            if record.client_id in gone:
                book.live[record.client_id] = gone.pop(record.client_id)


def _cancel(book: Book, cancel: Cancel) -> None:
    order = book.live.get(cancel.client_id)
    if cancel.outcome == "asked" and order is not None:
        order.asked_us = cancel.ts_us
    if cancel.outcome == "done":
        _end(book, cancel.client_id)


def _expire(book: Book, expire: Expire) -> None:
    _end(book, expire.client_id)


def _end(book: Book, client_id: str) -> None:
    _move(book, client_id, book.over)


def _bury(book: Book, client_id: str) -> None:
    _move(book, client_id, book.dead)


def _move(book: Book, client_id: str, gone: dict[str, LiveOrder]) -> None:
    order = book.live.pop(client_id, None)
    if order is not None:
        gone[client_id] = order
    if len(gone) > DEAD_KEPT:
        del gone[next(iter(gone))]


def _fill(book: Book, fill: Fill) -> None:
    order = book.live.get(fill.client_id)
    intent = book.intents.get(order.intent_id) if order else None
    if order is not None:
        order.rest_qty -= float(fill.qty)
        if order.rest_qty <= abs(order.signed_qty) * 1e-9:
            _end(book, fill.client_id)
    hold(book.holdings, fill.symbol, filled(book.holdings.get(fill.symbol), fill, intent))
    if fill.position_qty == 0:
        book.last_exit_us[fill.symbol] = fill.ts_us


def _adjust(book: Book, adjust: Adjust) -> None:
    hold(book.holdings, adjust.symbol, set_to(book.holdings.get(adjust.symbol), adjust))


def _halt(book: Book, halt: Halt) -> None:
    book.halted = f"{halt.rule}: {halt.detail}"


def _resume(book: Book, resume: Resume) -> None:
    """New risk may be taken again; a brake of losses or errors that was let go of counts anew. Hard limits do not."""
    book.halted = None
    if resume.rule == "drawdown":
        book.brake_peak_usd = book.nav_usd
    elif resume.rule == "daily_loss":
        book.brake_day_usd = book.nav_usd
    elif resume.rule == "error_burst":
        book.errors_us = []


def _transfer(book: Book, transfer: Transfer) -> None:
    if transfer.asset in DOLLARS:
        book.flow(float(transfer.amount))


ACTS: dict[type, Callable[[Book, Any], None]] = {
    Intent: _intent,
    Decision: _decision,
    Submit: _submit,
    Ack: _ack,
    Triggered: _triggered,
    Reject: _reject,
    Unknown: _unknown,
    Resolved: _resolved,
    Cancel: _cancel,
    Expire: _expire,
    Fill: _fill,
    Adjust: _adjust,
    Halt: _halt,
    Resume: _resume,
    Transfer: _transfer,
}
