"""What was heard of the venue and not yet journaled: kept in the order of hearing until the engine takes it."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from executor.clock import Clock
from executor.protocol.facts import IncomeFact, OrderFact, TradeFact, Verdict
from executor.protocol.ledger import Ledger
from executor.protocol.reports import Moment, missing_qty, on_back, on_cancel, on_dead, on_income, on_order, on_trade, on_verdict
from executor.records.orders import Adjust, Fault, Report


class Answered(msgspec.Struct, frozen=True):
    """The one sending of an order was answered, or not."""

    client_id: str
    verdict: Verdict
    latency_us: int | None


class CancelAnswered(msgspec.Struct, frozen=True):
    """A request to cancel was answered, or not."""

    client_id: str
    verdict: Verdict


class Seen(msgspec.Struct, frozen=True):
    """The venue showed an order, a trade or a row of its ledger; `source` says where."""

    fact: OrderFact | TradeFact | IncomeFact
    source: str


class Back(msgspec.Struct, frozen=True):
    """An order of ours that is over, and that readings which began after its end show as open."""

    fact: OrderFact


class ProvedDead(msgspec.Struct, frozen=True):
    """An unsure order was proved never to have been taken."""

    client_id: str
    evidence: str


class Differs(msgspec.Struct, frozen=True):
    """The venue's position is another than the sum of our trades, and no trade explains it."""

    symbol: str
    venue_qty: Decimal
    entry_price: Decimal | None
    reason: str


class Failed(msgspec.Struct, frozen=True):
    """Something went wrong that the loop survived."""

    where: str
    detail: str


News = Answered | CancelAnswered | Seen | Back | ProvedDead | Differs | Failed


class Inbox:
    """News in line; `wake` is set when some comes. `claims` are orders whose end waits for trades that are not here yet."""

    def __init__(self, ledger: Ledger, clock: Clock, wake: asyncio.Event) -> None:
        self._wake = wake
        self.claims: dict[str, OrderFact] = {}
        self._ledger, self._clock = ledger, clock
        self._news: list[News] = []

    def put(self, news: News) -> None:
        """Put news in line."""
        self._news.append(news)
        self._wake.set()

    def reports(self) -> list[Report]:
        """What all news in line amounts to, each record already followed by the ledger; to be journaled before anything else is done."""
        if not self._news:
            return []
        waiting, self._news = self._news, []
        found: list[Report] = []
        for news in waiting:
            for report in self._told(news):
                self._ledger.take(report)
                found.append(report)
        return found

    def _told(self, news: News) -> Iterator[Report]:
        ledger, now_us = self._ledger, self._clock.now_us()
        match news:
            case Answered(client_id, verdict, latency_us):
                yield from on_verdict(ledger, client_id, verdict, Moment(now_us, "answer", latency_us))
                self._claim(getattr(verdict, "order", None))
            case CancelAnswered(client_id, verdict):
                yield from on_cancel(ledger, client_id, verdict, Moment(now_us, "cancel's answer"))
                self._claim(getattr(verdict, "order", None))
            case Seen(OrderFact() as order, source):
                yield from on_order(ledger, order, Moment(now_us, source))
                self._claim(order)
            case Seen(TradeFact() as trade, source):
                yield from on_trade(ledger, trade, Moment(now_us, source))
                yield from self._complete(Moment(now_us, source))
            case Seen(IncomeFact() as income, source):
                yield from on_income(ledger, income, Moment(now_us, source))
            case Back(order):
                yield from on_back(ledger, order, Moment(now_us, "list of open orders"))
                self._claim(order)
            case ProvedDead(client_id, evidence):
                yield from on_dead(ledger, client_id, evidence, Moment(now_us, "sources"))
            case Differs(symbol, venue_qty, entry_price, reason):
                ours = ledger.held(symbol).qty
                if ours != venue_qty:
                    yield Adjust(now_us, symbol=symbol, venue_qty=venue_qty, our_qty=ours, reason=reason, entry_price=entry_price)
            case Failed(where, detail):
                yield Fault(now_us, where=where, detail=detail)

    def _claim(self, order: OrderFact | None) -> None:
        """Remember an order whose trades are not all here: its end is said when they are."""
        if order is not None and order.client_id in self._ledger.live and missing_qty(self._ledger, order) > 0:
            known = self.claims.get(order.client_id)
            if known is None or (order.filled_qty, order.status != "open") >= (known.filled_qty, known.status != "open"):
                self.claims[order.client_id] = order

    def _complete(self, at: Moment) -> Iterator[Report]:
        for client_id, order in list(self.claims.items()):
            if client_id not in self._ledger.live:
                del self.claims[client_id]
            elif missing_qty(self._ledger, order) <= 0:
                del self.claims[client_id]
                yield from on_order(self._ledger, order, at)
