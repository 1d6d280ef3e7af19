"""Asks about every order whose fate is not proved, until it is; and for the trades that an order's end waits for."""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from executor.clock import Clock
from executor.courier.news import Failed, Inbox, ProvedDead, Seen
from executor.dialects.base import Dialect
from executor.protocol.facts import Absent, OrderFact, TradeFact
from executor.protocol.inquiry import Case, Inquiry, Sources, fence_us, judged
from executor.protocol.ledger import Ledger
from executor.settings import Venue
from executor.wire.reply import Unanswered

LOOK_S = 0.05
BEFORE_US = 60_000_000
"""Orders and trades are asked for from a minute before ours was sent: clocks differ."""

CLAIM_US = 500_000
"""How long an order's end waits for its trades from the stream before they are asked for."""


TOLD_US = 60_000_000
"""An end that waits longer for trades that no list shows is told of."""


class Inquirer:
    """The questions of one account. `ledger` is only read here. `since_us` is from when trades are ours to count (microseconds UTC)."""

    def __init__(self, dialect: Dialect, inbox: Inbox, ledger: Ledger, *, clock: Clock, venue: Venue) -> None:
        self.since_us = 0
        self.inquiry = Inquiry()
        self._dialect, self._inbox, self._ledger = dialect, inbox, ledger
        self._clock, self._venue = clock, venue
        self._claimed_us: dict[str, int] = {}
        self._waits_us: dict[str, int] = {}
        self._failure: BaseException | None = None
        self._asking: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Ask until cancelled; a question that ends with a defect ends this too."""
        try:
            while self._failure is None:
                self.look()
                await asyncio.sleep(LOOK_S)
            raise self._failure
        finally:
            for task in self._asking:
                task.cancel()

    def look(self) -> None:
        """Begin every question that is due."""
        now_us, unsure = self._clock.now_us(), self._ledger.unsure()
        self.inquiry.keep(unsure.keys())
        for track in unsure.values():
            if track.client_id not in self.inquiry.cases:
                fence = fence_us(self._dialect.server_now_us(), self._venue.recv_window_ms, self._venue.clock_off_ms)
                self.inquiry.begin(track, fence, now_us)
        for case in self.inquiry.due(now_us):
            self._begin(self._asked(case))
        for symbol, since_us in self._unclaimed(now_us).items():
            self._begin(self._claimed(symbol, since_us))

    def _begin(self, question: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(question)
        self._asking.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._asking.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = self._failure or task.exception()

    async def _asked(self, case: Case) -> None:
        try:
            if case.stage == "sources":
                await self._ask_all(case)
            else:
                await self._ask_order(case)
        except Unanswered:
            self.inquiry.unanswered(case.client_id, self._clock.now_us())

    async def _ask_order(self, case: Case) -> None:
        server_us = self._dialect.server_now_us()  # before asking: what is absent after the fence must have been looked for after it
        found = await self._dialect.order(case.client_id, case.symbol)
        if isinstance(found, Absent):
            self.inquiry.absent(case.client_id, server_us, self._clock.now_us())
            return
        self._inbox.put(Seen(found, "order's answer"))
        self.inquiry.unanswered(case.client_id, self._clock.now_us())

    async def _ask_all(self, case: Case) -> None:
        """Four sources, each of which may show the order; and its own answer once more, the only one that knows of conditional orders that
        ended."""
        since_us = max(case.placed_us - BEFORE_US, self.since_us)
        open_orders = await self._dialect.open_orders()
        orders = await self._dialect.orders_since(case.symbol, since_us)
        trades = await self._dialect.trades_since(case.symbol, since_us)
        positions = await self._dialect.positions()
        again = await self._dialect.order(case.client_id, case.symbol)
        venue_qty = sum((fact.qty for fact in positions if fact.symbol == case.symbol), Decimal(0))
        self._count(trades, orders)
        known, from_us = {order.order_id for order in orders}, case.placed_us - 2_000 * self._venue.clock_off_ms
        unknown = [trade for trade in self._uncounted(trades) if trade.order_id not in known and trade.ts_us >= from_us]
        sources = Sources(
            open_orders=open_orders,
            orders=orders,
            trades=unknown,
            unexplained_qty=venue_qty - self._ledger.held(case.symbol).qty - self._rest(trades),
        )
        answer = again if isinstance(again, OrderFact) else judged(case.client_id, sources)
        if isinstance(answer, OrderFact):
            self._inbox.put(Seen(answer, "list of orders"))
        elif answer is not None:
            self._inbox.put(ProvedDead(case.client_id, answer))
        self.inquiry.unanswered(case.client_id, self._clock.now_us())

    def _count(self, trades: Sequence[TradeFact], orders: Sequence[OrderFact]) -> None:
        """Hand in trades that are not counted yet, each with the name of its order.

        One whose order is in no list is somebody else's, but not while an order of ours in its symbol is on its way.
        """
        names = {order.order_id: order.client_id for order in orders}
        moving = {track.symbol for track in self._ledger.live.values() if track.phase != "open"}
        for trade in self._uncounted(trades):
            name = trade.client_id or names.get(trade.order_id) or self._ledger.client_of(trade.order_id, trade.symbol)
            if name is not None or trade.symbol not in moving:
                self._inbox.put(Seen(msgspec.structs.replace(trade, client_id=name), "list of trades"))

    def _uncounted(self, trades: Sequence[TradeFact]) -> list[TradeFact]:
        counted = self._ledger.counted
        return [one for one in trades if not counted(one.symbol, one.trade_id, one.ts_us, client_id=one.client_id, order_id=one.order_id)]

    def _rest(self, trades: Sequence[TradeFact]) -> Decimal:
        """What trades that are not counted yet add to the position."""
        return sum((trade.qty if trade.side == "buy" else -trade.qty for trade in self._uncounted(trades)), Decimal(0))

    def _unclaimed(self, now_us: int) -> dict[str, int]:
        """Symbols of orders whose trades did not come by themselves, with when the oldest of them was sent, less a minute; asked for
        again after the same while, and told of once where that does not help."""
        claims, found = self._inbox.claims, dict[str, int]()
        self._claimed_us = {name: self._claimed_us.get(name, now_us) for name in claims}
        self._waits_us = {name: self._waits_us.get(name, now_us) for name in claims}
        for name in [name for name, since_us in self._claimed_us.items() if now_us - since_us >= CLAIM_US]:
            self._claimed_us[name] = now_us
            symbol, track = claims[name].symbol, self._ledger.live.get(name)
            placed_us = now_us if track is None else track.placed_us
            found[symbol] = min(found.get(symbol, placed_us), placed_us - BEFORE_US)
            if 0 < self._waits_us[name] < now_us - TOLD_US:
                self._waits_us[name] = 0
                self._inbox.put(Failed("courier.missing_trades", f"{name} is over at the venue, and no list shows all of its trades"))
        return found

    async def trades(self, symbol: str, since_us: int) -> None:
        """Hand in every trade of a symbol since that is not counted yet, named by its order; raises Unanswered."""
        from_us = max(since_us, self.since_us)
        orders = await self._dialect.orders_since(symbol, from_us)
        self._count(await self._dialect.trades_since(symbol, from_us), orders)

    async def _claimed(self, symbol: str, since_us: int) -> None:
        with contextlib.suppress(Unanswered):
            await self.trades(symbol, since_us)
