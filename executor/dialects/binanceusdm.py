"""Binance USD-M futures, spoken to on its own endpoints: every verdict on an order is read from the answer's body.

market, GTX (post-only), GTC, IOC ─▶ POST order          one request, our client id, RESULT answer
stop                              ─▶ POST algoOrder      a conditional order, under the same protocol
cancel                            ─▶ DELETE order        or algoOrder, where the order waits for a price
order                             ─▶ GET order           and algoOrder, where the first says -2013; then the order that came of it
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal

import msgspec

from executor.dialects import _binance_algos as algos
from executor.dialects._binance_answers import UNKNOWN_ORDER, complaint_of
from executor.dialects._binance_books import config_of, income_of, income_times_ms, mode_of, money_of, positions_of, rights_of
from executor.dialects._binance_line import URGENT, Call, Line
from executor.dialects._binance_orders import (
    canceled_verdict,
    open_orders_of,
    order_of,
    orders_of,
    params_of,
    refused_locally,
    sent_verdict,
)
from executor.dialects._binance_private import private_stream
from executor.dialects._binance_public import quotes_of
from executor.dialects._binance_rules import Rules, info_of, renewed, with_brackets
from executor.dialects._exact import cut_down
from executor.dialects._pages import PAGE, Page, by_time, trades_from
from executor.protocol.facts import (
    Absent,
    Accepted,
    IncomeFact,
    KeyFact,
    Margin,
    ModeFact,
    MoneyFact,
    OrderFact,
    PositionFact,
    Refused,
    Sighting,
    TradeFact,
    Unsure,
)
from executor.records.market import Instrument, Quote
from executor.records.orders import Submit, Trigger
from executor.wire.access import Access
from executor.wire.budget import Cost
from executor.wire.reply import Reply, Unanswered
from executor.wire.streams.user import UserOwner, UserStream
from executor.wire.waiting import Gate

EARLIER_US = 60_000_000
NO_CHANGE = -4046
SENT_KEPT = 1_000
ORDER = Cost(orders=1)
URGENT_ORDER = Cost(orders=1, is_urgent=True)
BOOKS = Cost(weight=5, is_urgent=True)
ALL_SYMBOLS = Cost(weight=40, is_urgent=True)
LEDGER = Cost(weight=30)
WATCH = Cost(weight=10, is_urgent=True)


class BinanceUsdm:
    """One account. `line` is its connections, limits and clock (`line.time`, `line.limiter`), for who watches over them."""

    keeps_stops = True

    def __init__(self, access: Access) -> None:
        self.name = access.venue
        self.line = Line(access)
        self._clock, self._stale_us = access.clock, access.settings.stale_ms * 1_000
        self._rules: Mapping[str, Rules] = {}
        self._waiting: dict[str, OrderFact] = {}
        self._sent: dict[str, OrderFact] = {}
        self.lacks: Sequence[str] = ("demo accounts do not tell what their key may do",) if access.mode == "demo" else ()

    async def open(self) -> Mapping[str, Instrument]:
        """Connect, measure the clock, learn the rules; raises `Unanswered`."""
        await self.line.open()
        return await self.rules()

    async def rules(self) -> Mapping[str, Instrument]:
        """Read what may be traded, in which steps and with how much leverage, and go by it; raises `Unanswered`."""
        ours = self.line.access.settings.symbols
        info = info_of(await self.line.read(Call(path="exchangeInfo", api="fapiPublic", is_signed=False)), ours)
        self.line.learn_limits(info.rate_limits)
        told = with_brackets(info.rules, await self.line.read(Call(path="leverageBracket")), ours)
        self._rules = renewed(self._rules, told)
        return {symbol: rules.instrument for symbol, rules in self._rules.items()}

    async def close(self) -> None:
        """Let go of all connections."""
        await self.line.close()

    async def send(self, order: Submit, gate: Gate | None = None) -> Accepted | Refused | Unsure:
        """Send one order, once; it is made ready while the gate is shut."""
        refused = refused_locally(order, self._rules.get(order.symbol))
        if refused is not None:
            return refused
        cost = URGENT_ORDER if order.reduce_only else ORDER
        if order.trigger is not None:
            return await self._send_waiting(order, order.trigger, cost=cost, gate=gate)
        reply = await self.line.send(Call(path="order", method="POST", params=params_of(order), cost=cost), self._stale_us, gate)
        return sent_verdict(reply, order, self._clock.now_us()) if isinstance(reply, Reply) else reply

    async def _send_waiting(self, order: Submit, trigger: Trigger, *, cost: Cost, gate: Gate | None) -> Accepted | Refused | Unsure:
        """Send one conditional order, once. That it is one is known from before: whatever the answer, it must be found again."""
        sent = self._sent[order.client_id] = algos.awaited(order, trigger)
        if len(self._sent) > SENT_KEPT:
            del self._sent[next(iter(self._sent))]
        call = Call(path="algoOrder", method="POST", params=algos.algo_params_of(order, trigger), cost=cost)
        reply = await self.line.send(call, self._stale_us, gate)
        return algos.algo_sent_verdict(reply, sent, self._clock.now_us()) if isinstance(reply, Reply) else reply

    async def cancel(self, client_id: str, symbol: str) -> Accepted | Refused | Unsure:
        """Ask for a cancel once, of a conditional order where it was seen or sent as one."""
        known = self._waiting.get(client_id) or self._sent.get(client_id)
        name, path = ("origClientOrderId", "order") if known is None else ("clientAlgoId", "algoOrder")
        call = Call(path=path, method="DELETE", params={"symbol": symbol, name: client_id}, cost=URGENT)
        reply = await self.line.send(call, self._stale_us)
        if isinstance(reply, Refused):
            return reply
        now_us = self._clock.now_us()
        return canceled_verdict(reply, client_id, now_us) if known is None else algos.algo_canceled_verdict(reply, known, now_us)

    async def server_us(self) -> int:
        """The venue's clock now, microseconds UTC; its offset is measured by the way."""
        return await self.line.measure()

    def server_now_us(self) -> int:
        """The venue's clock by what was last measured (microseconds UTC)."""
        return self.line.time.now_us()

    def clock_doubt(self, limit_ms: float) -> str:
        """Why the clocks may differ by more than `limit_ms`; empty where all is well."""
        return self.line.clock_doubt(limit_ms)

    async def quotes(self, symbols: Collection[str]) -> Sequence[Quote]:
        """The best prices now."""
        body = await self.line.read(Call(path="ticker/bookTicker", api="fapiPublic", is_signed=False, cost=BOOKS))
        now_us, wanted = self._clock.now_us(), set(symbols)
        return [msgspec.structs.replace(one, ts_us=now_us) for one in quotes_of(body) if one.symbol in wanted]

    def remember(self, client_ids: Collection[str]) -> None:
        """Nothing: the venue keeps our ids as they are."""

    def private_stream(self, owner: UserOwner, now_us: Callable[[], int]) -> UserStream | None:
        """The account's own stream."""
        return private_stream(self.line, owner, now_us)

    async def order(self, client_id: str, symbol: str) -> Sighting:
        """One order by our id, first among ordinary ones, then among conditional ones; of one that was triggered, the order it became."""
        params = {"symbol": symbol, "origClientOrderId": client_id}
        found = await self._asked_for(Call(path="order", params=params, cost=URGENT))
        if isinstance(found, bytes):
            return order_of(found)
        found = await self._asked_for(Call(path="algoOrder", params={"clientAlgoId": client_id}, cost=URGENT))
        return found if isinstance(found, Absent) else await self._become(algos.algo_of(found))

    async def _become(self, algo: algos.Algo) -> OrderFact:
        """What a conditional order is now. Only the ordinary order that came of it says what was traded; raises `Unanswered` while that
        one is not told of."""
        if not algo.child_id:
            return algos.algo_fact(algo)
        found = await self._asked_for(Call(path="order", params={"symbol": algo.symbol, "orderId": algo.child_id}, cost=URGENT))
        if isinstance(found, bytes):
            return msgspec.structs.replace(order_of(found), client_id=algo.clientAlgoId)
        if algos.is_forgotten(algo, self.server_now_us()):
            return algos.algo_fact(algo)
        raise Unanswered(f"{algo.clientAlgoId} became order {algo.child_id}, which is not told of: {found.detail}")

    async def _asked_for(self, call: Call) -> bytes | Absent:
        """The body of an answer about one order, or that the venue knows none; raises `Unanswered`."""
        reply = await self.line.send(call)
        if isinstance(reply, Refused):
            raise Unanswered(f"{call.path} was not asked: {reply.detail}")
        complaint = complaint_of(reply)
        if complaint is not None and complaint.code in UNKNOWN_ORDER and 400 <= reply.status < 500:
            return Absent(complaint.words())
        if reply.failure is not None or reply.status != 200 or complaint is not None:
            raise Unanswered(f"{call.path} was not answered: {reply.words()}")
        return reply.body

    async def open_orders(self) -> Sequence[OrderFact]:
        """Every open order of the account, conditional ones included."""
        plain = open_orders_of(await self.line.read(Call(path="openOrders", cost=ALL_SYMBOLS)))
        waiting = algos.waiting_of(await self.line.read(Call(path="openAlgoOrders", cost=ALL_SYMBOLS)))
        self._waiting = {one.client_id: one for one in waiting if one.status == "open"}
        return [*plain, *self._waiting.values()]

    async def orders_since(self, symbol: str, since_us: int) -> Sequence[OrderFact]:
        """Every order of a symbol placed since (and in the minute before), oldest first."""

        async def fetch(page: Page) -> tuple[list[OrderFact], int]:
            body = await self.line.read(Call(path="allOrders", params={"symbol": symbol, **span_of(page)}, cost=BOOKS))
            return orders_of(body)

        found = await by_time(fetch, (since_us - EARLIER_US) // 1_000, self._end_ms())
        return sorted(found, key=lambda one: int(one.order_id))

    async def trades_since(self, symbol: str, since_us: int) -> Sequence[TradeFact]:
        """Every trade of the account in a symbol since, oldest first."""

        async def ask(params: dict[str, str]) -> bytes:
            return await self.line.read(Call(path="userTrades", params={"symbol": symbol, **params}, cost=BOOKS))

        return await trades_from(ask, since_us // 1_000, self._end_ms())

    async def positions(self) -> Sequence[PositionFact]:
        """Every position that is not 0. Leverage and margin come from a second question, and are null where it is not answered."""
        body = await self.line.read(Call(path="positionRisk", api="fapiPrivateV3", cost=BOOKS))
        found = positions_of(body, {})
        if not found:
            return found
        try:
            return positions_of(body, config_of(await self.line.read(Call(path="symbolConfig", cost=BOOKS))))
        except Unanswered:
            return found

    async def money(self) -> MoneyFact:
        """Wallet and margin in USD, balances by asset."""
        return money_of(await self.line.read(Call(path="account", api="fapiPrivateV3", cost=BOOKS)))

    async def income_since(self, since_us: int) -> Sequence[IncomeFact]:
        """Funding, transfers and whatever else no trade explains, oldest first."""

        async def fetch(page: Page) -> tuple[list[IncomeFact], int]:
            body = await self.line.read(Call(path="income", params=span_of(page), cost=LEDGER))
            return income_of(body), len(income_times_ms(body))

        found = await by_time(fetch, since_us // 1_000, self._end_ms())
        return sorted({one.income_id: one for one in found}.values(), key=lambda one: (one.ts_us, one.income_id))

    async def mode(self) -> ModeFact:
        """Hedge mode, and margin of several assets."""
        sides = await self.line.read(Call(path="positionSide/dual", cost=LEDGER))
        return mode_of(sides, await self.line.read(Call(path="multiAssetsMargin", cost=LEDGER)))

    async def key(self) -> KeyFact | None:
        """What the key may do; null in demo, which has no such question."""
        if not self.line.has("sapi"):
            return None
        return rights_of(await self.line.read(Call(path="account/apiRestrictions", api="sapi", cost=URGENT)))

    async def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set a symbol's leverage; being so already is well."""
        await self.line.change(Call(path="leverage", method="POST", params={"symbol": symbol, "leverage": str(leverage)}))

    async def set_margin(self, symbol: str, margin: Margin) -> None:
        """Set a symbol's margin; being so already is well."""
        word = "CROSSED" if margin == "cross" else "ISOLATED"
        await self.line.change(Call(path="marginType", method="POST", params={"symbol": symbol, "marginType": word}), well=NO_CHANGE)

    async def leverages(self, symbols: Collection[str]) -> Mapping[str, tuple[int, Margin]]:
        """Leverage and margin in force by symbol."""
        told = config_of(await self.line.read(Call(path="symbolConfig", cost=BOOKS)), symbols)
        return {symbol: told[symbol] for symbol in symbols if symbol in told}

    async def arm(self, symbols: Collection[str], within_ms: int) -> bool:
        """Have resting orders of each symbol canceled unless asked again within so long; 0 disarms. Raises `Unanswered`."""
        calls = [
            Call(path="countdownCancelAll", method="POST", params={"symbol": symbol, "countdownTime": str(within_ms)}, cost=WATCH)
            for symbol in symbols
        ]
        for outcome in await asyncio.gather(*(self.line.change(call) for call in calls), return_exceptions=True):
            if outcome is not None:
                raise outcome
        return True

    def quantised(self, symbol: str, qty: Decimal) -> Decimal:
        """A quantity cut down to the venue's step, exactly, never up; raises `KeyError` for a symbol that is not traded."""
        return cut_down(qty, self._rules[symbol].instrument.step_size)

    def _end_ms(self) -> int:
        return self.line.time.stamp_ms() + 1_000


def span_of(page: Page) -> dict[str, str]:
    """A span of time as the venue is asked for it."""
    return {"startTime": str(page.start_ms), "endTime": str(page.end_ms), "limit": str(PAGE)}


DIALECT = BinanceUsdm
