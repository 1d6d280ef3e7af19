"""Our orders, trades and positions at one venue, as our own records tell: a fold, so that a restart knows what was known.

An order's life (a conditional one is open while it waits, and after it was triggered):

    sent ──Ack──▶ open ──Fill…, Cancel done, Expire──▶ over (remembered two days) ──Resolved open──▶ open, a zombie
      ├─Unknown──▶ unsure ──Resolved open──▶ open
      │               └─Resolved dead──▶ dead (watched two days) ──Resolved open──▶ open, a zombie
      └─Reject──▶ dead
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from executor.protocol.memory import remember
from executor.records.base import Record, Side, sign
from executor.records.orders import Ack, Adjust, Cancel, Expire, Fill, Funding, Reject, Resolved, Submit, Transfer, Triggered, Unknown

REMEMBERED_US = 2 * 86_400_000_000
"""How long an ended order is known by name, and a dead one watched for: venues have been seen to find an order again after half an hour."""

SETTLED_US = 5_000_000
"""A trade so much older than an adjustment is in the position that was set, and counts no more."""

OVER_KEPT, ENDED_KEPT, DEAD_KEPT, TRADES_KEPT, INCOMES_KEPT = 5_000, 500, 1_000, 2_000, 1_000

Phase = Literal["sent", "unsure", "open"]
ZERO = Decimal(0)


class Track(msgspec.Struct, kw_only=True):
    """One order that is not over. `filled_qty` is the sum of its trades; `was_dead` where it was proved dead, or had ended,
    and showed up.

    `trigger_price` is what a conditional order waits for, null for any other; `is_triggered` once that came, when `order_id` is the one
    in the book."""

    client_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal | None = None
    post_only: bool
    reduce_only: bool
    placed_us: int
    phase: Phase = "sent"
    order_id: str = ""
    filled_qty: Decimal = ZERO
    was_dead: bool = False
    trigger_price: Decimal | None = None
    is_triggered: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is a conditional order whose price has not come yet."""
        return self.trigger_price is not None and not self.is_triggered


class Over(msgspec.Struct, frozen=True, array_like=True):
    """An order that ended, and when."""

    client_id: str
    order_id: str
    ts_us: int
    symbol: str


class Held(msgspec.Struct, frozen=True, array_like=True):
    """A position as the sum of trades: signed quantity and average entry price."""

    qty: Decimal = ZERO
    entry_price: Decimal = ZERO


class Ledger(msgspec.Struct, kw_only=True):
    """Live orders by client id, dead ones that are watched, ended ones by client id, trades and incomes already counted (each with
    its venue time), positions by symbol. `ended` is what the newest of the ended orders were, should one turn out to live. `floor_us` is
    before which trades of a symbol are no longer remembered one by one, `set_us` before which they are in a position that was set."""

    live: dict[str, Track] = {}
    dead: dict[str, Track] = {}
    over: dict[str, Over] = {}
    ended: dict[str, Track] = {}
    trades: dict[str, dict[str, int]] = {}
    floor_us: dict[str, int] = {}
    set_us: dict[str, int] = {}
    incomes: dict[str, int] = {}
    positions: dict[str, Held] = {}

    def take(self, record: Record) -> None:
        """Follow one record; kinds that say nothing of orders, trades and positions are passed over."""
        act = ACTS.get(type(record))
        if act is not None:
            act(self, record)

    def client_of(self, order_id: str, symbol: str = "") -> str | None:
        """Our name of the venue's order; null where it is not known to be ours. Its ids are unique within a symbol only."""
        if not order_id:
            return None
        known: tuple[Track | Over, ...] = (*self.live.values(), *self.dead.values(), *self.over.values())
        return next((one.client_id for one in known if one.order_id == order_id and symbol in ("", one.symbol)), None)

    def knows(self, client_id: str) -> bool:
        """Whether an order of this name was ever journaled, as far back as is remembered."""
        return client_id in self.live or client_id in self.dead or client_id in self.over

    def ended_before(self, client_id: str, ts_us: int) -> bool:
        """Whether an order of ours is over, and was so before this time."""
        return client_id in self.over and self.over[client_id].ts_us < ts_us

    def counted(self, symbol: str, trade_id: str, ts_us: int, *, client_id: str | None = None, order_id: str = "") -> bool:
        """Whether a trade is in the journal, or too old to be asked about. One of an order that lives is never taken to be in a position
        that was set: nothing but its trades ends that order."""
        if trade_id in self.trades.get(symbol, {}) or ts_us < self.floor_us.get(symbol, 0):
            return True
        return ts_us < self.set_us.get(symbol, 0) and (client_id or self.client_of(order_id, symbol)) not in self.live

    def held(self, symbol: str) -> Held:
        """The position in a symbol; flat where there is none."""
        return self.positions.get(symbol, Held())

    def unsure(self) -> Mapping[str, Track]:
        """Orders whose fate is not proved."""
        return {name: track for name, track in self.live.items() if track.phase == "unsure"}

    def end(self, client_id: str, ts_us: int) -> None:
        """An order is over; it is known by name for two days more."""
        track = self.live.pop(client_id, None)
        if track is None:
            return
        self._remember(track, ts_us)

    def watch(self, client_id: str) -> None:
        """An order is proved dead: should it show up in the next two days, it is taken back."""
        track = self.live.pop(client_id, None)
        if track is None:
            return
        self.dead[client_id] = track
        if len(self.dead) > DEAD_KEPT:
            oldest = self.dead.pop(next(iter(self.dead)))
            self._remember(oldest, oldest.placed_us)

    def take_back(self, client_id: str) -> None:
        """An order that was proved dead, or had ended, lives."""
        track = self.dead.pop(client_id, None) or self.ended.pop(client_id, None)
        if track is not None:
            self.over.pop(client_id, None)
            track.was_dead = True
            self.live[client_id] = track

    def _remember(self, track: Track, ts_us: int) -> None:
        self.over[track.client_id] = Over(track.client_id, track.order_id, ts_us, track.symbol)
        self.ended[track.client_id] = track
        for known, kept in ((self.over, OVER_KEPT), (self.ended, ENDED_KEPT)):
            if len(known) > kept:
                del known[next(iter(known))]

    def forget(self, now_us: int) -> None:
        """Let go of what ended, or was proved dead, more than two days ago."""
        for name in [name for name, one in self.over.items() if one.ts_us < now_us - REMEMBERED_US]:
            del self.over[name]
            self.ended.pop(name, None)
        for name in [name for name, track in self.dead.items() if track.placed_us < now_us - REMEMBERED_US]:
            del self.dead[name]


def moved(before: Held, side: Side, qty: Decimal, price: Decimal) -> Held:
    """A position after a trade: adding averages the entry, reducing keeps it, turning over begins at the trade's price."""
    signed = qty * sign(side)
    after = before.qty + signed
    if after == 0:
        return Held()
    if before.qty * signed >= 0:
        return Held(after, (before.entry_price * abs(before.qty) + price * qty) / abs(after))
    return Held(after, before.entry_price if before.qty * after > 0 else price)


def realized(before: Held, side: Side, qty: Decimal, price: Decimal) -> Decimal:
    """The profit of the part of a trade that reduced a position, before fees."""
    if before.qty * sign(side) >= 0:
        return ZERO
    closed = min(qty, abs(before.qty))
    return (price - before.entry_price) * closed * (1 if before.qty > 0 else -1)


def _submit(ledger: Ledger, order: Submit) -> None:
    ledger.live[order.client_id] = Track(
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        price=order.price,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        placed_us=order.ts_us,
        trigger_price=None if order.trigger is None else order.trigger.price,
    )


def _ack(ledger: Ledger, ack: Ack) -> None:
    track = ledger.live.get(ack.client_id)
    if track is not None and track.phase == "sent":
        track.phase = "open"
    shown = track or ledger.dead.get(ack.client_id)
    if shown is not None and not shown.is_triggered:
        shown.order_id = ack.order_id


def _triggered(ledger: Ledger, record: Triggered) -> None:
    track = ledger.live.get(record.client_id)
    if track is not None:
        track.order_id, track.is_triggered = record.order_id, True


def _unknown(ledger: Ledger, record: Unknown) -> None:
    track = ledger.live.get(record.client_id)
    if track is not None:
        track.phase = "unsure"


def _resolved(ledger: Ledger, record: Resolved) -> None:
    if record.fate == "dead":
        ledger.watch(record.client_id)
    elif record.fate == "open":
        ledger.take_back(record.client_id)
        track = ledger.live.get(record.client_id)
        if track is not None:
            track.phase = "open"
    else:
        ledger.end(record.client_id, record.ts_us)


def _reject(ledger: Ledger, record: Reject) -> None:
    ledger.watch(record.client_id)


def _expire(ledger: Ledger, record: Expire) -> None:
    ledger.end(record.client_id, record.ts_us)


def _cancel(ledger: Ledger, record: Cancel) -> None:
    if record.outcome == "done":
        ledger.end(record.client_id, record.ts_us)


def _fill(ledger: Ledger, fill: Fill) -> None:
    since_us = remember(ledger.trades.setdefault(fill.symbol, {}), fill.trade_id, fill.exchange_ts_us, TRADES_KEPT)
    if since_us is not None:
        ledger.floor_us[fill.symbol] = since_us
    after = moved(ledger.held(fill.symbol), fill.side, fill.qty, fill.price)
    _set(ledger, fill.symbol, after)
    track = ledger.live.get(fill.client_id)
    if track is not None:
        track.filled_qty += fill.qty
        if track.filled_qty >= track.qty:
            ledger.end(fill.client_id, fill.ts_us)


def _adjust(ledger: Ledger, record: Adjust) -> None:
    before = ledger.held(record.symbol)
    entry = record.entry_price if record.entry_price is not None else before.entry_price
    _set(ledger, record.symbol, Held(record.venue_qty, entry))
    newest_us = max(ledger.trades.get(record.symbol, {}).values(), default=record.ts_us)  # the venue's clock, which may be behind ours
    ledger.set_us[record.symbol] = max(ledger.set_us.get(record.symbol, 0), min(newest_us, record.ts_us - SETTLED_US))


def _income(ledger: Ledger, record: Funding | Transfer) -> None:
    if record.income_id:
        remember(ledger.incomes, record.income_id, record.exchange_ts_us or record.ts_us, INCOMES_KEPT)


def _set(ledger: Ledger, symbol: str, held: Held) -> None:
    if held.qty == 0:
        ledger.positions.pop(symbol, None)
    else:
        ledger.positions[symbol] = held


ACTS: dict[type, Callable[[Ledger, Any], None]] = {
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
    Funding: _income,
    Transfer: _income,
}
