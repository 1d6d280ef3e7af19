"""One reduce-only stop at the venue for every position, which holds while nobody is here. Pure: what is to be sent or asked back now.

    position opens, grows, shrinks ──▶ new stop ──at the venue──▶ old one asked back
    position closed, or none wanted ──▶ asked back, again until it is over
    price came ──▶ left alone: the venue closes the position

A new stop goes out before the old one comes back, so that there is always one; both only reduce, so that two do no harm. Everything is
read off the book, which is a fold of our own records: after a restart the stops that are there are known, and kept where they are right.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

import msgspec

from executor.book import Book, LiveOrder
from executor.records.base import Side
from executor.records.market import Instrument, Quote
from executor.records.orders import Cancel, Fault, Submit, Trigger
from executor.records.trading import STOP
from executor.routing.orders import client_id, usable
from executor.settings import Exits
from executor.sizing.steps import steps_down, whole_below
from executor.strategies.base import Holding

LEAST_US = 2_000_000
"""Between two stops sent in a symbol: an entry may be filled in many parts."""

REFUSED_US = 30_000_000
"""After the venue refused one."""

TOLD_US = 600_000_000
"""Between two words that a position is beyond where its stop would be."""

AGAIN_US = 5_000_000
"""Between two requests for the same stop back."""

STRATEGY = "venue_stop"
"""Whose orders these are, in their names."""


class Last(msgspec.Struct, frozen=True):
    """The newest stop sent in a symbol, and when (microseconds UTC)."""

    client_id: str
    at_us: int


class Stops(msgspec.Struct, kw_only=True):
    """What must be remembered beside the book: the newest stop sent by symbol, and when it was told that none can be."""

    last: dict[str, Last] = {}
    told_us: dict[str, int] = {}


class Wanted(msgspec.Struct, frozen=True):
    """The stop that a position should have."""

    side: Side
    qty: Decimal
    trigger: Trigger


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at: the book, prices, the venue's rules, and what is wanted."""

    book: Book
    quotes: Mapping[str, Quote]
    instruments: Mapping[str, Instrument]
    exits: Exits
    now_us: int


Naming = Callable[[str, Side], str]
"""Names what is asked for in a symbol, on a side, now: the same in every run."""


def is_idle(book: Book, exits: Exits) -> bool:
    """Whether there is nothing to look at: no stop is wanted, and none is out."""
    return not exits.venue_stop_bps and all(order.trigger is None for order in book.live.values())


def due(sight: Sight, stops: Stops, named: Naming) -> Iterator[Submit | Cancel | Fault]:
    """Everything to be done now, symbol by symbol."""
    out = {order.symbol for order in sight.book.live.values() if order.trigger is not None}
    for symbol in sorted({*sight.book.holdings, *out} & sight.instruments.keys()):
        yield from _of_symbol(symbol, sight, stops, named)


def _of_symbol(symbol: str, sight: Sight, stops: Stops, named: Naming) -> Iterator[Submit | Cancel | Fault]:
    book, held = sight.book, sight.book.holdings.get(symbol)
    out = {name: order for name, order in book.live.items() if order.symbol == symbol and order.trigger is not None}
    if any(order.is_triggered for order in out.values()):
        return
    wanted = None if held is None else wanted_stop(held, sight.instruments[symbol], sight.exits)
    kept = next((name for name, order in out.items() if wanted is not None and is_right(order, wanted)), None)
    if wanted is not None and kept is None:
        yield from _sent(symbol, wanted, sight, stops=stops, named=named)
    elif wanted is None or out[kept or ""].is_acked:
        reason = "nothing to protect" if wanted is None else "another stop protects the position"
        yield from _asked_back({name: order for name, order in out.items() if name != kept}, reason, sight.now_us)


def wanted_stop(held: Holding, instrument: Instrument, exits: Exits) -> Wanted | None:
    """The stop for a position, its price rounded towards the entry; null where none is wanted, or the venue would take none so small."""
    qty = steps_down(abs(held.qty), instrument.step_size)
    if not exits.venue_stop_bps or held.entry_price <= 0 or qty < max(instrument.min_qty, instrument.step_size):
        return None
    tick, away = instrument.tick_size, exits.venue_stop_bps / 1e4
    if held.qty > 0:
        return Wanted("sell", qty, Trigger(price=-whole_below(-held.entry_price * (1 - away) / float(tick)) * tick, by=exits.venue_stop_by))
    return Wanted("buy", qty, Trigger(price=whole_below(held.entry_price * (1 + away) / float(tick)) * tick, by=exits.venue_stop_by))


def is_right(order: LiveOrder, wanted: Wanted) -> bool:
    """Whether an order that is out is the stop that is wanted."""
    signed = float(wanted.qty) if wanted.side == "buy" else -float(wanted.qty)
    return order.trigger == wanted.trigger and order.signed_qty == signed and order.reduce_only


def _sent(symbol: str, wanted: Wanted, sight: Sight, *, stops: Stops, named: Naming) -> Iterator[Submit | Fault]:
    """The stop, when its time has come; or, now and then, that there can be none where the price is."""
    quote, now_us = usable(sight.quotes.get(symbol)), sight.now_us
    if quote is None or not _may_send(symbol, sight, stops):
        return
    touch = quote.bid if wanted.side == "sell" else quote.ask
    level = float(wanted.trigger.price)
    if touch <= level if wanted.side == "sell" else touch >= level:
        if now_us - stops.told_us.get(symbol, -TOLD_US) >= TOLD_US:
            stops.told_us[symbol] = now_us
            detail = f"{symbol} is held at {touch:g}, beyond the stop it should have at {wanted.trigger.price}; leave it by hand"
            yield Fault(now_us, where="stops.beyond", detail=detail)
        return
    intent_id = named(symbol, wanted.side)
    order = Submit(
        now_us,
        client_id=client_id(intent_id, 1),
        intent_id=intent_id,
        symbol=symbol,
        side=wanted.side,
        qty=wanted.qty,
        price=None,
        step="stop",
        post_only=False,
        reduce_only=True,
        trigger=wanted.trigger,
        reason=f"{STOP} kept at the venue, {sight.exits.venue_stop_bps:g} bps from {sight.book.holdings[symbol].entry_price:g}",
    )
    stops.last[symbol] = Last(order.client_id, now_us)
    yield order


def _may_send(symbol: str, sight: Sight, stops: Stops) -> bool:
    """Not while the fate of one is open, not right after another, and not for a while after a refusal."""
    book, last = sight.book, stops.last.get(symbol)
    if any(order.symbol == symbol and order.trigger is not None and not order.is_acked for order in book.live.values()):
        return False
    if last is None:
        return True
    ended = book.dead.get(last.client_id)
    return sight.now_us - last.at_us >= (REFUSED_US if ended is not None and ended.is_refused else LEAST_US)


def _asked_back(orders: Mapping[str, LiveOrder], reason: str, now_us: int) -> Iterator[Cancel]:
    for name, order in orders.items():
        if order.is_acked and now_us - order.asked_us >= AGAIN_US:
            yield Cancel(now_us, client_id=name, symbol=order.symbol, outcome="asked", reason=reason)
