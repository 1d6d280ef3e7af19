"""How orders were filled and intents worked: what is open, and what all the rest adds up to, by symbol, route and hour.

quote ─▶ newest mids ─────────────▶ markouts fall due ─┐
decision ─▶ working ─▶ ended ──▶ WorkedIntent ─────────┤
submit ─▶ live order ─▶ over ──▶ OrderRow ─────────────┼─▶ rolling sums by key, and the newest rows
fill ──▶ FillRow (unsettled for 300 s) ────────────────┘
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import ClassVar

import msgspec

from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.market import Quote
from executor.records.orders import Ack, Cancel, Ended, Expire, Fill, Reject, Resolved, Submit, Unknown
from executor.records.trading import Decision, Intent, Vetoed
from hedge_assets.folds.base import keep_newest, remember, take
from hedge_assets.folds.execution_rows import (
    HORIZONS_S,
    STOP,
    FillRow,
    OrderRow,
    WorkedIntent,
    fee_in_usd,
    fill_row,
    mid_of,
    order_row,
)
from hedge_assets.folds.execution_sums import ALL, add_intent, narrowed, sums_of
from hedge_assets.folds.execution_tally import ExecutionTally, PathTally
from hedge_assets.folds.fill_hours import FillHour, count
from hedge_assets.folds.markouts import Pending, fallen_due, mid_at, wait
from hedge_assets.folds.rolling import HOUR_US, Rolling
from hedge_assets.folds.working import Working, begun

__all__ = ["HORIZONS_S", "ExecutionTally", "Executions", "FillRow", "OrderRow", "Pending", "WorkedIntent"]

DAY_US = 24 * HOUR_US
INTENTS_KEPT = 1_000
LIVE_KEPT = 4_000
UNSETTLED_KEPT = 20_000
SETTLED_KEPT = 256
RECENT = 64


class Executions(msgspec.Struct, kw_only=True):
    """Orders, fills and intents: those that are open, sums of those that are over, and the newest of them as rows (256 fills, since many
    can settle at once, 64 of the others).

    `live_orders` are not over, `ended_orders` the newest that are, `working` the intents between their decision and their
    end. Fills are `unsettled` by number until their last markout fell due, then in `settled`; `settled_total` and `ended_total`
    count for ever. `pending` are markouts to come by symbol, soonest first. `quotes` are the newest by symbol,
    `quotes_before` those before them. `lost_intents` never ended (a restart lost them) and were dropped.

    `rolling` has `all/all`, `symbol/BTCUSDT`, `route/maker_first`, `hour/07` (UTC, of the fill, sending or decision), `paths`
    `path/BTCUSDT/quoted` and so on; of stops that were kept at the venue they have nothing. `hours` are a month of fills hour by hour.
    Each thing goes into the hour it was known in: an order's end, a fill, the moment a markout fell due, an intent's end.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        Quote: "quote",
        Heartbeat: "beat",
        Intent: "intent",
        Decision: "decision",
        Ended: "end",
        Submit: "submit",
        Ack: "ack",
        Reject: "reject",
        Unknown: "unknown",
        Resolved: "resolved",
        Cancel: "cancel",
        Expire: "expire",
        Fill: "fill",
    }

    live_orders: dict[str, OrderRow] = {}
    ended_orders: dict[str, OrderRow] = {}
    asked: dict[str, Intent] = {}
    working: dict[str, Working] = {}
    lost_intents: int = 0
    unsettled: dict[int, FillRow] = {}
    pending: dict[str, list[Pending]] = {}
    quotes: dict[str, Quote] = {}
    quotes_before: dict[str, Quote] = {}
    settled: list[FillRow] = []
    settled_total: int = 0
    ended_intents: list[WorkedIntent] = []
    ended_total: int = 0
    fills_total: int = 0
    orders_total: int = 0
    notional_total: Decimal = Decimal(0)
    newest_us: int | None = None
    rolling: Rolling[ExecutionTally] = msgspec.field(default_factory=Rolling[ExecutionTally])
    paths: Rolling[PathTally] = msgspec.field(default_factory=Rolling[PathTally])
    hours: list[FillHour] = []

    def take(self, record: Record) -> None:
        """Take one record of any journal."""
        take(self, record)

    def quote(self, record: Quote) -> None:
        """A quote: the hot path. Markouts due before it are settled by the mid that was in force."""
        symbol, quotes = record.symbol, self.quotes
        if self.pending and symbol in self.pending and self.pending[symbol][0].due_us < record.ts_us:
            self._mature(symbol, record.ts_us)
        before = quotes.get(symbol)
        if before is not None:
            self.quotes_before[symbol] = before
        quotes[symbol] = record

    def beat(self, record: Heartbeat) -> None:
        """Time passes also where no quote comes."""
        for symbol in tuple(self.pending):
            if self.pending[symbol][0].due_us < record.ts_us:
                self._mature(symbol, record.ts_us)
        while self.working and next(iter(self.working.values())).decided_us < record.ts_us - DAY_US:
            self._lose()

    def intent(self, record: Intent) -> None:
        """Whose wish it is."""
        remember(self.asked, record.intent_id, record, limit=INTENTS_KEPT)

    def decision(self, record: Decision) -> None:
        """An approved intent is worked from here on, beside the mid it was decided at."""
        intent = self.asked.pop(record.intent_id, None)
        work = None if isinstance(record.verdict, Vetoed) else begun(intent, record)
        if work is not None and record.intent_id not in self.working:
            self.working[record.intent_id] = work
            if len(self.working) > INTENTS_KEPT:
                self._lose()

    def end(self, record: Ended) -> None:
        """The executor is done with an intent."""
        work = self.working.get(record.intent_id)
        if work is not None:
            self.newest_us = record.ts_us
            work.end(record, self._mid(record.symbol, record.ts_us))
            self._finish(work, record.ts_us)

    def submit(self, record: Submit) -> None:
        """An order leaves."""
        self.newest_us = record.ts_us
        self.orders_total += 1
        row, work = order_row(record), self.working.get(record.intent_id)
        if work is not None:
            work.send(row)
        remember(self.live_orders, record.client_id, row, limit=LIVE_KEPT)

    def ack(self, record: Ack) -> None:
        """The venue has it: how long that took."""
        order = self._order(record.client_id)
        if order is None or order.ack_ms is not None:
            return
        order.ack_ms = record.latency_us / 1e3 if record.latency_us is not None else (record.ts_us - order.ts_us) / 1e3
        is_late = record.client_id not in self.live_orders
        for tally in self._sums(order, record.ts_us, order.ts_us):
            tally.orders.ack.add(order.ack_ms)
            tally.orders.acknowledged += is_late
        if order.outcome in ("sent", "unknown"):
            order.outcome = "open"

    def reject(self, record: Reject) -> None:
        """The venue refused it."""
        order = self.live_orders.get(record.client_id)
        work = self.working.get(order.intent_id) if order is not None else None
        if work is not None:
            work.rejects += 1
        self._over(record, "rejected", record.code)

    def unknown(self, record: Unknown) -> None:
        """Its fate is not known."""
        order = self._order(record.client_id)
        if order is not None and order.outcome in ("sent", "open"):
            order.outcome, order.code = "unknown", record.reason
            for tally in self._sums(order, record.ts_us, order.ts_us):
                tally.orders.unknowns += 1

    def resolved(self, record: Resolved) -> None:
        """Its fate is proved."""
        order = self._order(record.client_id)
        if record.fate == "open":
            if order is not None and order.outcome == "unknown":
                order.outcome = "open"
        elif record.fate != "filled":
            self._over(record, "canceled" if record.fate == "canceled" else "dead", record.fate)

    def cancel(self, record: Cancel) -> None:
        """It was taken back, where the venue says so."""
        if record.outcome == "done":
            self._over(record, "canceled", record.reason)

    def expire(self, record: Expire) -> None:
        """The venue ended it."""
        self._over(record, "expired", record.reason)

    def fill(self, record: Fill) -> None:
        """A part was traded: judged against the mids before it now, against later mids as they come."""
        self.newest_us = record.ts_us
        order, coin_mid = self._order(record.client_id), self._mid(f"{record.fee_asset}USDT", record.ts_us)
        row = fill_row(record, order, mid_fill=mid_of(self._quote_before(record), record.ts_us), fee_usd=fee_in_usd(record, coin_mid))
        self.unsettled[self.fills_total] = row
        wait(self.pending.setdefault(row.symbol, []), row, self.fills_total)
        if len(self.unsettled) > UNSETTLED_KEPT:
            self._settle(next(iter(self.unsettled)))
        self.fills_total += 1
        self.notional_total += record.price * record.qty
        if order is None:
            self.rolling.at(row.ts_us, ALL, ExecutionTally).fills.outside += 1
            return
        count(self.hours, row)
        is_first, order.filled_qty = order.filled_qty == 0, order.filled_qty + row.qty
        for tally in self._sums(row, row.ts_us, row.ts_us):
            tally.fills.add(row)
            if is_first:
                tally.orders.first.add(row.fill_ms)
        if order.filled_qty >= order.qty * (1 - 1e-9):
            self._over(record, "filled", "")
        work = self.working.get(order.intent_id)
        if work is not None:
            work.fill(row)
            self._finish(work, row.ts_us)

    def sums(self, keys: Collection[str], since_us: int | None) -> dict[str, ExecutionTally]:
        """What these keys add up to since a moment at which an hour or day began; null for ever. A key without anything is absent."""
        return narrowed(self.rolling, keys, ExecutionTally).since(since_us, ExecutionTally)

    def _order(self, client_id: str) -> OrderRow | None:
        """An order by its id: a live one, or one that ended a moment ago (fills may come after a cancel)."""
        return self.live_orders.get(client_id) or self.ended_orders.get(client_id)

    def _mid(self, symbol: str, now_us: int) -> float | None:
        return mid_of(self.quotes.get(symbol), now_us)

    def _quote_before(self, record: Fill) -> Quote | None:
        """The newest quote from before a fill was known: one of the same instant may be what filled us."""
        newest = self.quotes.get(record.symbol)
        return newest if newest is None or newest.ts_us < record.ts_us else self.quotes_before.get(record.symbol)

    def _sums(self, row: OrderRow | FillRow, known_us: int, at_us: int) -> list[ExecutionTally]:
        """The sums that a row goes into; none for a stop at the venue, which nobody worked."""
        return [] if row.step == STOP else sums_of(self.rolling, row, known_us=known_us, at_us=at_us)

    def _over(self, record: Reject | Resolved | Cancel | Expire | Fill, outcome: str, code: str) -> None:
        order = self.live_orders.pop(record.client_id, None)
        if order is None:
            return
        self.newest_us = record.ts_us
        order.outcome, order.code = outcome, code
        for tally in self._sums(order, record.ts_us, order.ts_us):
            tally.orders.add(order)
            if outcome == "filled":
                tally.orders.whole.add((record.ts_us - order.ts_us) / 1e3)
        remember(self.ended_orders, record.client_id, order, limit=RECENT)

    def _mature(self, symbol: str, now_us: int) -> None:
        """Settle the markouts due before now: the newest quote is the one that was in force when they fell due."""
        waiting, quote = self.pending[symbol], self.quotes.get(symbol)
        for due in fallen_due(waiting, now_us):
            self._judge(due, mid_at(due, quote))
        if not waiting:
            del self.pending[symbol]

    def _judge(self, due: Pending, mid: float | None) -> None:
        """One markout fell due."""
        row = self.unsettled.get(due.fill)
        if row is None:
            return
        if mid is not None:
            row.settle(due.horizon, mid)
            for tally in self._sums(row, due.due_us, row.ts_us) if row.step else ():
                tally.fills.settle(due.horizon, row)
        if due.horizon == len(HORIZONS_S) - 1:
            self._settle(due.fill)

    def _settle(self, number: int) -> None:
        """A fill is judged as far as it ever will be."""
        self.settled.append(self.unsettled.pop(number))
        self.settled_total += 1
        keep_newest(self.settled, SETTLED_KEPT)

    def _finish(self, work: Working, now_us: int) -> None:
        """Judge an intent that is over."""
        if not work.is_over:
            return
        del self.working[work.intent_id]
        row = work.worked(now_us)
        self.ended_intents.append(row)
        self.ended_total += 1
        keep_newest(self.ended_intents, RECENT)
        add_intent(row, rolling=self.rolling, paths=self.paths)

    def _lose(self) -> None:
        """Drop the oldest intent that never ended."""
        del self.working[next(iter(self.working))]
        self.lost_intents += 1
