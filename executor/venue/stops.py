"""Conditional orders at the simulated venue: they wait for the mark price or the last trade, and then go to the pit like any other.

Nothing is tied up by them and nothing is asked of the account before their price comes, as at a real venue.
"""

from collections.abc import Mapping

from executor.records.base import Side
from executor.records.market import MarketEvent, Quote, Trade
from executor.records.orders import Expire, Submit, Trigger, Triggered, Working
from executor.venue.clearing import Clearing, Terms
from executor.venue.exact import ZERO
from executor.venue.notices import acknowledged, order_id
from executor.venue.pit import Pit
from executor.venue.rules import Refusal, Standing, price_on_tick, qty_on_step
from executor.venue.state import State


class Stops:
    """The waiting orders in `state`."""

    def __init__(self, state: State, clearing: Clearing, pit: Pit, terms: Mapping[str, Terms]) -> None:
        self._state, self._clearing, self._pit, self._terms = state, clearing, pit, terms

    def arrive(self, order: Submit, trigger: Trigger, at_us: int) -> None:
        """Refuse an order, or take it and let it wait."""
        refused = self._refusal(order, trigger)
        if refused is not None:
            self._pit.reject(order, refused)
            return
        self._state.reports.append(acknowledged(order, self._state.now_us, at_us=at_us))
        self._state.stops.setdefault(order.symbol, []).append(order)

    def cancel(self, client_id: str, symbol: str) -> bool:
        """Take a waiting order away; false where none of this name waits."""
        for order in self._state.stops.get(symbol, ()):
            if order.client_id == client_id:
                self._drop(order)
                self._pit.canceled(order, order.qty, reason="requested")
                return True
        return False

    def withdraw(self, reason: str) -> None:
        """Take every waiting order away."""
        for orders in tuple(self._state.stops.values()):
            for order in tuple(orders):
                self._drop(order)
                self._pit.canceled(order, order.qty, reason=reason)

    def look(self, event: MarketEvent) -> None:
        """Send to the pit what this event lets off; what the venue would not take then is over."""
        state = self._state
        for order in tuple(state.stops.get(event.symbol, ())):
            assert order.trigger is not None
            if is_due(order.side, order.trigger, self._price(order.trigger.by, event), slack=self._terms[order.symbol].slack):
                self._drop(order)
                self._let_off(order, event.ts_us)

    def _let_off(self, order: Submit, at_us: int) -> None:
        state, refused = self._state, self._pit.refusal_of(order)
        if refused is not None:
            reason = f"refused when its price came: {refused.detail}"
            state.reports.append(
                Expire(state.now_us, client_id=order.client_id, symbol=order.symbol, reason=reason, unfilled_qty=order.qty)
            )
            return
        name = order_id(order.client_id)
        state.reports.append(Triggered(state.now_us, client_id=order.client_id, order_id=name, symbol=order.symbol, exchange_ts_us=at_us))
        self._pit.enter(order, at_us)

    def _refusal(self, order: Submit, trigger: Trigger) -> Refusal | None:
        if any(one.client_id == order.client_id for one in self._state.stops.get(order.symbol, ())):
            return Refusal("duplicate_client_id", f"an open order is already called {order.client_id}")
        terms, quote = self._terms[order.symbol], self._state.quotes[order.symbol]
        at = Standing(instrument=terms.instrument, quote=quote, position_qty=ZERO, leverage=terms.leverage, available=ZERO)
        refused = price_on_tick(order, at) or qty_on_step(order, at)
        tick = terms.instrument.tick_size
        if refused is None and not (trigger.price.is_finite() and trigger.price > 0 and trigger.price % tick == 0):
            refused = Refusal("price_off_tick", f"trigger price {trigger.price} is not a positive multiple of {tick}")
        price = self._price(trigger.by, quote)
        if refused is None and is_due(order.side, trigger, price, slack=terms.slack):
            refused = Refusal("would_trigger", f"{trigger.by} price {price} is at {trigger.price} or beyond already")
        return refused

    def _price(self, by: Working, event: MarketEvent) -> float:
        if by == "last" and isinstance(event, Trade):
            return event.price
        return self._clearing.mark(event.symbol) if by == "mark" else last_of(self._state.quotes[event.symbol])

    def _drop(self, order: Submit) -> None:
        orders = [one for one in self._state.stops[order.symbol] if one is not order]
        if orders:
            self._state.stops[order.symbol] = orders
        else:
            del self._state.stops[order.symbol]


def last_of(quote: Quote) -> float:
    """The last trade as far as a quote tells of it: within its touch, half way between where it tells of none."""
    return (quote.bid + quote.ask) / 2 if quote.last is None else min(max(quote.last, quote.bid), quote.ask)


def is_due(side: Side, trigger: Trigger, price: float, *, slack: float) -> bool:
    """Whether a price is at the trigger or beyond it; prices within `slack` (half a tick) are the same price."""
    level = float(trigger.price)
    return price <= level + slack if side == "sell" else price >= level - slack
