"""How orders were filled: slippage, markouts, latencies, maker share, refusals, by symbol."""

from bisect import insort
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import msgspec

from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.market import Quote
from executor.records.orders import Ack, Cancel, Expire, Fill, Reject, Resolved, Submit, Unknown
from executor.records.trading import Decision, Intent, Vetoed
from hedge_assets.folds.base import keep_newest, remember, take
from hedge_assets.folds.execution_rows import HORIZONS_S, FillRow, OrderRow, Pending, due_us, fee_in_usd, fill_row, order_row

__all__ = ["HORIZONS_S", "Executions", "FillRow", "OrderRow", "Pending"]

SECOND_US = 1_000_000
KEPT = 20_000
KEPT_US = 7 * 86_400 * SECOND_US
INTENTS_KEPT = 1_000
LIVE_KEPT = 4_000
ENDED_KEPT = 1_000


class Executions(msgspec.Struct, kw_only=True):
    """The newest 20,000 fills and orders of the last 7 days. `first_fill` is the number of `fills[0]`.

    An order is in `live_orders` until it is filled, refused or over, and in `orders` from its sending on
    only once that is known; `first_order` is the number of `orders[0]`, and `ended` finds the newest of them by
    client id. `mids` are the newest by symbol, `pending` markouts by symbol, soonest first.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        Quote: "quote",
        Heartbeat: "beat",
        Intent: "intent",
        Decision: "decision",
        Submit: "submit",
        Ack: "ack",
        Reject: "reject",
        Unknown: "unknown",
        Resolved: "resolved",
        Cancel: "cancel",
        Expire: "expire",
        Fill: "fill",
    }

    fills: list[FillRow] = []
    first_fill: int = 0
    orders: list[OrderRow] = []
    live_orders: dict[str, OrderRow] = {}
    pending: dict[str, list[Pending]] = {}
    mids: dict[str, tuple[int, float]] = {}
    decision_mids: dict[str, float] = {}
    strategies: dict[str, str] = {}
    fills_total: int = 0
    orders_total: int = 0
    notional_total: Decimal = Decimal(0)
    newest_us: int | None = None
    first_order: int = 0
    ended: dict[str, int] = {}

    def take(self, record: Record) -> None:
        """Take one record of any journal."""
        take(self, record)

    def quote(self, record: Quote) -> None:
        """A quote: the hot path. Markouts due before it are settled by the mid that was in force."""
        symbol, ts_us = record.symbol, record.ts_us
        if self.pending:
            waiting = self.pending.get(symbol)
            if waiting is not None and waiting[0].due_us < ts_us:
                self._mature(symbol, ts_us)
        self.mids[symbol] = (ts_us, (record.bid + record.ask) * 0.5)

    def beat(self, record: Heartbeat) -> None:
        """Time passes also where no quote comes; drops what is too old."""
        for symbol in tuple(self.pending):
            if self.pending[symbol][0].due_us < record.ts_us:
                self._mature(symbol, record.ts_us)
        self._trim(record.ts_us)

    def intent(self, record: Intent) -> None:
        """Whose wish it is."""
        remember(self.strategies, record.intent_id, record.strategy, limit=INTENTS_KEPT)

    def decision(self, record: Decision) -> None:
        """The mid that was decided at."""
        if isinstance(record.verdict, Vetoed):
            self.strategies.pop(record.intent_id, None)
        elif record.slice.bid > 0 and record.slice.ask > 0:
            remember(self.decision_mids, record.intent_id, record.slice.mid, limit=INTENTS_KEPT)

    def submit(self, record: Submit) -> None:
        """An order leaves."""
        self.newest_us = record.ts_us
        self.orders_total += 1
        remember(self.live_orders, record.client_id, order_row(record), limit=LIVE_KEPT)

    def ack(self, record: Ack) -> None:
        """The venue has it: how long that took."""
        order = self._order(record)
        if order is not None and order.ack_ms is None:
            order.ack_ms = (record.ts_us - order.ts_us) / 1e3
            if order.outcome in ("sent", "unknown"):
                order.outcome = "open"

    def reject(self, record: Reject) -> None:
        """The venue refused it."""
        self._end(record, "rejected", record.code)

    def unknown(self, record: Unknown) -> None:
        """Its fate is not known."""
        order = self._order(record)
        if order is not None and order.outcome in ("sent", "open"):
            order.outcome = "unknown"
            order.code = record.reason

    def resolved(self, record: Resolved) -> None:
        """Its fate is proved."""
        order = self._order(record)
        if record.fate == "open":
            if order is not None and order.outcome == "unknown":
                order.outcome = "open"
        elif record.fate != "filled":
            self._end(record, "canceled" if record.fate == "canceled" else "rejected", record.fate)

    def cancel(self, record: Cancel) -> None:
        """It was taken back, where the venue says so."""
        if record.outcome == "done":
            self._end(record, "canceled", record.reason)

    def expire(self, record: Expire) -> None:
        """The venue ended it."""
        self._end(record, "expired", record.reason)

    def fill(self, record: Fill) -> None:
        """A part was traded: judged against the mid at sending now, against later mids as they come."""
        self.newest_us = record.ts_us
        order = self._order(record)
        intent_id = order.intent_id if order is not None else ""
        row = fill_row(
            record,
            order,
            strategy=self.strategies.get(intent_id, ""),
            mid_decision=self.decision_mids.get(intent_id),
            fee_usd=fee_in_usd(record, self.mids),
        )
        number = self.first_fill + len(self.fills)
        self.fills.append(row)
        self.fills_total += 1
        self.notional_total += record.price * record.qty
        waiting = self.pending.setdefault(record.symbol, [])
        for horizon, seconds in enumerate(HORIZONS_S):
            insort(waiting, Pending(fill=number, horizon=horizon, due_us=record.ts_us + seconds * SECOND_US), key=due_us)
        if order is not None:
            order.filled_qty += float(record.qty)
            if order.filled_qty >= order.qty * (1 - 1e-9):
                self._end(record, "filled", "")
        self._trim(record.ts_us)

    def _order(self, record: Ack | Reject | Unknown | Resolved | Cancel | Expire | Fill) -> OrderRow | None:
        """An order by its id: a live one, or one that ended a moment ago (fills may come after a cancel)."""
        order = self.live_orders.get(record.client_id)
        if order is None:
            place = self.ended.get(record.client_id, -1) - self.first_order
            return self.orders[place] if place >= 0 else None
        return order

    def _end(self, record: Reject | Resolved | Cancel | Expire | Fill, outcome: str, code: str) -> None:
        order = self.live_orders.pop(record.client_id, None)
        if order is None:
            return
        self.newest_us = record.ts_us
        order.outcome, order.code = outcome, code
        remember(self.ended, record.client_id, self.first_order + len(self.orders), limit=ENDED_KEPT)
        self.orders.append(order)

    def _mature(self, symbol: str, now_us: int) -> None:
        """Settle the markouts due before now: the newest mid is the one that was in force when they fell due."""
        waiting = self.pending[symbol]
        done = 0
        seen_us, mid = self.mids.get(symbol, (0, 0.0))
        for due in waiting:
            if due.due_us >= now_us:
                break
            done += 1
            place = due.fill - self.first_fill
            limit_us = max(SECOND_US, HORIZONS_S[due.horizon] * SECOND_US // 2)
            if place >= 0 and mid > 0 and due.due_us - seen_us <= limit_us:
                self.fills[place].settle(due.horizon, mid)
        del waiting[:done]
        if not waiting:
            del self.pending[symbol]

    def _trim(self, now_us: int) -> None:
        """Keep to the newest rows of the last seven days."""
        self.first_fill += trimmed(self.fills, now_us)
        self.first_order += trimmed(self.orders, now_us)


def trimmed(rows: list[FillRow] | list[OrderRow], now_us: int) -> int:
    """Drop rows beyond the limit in number and age, oldest first; how many went."""
    dropped = keep_newest(rows, KEPT)
    old = 0
    while old < len(rows) and rows[old].ts_us < now_us - KEPT_US:
        old += 1
    del rows[:old]
    return dropped + old
