"""The simulated venue: fills against the market it is shown, and says in every fill how it came to the price.

It knows no time but that of the events it observes, so a silent market proves nothing and reports nothing.
A request sent at `ts_us` arrives after its latency and is judged against the book as it stood at that moment,
which is before the first event at or after it. It is known to the executor with that event. Right after a gap the
book is not known: orders wait for the next quote.
"""

from collections.abc import Sequence
from decimal import localcontext
from typing import Any

import msgspec

from executor.exchanges.base import Wiring
from executor.records.account import Account
from executor.records.market import Gap, Mark, MarketEvent, Quote, Settlement, Trade
from executor.records.orders import Report, Submit
from executor.venue.clearing import Clearing, terms_of
from executor.venue.exact import EXACT, exact, money
from executor.venue.pit import Pit
from executor.venue.requests import arrival_of_order_us, enqueue, latency_us, next_arrival_us
from executor.venue.rules import Refusal
from executor.venue.state import Request, State
from executor.venue.stops import Stops

NOTHING: tuple[Report, ...] = ()


class PaperExchange:
    """One account at a made venue, with the fees, latency, leverage and depth of the settings' `paper` table."""

    def __init__(self, wiring: Wiring) -> None:
        self._settings = wiring.settings
        self._terms = {name: terms_of(one, wiring.settings.paper.leverage) for name, one in wiring.instruments.items()}
        self._begin(State(wallet=money(exact(wiring.settings.paper.balance_usd))))

    def submit(self, order: Submit) -> None:
        """Send one order; it arrives after its own latency."""
        arrival_us = order.ts_us + self._latency_us(order.client_id)
        self._send(Request(arrival_us=arrival_us, number=self._number(), client_id=order.client_id, symbol=order.symbol, order=order))

    def cancel(self, client_id: str, symbol: str, now_us: int) -> None:
        """Ask for a cancel; it travels like an order, and never overtakes the order it is for."""
        arrival_us = max(now_us + self._latency_us(f"cancel {client_id}"), arrival_of_order_us(self._state.requests, client_id))
        self._send(Request(arrival_us=arrival_us, number=self._number(), client_id=client_id, symbol=symbol))

    def reports(self) -> Sequence[Report]:
        """What happened since the last call, oldest first, each once."""
        found = self._state.reports
        if not found:
            return NOTHING
        self._state.reports = []
        return found

    def account(self, now_us: int) -> Account:
        """Wallet, positions and open orders as of the newest event observed."""
        with localcontext(EXACT):
            return self._clearing.account(now_us, self._settings.account)

    def observe(self, event: MarketEvent) -> None:
        """Let requests arrive that were due before this event, then let the event change the book."""
        state, symbol = self._state, event.symbol
        state.now_us = event.ts_us
        if event.ts_us >= self._next_us or symbol in self._busy:
            self._work(event)
        elif isinstance(event, Quote):
            state.quotes[symbol] = event
            if symbol in state.positions and self._clearing.moved(symbol):
                self._work(event)
        elif not isinstance(event, Trade):
            self._work(event)

    def state(self) -> Any:
        """Everything, as plain values; decimals as text."""
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        """Stand where `state` was taken."""
        self._begin(msgspec.convert(state, State))

    def _begin(self, state: State) -> None:
        self._state = state
        self._clearing = Clearing(state, self._settings.paper, self._terms)
        self._pit = Pit(state, self._clearing, paper=self._settings.paper, terms=self._terms)
        self._stops = Stops(state, self._clearing, self._pit, self._terms)
        self._next_us = next_arrival_us(state.requests)
        self._busy = self._busy_symbols()

    def _work(self, event: MarketEvent) -> None:
        with localcontext(EXACT):
            if self._next_us <= event.ts_us:
                self._arrivals(min(event.from_us, event.ts_us) if isinstance(event, Gap) else event.ts_us)
            self._happen(event)
            if self._clearing.near() and self._clearing.must_liquidate():
                self._stops.withdraw("liquidation")
                self._pit.liquidate()
        self._busy = self._busy_symbols()

    def _happen(self, event: MarketEvent) -> None:
        state = self._state
        if isinstance(event, Quote):
            self._requote(event)
        elif isinstance(event, Trade):
            if event.symbol in state.resting:
                self._pit.on_trade(event)
        elif isinstance(event, Mark):
            state.marks[event.symbol] = event
        elif isinstance(event, Settlement):
            self._clearing.settle(event)
        else:
            names = [event.symbol] if event.symbol else list(self._terms)
            state.blind = sorted({*state.blind, *names})
        if event.symbol in state.positions:
            self._clearing.moved(event.symbol)
        if event.symbol in state.stops and event.symbol not in state.blind:
            self._stops.look(event)

    def _requote(self, quote: Quote) -> None:
        state, symbol = self._state, quote.symbol
        state.quotes[symbol] = quote
        if symbol in state.blind:
            state.blind.remove(symbol)
        if symbol in state.resting or symbol in state.taken:
            self._pit.on_quote(quote)
        if state.waiting:
            due = [one for one in state.waiting if one.symbol == symbol]
            state.waiting = [one for one in state.waiting if one.symbol != symbol]
            for request in due:
                self._judge(request, quote.ts_us)

    def _arrivals(self, until_us: int) -> None:
        """Judge every request that has arrived by then, in the order of arrival."""
        requests = self._state.requests
        while requests and requests[0].arrival_us <= until_us:
            request = requests.pop(0)
            self._judge(request, request.arrival_us)
        self._next_us = next_arrival_us(requests)

    def _judge(self, request: Request, at_us: int) -> None:
        state, order = self._state, request.order
        if order is None:
            self._cancel_arrived(request)
        elif order.symbol not in self._terms:
            self._pit.reject(order, Refusal("unknown_symbol", f"{order.symbol} is not listed here"))
        elif order.symbol in state.blind or order.symbol not in state.quotes:
            state.waiting.append(request)
        elif order.trigger is not None:
            self._stops.arrive(order, order.trigger, at_us)
        else:
            self._pit.arrive(order, at_us)

    def _cancel_arrived(self, request: Request) -> None:
        for one in self._state.waiting:
            if one.client_id == request.client_id and one.order is not None:
                self._state.waiting.remove(one)
                self._pit.canceled(one.order, one.order.qty, reason="requested")
                return
        if not self._stops.cancel(request.client_id, request.symbol):
            self._pit.cancel(request.client_id, request.symbol)

    def _busy_symbols(self) -> set[str]:
        """Where a quote or a trade needs more than to be remembered."""
        state = self._state
        return {*state.resting, *state.stops, *state.taken, *state.blind, *[one.symbol for one in state.waiting]}

    def _number(self) -> int:
        self._state.requested += 1
        return self._state.requested

    def _send(self, request: Request) -> None:
        enqueue(self._state.requests, request)
        self._next_us = next_arrival_us(self._state.requests)

    def _latency_us(self, key: str) -> int:
        paper = self._settings.paper
        return latency_us(key, seed=self._settings.seed, floor_ms=paper.latency_floor_ms, mean_ms=paper.latency_ms)


EXCHANGE = PaperExchange
