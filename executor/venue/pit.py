"""Where orders meet the market: acceptance, taking, waiting in the queue, and every way an order ends."""

from collections.abc import Mapping
from decimal import Decimal

from executor.records.base import opposite
from executor.records.market import Quote, Trade
from executor.records.orders import Liquidity, Submit
from executor.settings import Paper
from executor.venue.books import reducible
from executor.venue.clearing import Clearing, Terms
from executor.venue.exact import ZERO, lots
from executor.venue.matching import Depth, Take, ahead_at, crosses, shrunk, through, touch_for, walk
from executor.venue.notices import acknowledged, canceled, expired, not_canceled, rejected
from executor.venue.rules import Refusal, Standing, refusal
from executor.venue.state import Order, State

ENDED_KEPT = 256


class Pit:
    """Matches the orders in `state` against each quote and trade; money goes through `clearing`."""

    def __init__(self, state: State, clearing: Clearing, *, paper: Paper, terms: Mapping[str, Terms]) -> None:
        self._state = state
        self._clearing = clearing
        self._paper = paper
        self._terms = terms

    def arrive(self, order: Submit, at_us: int) -> None:
        """Judge an order against the book as it stands: refuse it, or take it and let it trade or rest."""
        refused = self.refusal_of(order)
        if refused is not None:
            self.reject(order, refused)
            return
        self._state.reports.append(acknowledged(order, self._state.now_us, at_us=at_us))
        self.enter(order, at_us)

    def enter(self, order: Submit, at_us: int) -> None:
        """Let an order that was taken trade or rest."""
        quote = self._state.quotes[order.symbol]
        taken = Order(
            client_id=order.client_id,
            symbol=order.symbol,
            side=order.side,
            qty=order.qty,
            price=order.price,
            level=touch_for(order.side, quote)[0] if order.price is None else float(order.price),
            post_only=order.post_only,
            reduce_only=order.reduce_only,
            placed_us=order.ts_us,
        )
        crossing = crosses(taken.side, taken.level, quote, slack=self._terms[order.symbol].slack)
        if crossing:
            self._take(taken, at_us)
        self._rest(taken, crossing=crossing)

    def cancel(self, client_id: str, symbol: str) -> None:
        """Take an order out of the book, or say why there is nothing to take out."""
        for order in self._state.resting.get(symbol, ()):
            if order.client_id == client_id:
                self.withdraw(order, "requested")
                return
        reason = self._state.ended.get(client_id, "unknown_order")
        self._state.reports.append(not_canceled(client_id, self._state.now_us, symbol=symbol, reason=reason))

    def on_quote(self, quote: Quote) -> None:
        """A new touch: what we took of the old one is forgotten, resting orders are passed through or move up."""
        state, slack = self._state, self._terms[quote.symbol].slack
        state.taken.pop(quote.symbol, None)
        for order in tuple(state.resting.get(quote.symbol, ())):
            if not order.open:
                continue
            if order.taking and crosses(order.side, order.level, quote, slack=slack):
                self._take(order, quote.ts_us)
                continue
            order.taking = False
            touch, _ = touch_for(order.side, quote)
            if through(order, touch, slack=slack):
                model = f"traded through: {'ask' if order.side == 'buy' else 'bid'} {touch} beyond {order.price}"
                self._serve(order, order.rest, model=model, at_us=quote.ts_us)
            else:
                order.ahead = shrunk(order, quote, slack=slack)

    def on_trade(self, trade: Trade) -> None:
        """A trade between others: beyond our price it fills us, at our price it serves the queue and then us."""
        slack = self._terms[trade.symbol].slack
        left = trade.qty
        for order in tuple(self._state.resting.get(trade.symbol, ())):
            if not order.open or order.taking:
                continue
            if through(order, trade.price, slack=slack):
                self._serve(order, order.rest, model=f"traded through at {trade.price}", at_us=trade.ts_us)
            elif abs(trade.price - order.level) <= slack and trade.side == opposite(order.side):
                left -= self._queue(order, left, at_us=trade.ts_us)

    def liquidate(self) -> None:
        """Withdraw every order and close every position at a worse price."""
        for orders in tuple(self._state.resting.values()):
            for order in tuple(orders):
                self.withdraw(order, "liquidation")
        for symbol in sorted(self._state.positions):
            self._clearing.close_out(symbol)

    def withdraw(self, order: Order, reason: str) -> None:
        """Take a resting order out of the book and report it canceled."""
        self._end(order, "canceled")
        self.canceled(order, order.rest, reason=reason)

    def canceled(self, order: Order | Submit, unfilled_qty: Decimal, *, reason: str) -> None:
        """Report a cancel as done."""
        self._remember(order.client_id, "canceled")
        self._state.reports.append(canceled(order, self._state.now_us, unfilled_qty=unfilled_qty, reason=reason))

    def reject(self, order: Submit, why: Refusal) -> None:
        """Report that an order was not taken, and why."""
        self._remember(order.client_id, "rejected")
        self._state.reports.append(rejected(order, why, self._state.now_us))

    def refusal_of(self, order: Submit) -> Refusal | None:
        """Why the venue would not take an order now, or null."""
        state = self._state
        if any(one.client_id == order.client_id for orders in state.resting.values() for one in orders):
            return Refusal("duplicate_client_id", f"an open order is already called {order.client_id}")
        held = state.positions.get(order.symbol)
        terms = self._terms[order.symbol]
        return refusal(
            order,
            Standing(
                instrument=terms.instrument,
                quote=state.quotes[order.symbol],
                position_qty=ZERO if held is None else held.qty,
                leverage=terms.leverage,
                available=self._clearing.totals(self._clearing.stakes()).available,
            ),
        )

    def _take(self, order: Order, at_us: int) -> None:
        state, quote = self._state, self._state.quotes[order.symbol]
        touch, size = touch_for(order.side, quote)
        instrument = self._terms[order.symbol].instrument
        taken = state.taken.setdefault(order.symbol, {})
        depth = Depth(
            touch=touch,
            visible=lots(size, instrument.step_size),
            took=taken.get(order.side, ZERO),
            tick_size=instrument.tick_size,
            impact_bps=self._paper.impact_bps,
            max_levels=self._paper.max_levels,
        )
        for take in walk(order.side, self._wanted(order), limit=order.price, depth=depth):
            taken[order.side] = taken.get(order.side, ZERO) + take.qty
            self._fill(order, take, liquidity="taker", at_us=at_us)

    def _queue(self, order: Order, qty: float, *, at_us: int) -> float:
        """Serve the queue ahead with a trade, then us; gives how much of the trade was ours."""
        over = qty - order.ahead
        order.ahead = max(order.ahead - qty, 0.0)
        ours = lots(over, self._terms[order.symbol].instrument.step_size)
        before = order.filled
        self._serve(order, ours, model=f"queue {order.queue} ahead traded, then {ours} of {qty}", at_us=at_us)
        return float(order.filled - before)

    def _serve(self, order: Order, qty: Decimal, *, model: str, at_us: int) -> None:
        assert order.price is not None
        self._fill(order, Take(order.price, min(qty, self._wanted(order)), model), liquidity="maker", at_us=at_us)

    def _fill(self, order: Order, take: Take, *, liquidity: Liquidity, at_us: int) -> None:
        if take.qty <= 0:
            return
        self._clearing.fill(order, take, liquidity=liquidity, at_us=at_us)
        if not order.rest:
            self._end(order, "filled")
        for other in tuple(self._state.resting.get(order.symbol, ())):
            if other.reduce_only and not self._wanted(other):
                self._expire(other, "reduce_only: nothing left to reduce")

    def _wanted(self, order: Order) -> Decimal:
        """What an order may still trade: its rest, for reduce-only at most the position it closes."""
        if not order.reduce_only:
            return order.rest
        return min(order.rest, reducible(self._state.positions.get(order.symbol), order.side))

    def _rest(self, order: Order, *, crossing: bool) -> None:
        """Put what is left after arrival into the book, or end it when it may not wait."""
        if not order.rest:
            return
        if order.reduce_only and not self._wanted(order):
            self._expire(order, "reduce_only: nothing left to reduce")
        elif order.price is None:
            self._expire(order, f"market order: nothing more visible within {self._paper.max_levels} levels")
        else:
            quote, slack = self._state.quotes[order.symbol], self._terms[order.symbol].slack
            order.taking = crossing
            order.ahead = order.queue = 0.0 if crossing else ahead_at(order.side, order.level, quote, slack=slack)
            self._state.resting.setdefault(order.symbol, []).append(order)

    def _expire(self, order: Order, reason: str) -> None:
        self._end(order, "expired")
        self._state.reports.append(expired(order, self._state.now_us, reason=reason))

    def _end(self, order: Order, how: str) -> None:
        order.open = False
        orders = self._state.resting.get(order.symbol, [])
        self._state.resting[order.symbol] = [one for one in orders if one is not order]
        if not self._state.resting[order.symbol]:
            del self._state.resting[order.symbol]
        self._remember(order.client_id, how)

    def _remember(self, client_id: str, how: str) -> None:
        ended = self._state.ended
        ended[client_id] = how
        if len(ended) > ENDED_KEPT:
            del ended[next(iter(ended))]
