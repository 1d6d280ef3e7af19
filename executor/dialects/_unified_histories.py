"""Lists of orders, trades, positions and money by ccxt's unified calls, page by page where a venue gives pages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from executor.clock import Clock
from executor.dialects import _unified_facts as facts
from executor.dialects._pages import Page, by_time
from executor.dialects._unified_facts import MARGINS, Listed
from executor.dialects._unified_manners import Names
from executor.dialects._unified_voice import Voice
from executor.protocol.facts import IncomeFact, Margin, OrderFact, PositionFact, TradeFact
from executor.records.market import Quote

EARLIER_US = 60_000_000
KEPT_MS = 90 * 86_400_000
Ask = Callable[[int, int | None, dict[str, Any]], Awaitable[Any]]


class Histories:
    """Readings of one account. `listed` is filled when the venue's markets are known."""

    def __init__(self, voice: Voice, names: Names, listed: Mapping[str, Listed]) -> None:
        self._voice, self._names, self._listed = voice, names, listed

    def _by_symbol(self) -> dict[str, Listed]:
        return {one.symbol: one for one in self._listed.values()}

    async def _each_settle(self, call: Callable[[dict[str, Any]], Awaitable[Any]]) -> list[dict[str, Any]]:
        """Rows of one question, or of one for each settling currency where the venue wants to be asked so."""
        settles = self._voice.manners.settles
        questions: list[dict[str, Any]] = [{"settleCoin": one} for one in settles] or [{}]
        return [row for question in questions for row in await self._voice.read(lambda asked=question: call(asked))]  # type: ignore[misc]

    async def _paged(self, ask: Ask, since_us: int) -> list[dict[str, Any]]:
        """Every row since, in halved windows where a page is full."""
        page_rows = self._voice.manners.page
        end_ms = self._voice.time.stamp_ms() + 1_000
        start_ms = max(since_us // 1_000, end_ms - KEPT_MS)
        if page_rows is None:
            rows: list[dict[str, Any]] = await self._voice.read(lambda: ask(start_ms, None, {}))
            return rows

        async def fetch(page: Page) -> tuple[list[dict[str, Any]], int]:
            found = await self._voice.read(lambda: ask(page.start_ms, page_rows, {"until": page.end_ms}))
            return found, len(found)

        return await by_time(fetch, start_ms, end_ms, full=page_rows)

    async def quotes(self, wanted: Sequence[Listed], clock: Clock) -> Sequence[Quote]:
        """Best prices of these symbols; those without two sides now are left out."""
        exchange, symbols = self._voice.exchange, [one.symbol for one in wanted]
        if self._voice.has("fetchBidsAsks"):
            rows = await self._voice.read(lambda: exchange.fetch_bids_asks(symbols))
        elif self._voice.has("fetchTickers"):
            rows = await self._voice.read(lambda: exchange.fetch_tickers(symbols))
        else:
            rows = {symbol: await self._voice.read(lambda asked=symbol: exchange.fetch_ticker(asked)) for symbol in symbols}  # type: ignore[misc]
        now_us = clock.now_us()
        found = [facts.quote_of(rows[one.symbol], one, now_us) for one in wanted if one.symbol in rows]
        return [quote for quote in found if quote is not None]

    async def open_orders(self) -> Sequence[OrderFact]:
        """Every open order of the account."""
        known = self._by_symbol()
        rows = await self._each_settle(lambda asked: self._voice.exchange.fetch_open_orders(None, None, None, asked))
        return [facts.order_of(row, known[row["symbol"]], self._names) for row in rows if row["symbol"] in known]

    async def orders_since(self, listed: Listed, since_us: int) -> Sequence[OrderFact]:
        """Every order of a symbol since: from one list, or from those of open and ended orders together."""
        exchange = self._voice.exchange
        since_us -= EARLIER_US
        if self._voice.has("fetchOrders"):
            rows = await self._paged(lambda at, most, more: exchange.fetch_orders(listed.symbol, at, most, more), since_us)
        else:
            rows = await self._voice.read(lambda: exchange.fetch_open_orders(listed.symbol))
            rows = [*rows, *await self._ended(listed, since_us)]
        found = {str(row["id"]): facts.order_of(row, listed, self._names) for row in rows}
        kept = [one for one in found.values() if one.ts_us is None or one.ts_us >= since_us]
        return sorted(kept, key=lambda one: (one.ts_us or 0, one.order_id))

    async def _ended(self, listed: Listed, since_us: int) -> list[dict[str, Any]]:
        exchange = self._voice.exchange
        if self._voice.has("fetchCanceledAndClosedOrders"):
            return await self._paged(
                lambda at, most, more: exchange.fetch_canceled_and_closed_orders(listed.symbol, at, most, more), since_us
            )
        rows: list[dict[str, Any]] = []
        if self._voice.has("fetchClosedOrders"):
            rows += await self._paged(lambda at, most, more: exchange.fetch_closed_orders(listed.symbol, at, most, more), since_us)
        if self._voice.has("fetchCanceledOrders"):
            rows += await self._paged(lambda at, most, more: exchange.fetch_canceled_orders(listed.symbol, at, most, more), since_us)
        return rows

    async def trades_since(self, listed: Listed, since_us: int) -> Sequence[TradeFact]:
        """Every trade of a symbol since."""
        exchange = self._voice.exchange
        rows = await self._paged(lambda at, most, more: exchange.fetch_my_trades(listed.symbol, at, most, more), since_us)
        found = {str(row["id"]): facts.trade_of(row, listed) for row in rows}
        return sorted(found.values(), key=lambda one: (one.ts_us, one.trade_id))

    async def position_rows(self) -> list[dict[str, Any]]:
        """Positions as ccxt tells them."""
        return await self._each_settle(lambda asked: self._voice.exchange.fetch_positions(None, asked))

    async def positions(self) -> Sequence[PositionFact]:
        """Every position that is not 0."""
        known = self._by_symbol()
        found = (facts.position_of(row, known[row["symbol"]]) for row in await self.position_rows() if row["symbol"] in known)
        return [one for one in found if one is not None]

    async def income_since(self, since_us: int) -> Sequence[IncomeFact]:
        """Funding and transfers since, as far as they are told."""
        exchange = self._voice.exchange
        found: dict[str, IncomeFact] = {}
        if self._voice.has("fetchFundingHistory"):
            names = {one.symbol: name for name, one in self._listed.items()}
            rows = await self._paged(lambda at, most, more: exchange.fetch_funding_history(None, at, most, more), since_us)
            found |= {one.income_id: one for one in (facts.funding_of(row, names.get(row["symbol"], "")) for row in rows)}
        if self._voice.has("fetchLedger"):
            rows = await self._paged(lambda at, most, more: exchange.fetch_ledger(None, at, most, more), since_us)
            found |= {one.income_id: one for one in (facts.move_of(row) for row in rows) if one is not None}
        return sorted((one for one in found.values() if one.ts_us >= since_us), key=lambda one: (one.ts_us, one.income_id))

    async def leverages(self, asked: Sequence[Listed], margin: Margin) -> Mapping[str, tuple[int, Margin]]:
        """Leverage and margin in force: of open positions, and by a question for each other symbol where the venue answers one."""
        held = {one.symbol: one for one in await self.positions()}
        found: dict[str, tuple[int, Margin]] = {}
        for listed in asked:
            name = listed.instrument.symbol
            position = held.get(name)
            if position is not None and position.leverage is not None and position.margin is not None:
                found[name] = position.leverage, position.margin
            elif self._voice.has("fetchLeverage"):
                told = await self._voice.read(
                    lambda symbol=listed.symbol: self._voice.exchange.fetch_leverage(symbol, {"marginMode": margin})  # type: ignore[misc]
                )
                leverage, mode = facts.exact(told.get("longLeverage")), MARGINS.get(str(told.get("marginMode")))
                if leverage is not None and mode is not None:
                    found[name] = int(leverage), mode
        return found
