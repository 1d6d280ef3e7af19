"""Lists of orders, trades, positions and money by ccxt's unified calls, page by page where a venue gives pages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from executor.clock import Clock
from executor.dialects import _unified_facts as facts
from executor.dialects._exact import exact
from executor.dialects._pages import Page, by_time
from executor.dialects._unified_facts import MARGINS, Listed
from executor.dialects._unified_manners import Names
from executor.dialects._unified_voice import NOT_UNDERSTOOD, Voice
from executor.protocol.facts import IncomeFact, Margin, OrderFact, PositionFact, TradeFact
from executor.records.market import Quote
from executor.wire.reply import Unanswered

EARLIER_US = 60_000_000
KEPT_MS = 90 * 86_400_000
Fact = TypeVar("Fact")
Ask = Callable[[int, int | None, dict[str, Any]], Awaitable[Any]]


def each(rows: Sequence[Mapping[str, Any]], fact: Callable[[Mapping[str, Any]], Fact]) -> list[Fact]:
    """Every row as a fact; raises `Unanswered` where one of them cannot be one."""
    try:
        return [fact(row) for row in rows]
    except NOT_UNDERSTOOD as error:
        raise Unanswered(f"a row could not be read ({type(error).__name__})") from error


class Histories:
    """Readings of one account. `listed` is filled when the venue's markets are known."""

    def __init__(self, voice: Voice, names: Names, listed: Mapping[str, Listed]) -> None:
        self._voice, self._names, self._listed = voice, names, listed

    def _of(self, row: Mapping[str, Any]) -> Listed:
        """What a row is about: one of our perpetuals, or what else the account holds; raises `Unanswered` for a row that does not say."""
        symbol = row.get("symbol")
        known = next((one for one in self._listed.values() if one.symbol == symbol), None)
        if known is not None:
            return known
        if not isinstance(symbol, str) or not symbol or symbol in self._listed:
            raise Unanswered(f"the venue told of something in symbol {symbol!r}, which says nothing")
        return facts.foreign(symbol, (self._voice.exchange.markets or {}).get(symbol))

    def beyond(self, symbol: str) -> Listed | None:
        """What ccxt knows by this name beside our perpetuals; null where it does not."""
        market = (self._voice.exchange.markets or {}).get(symbol)
        return None if market is None else facts.foreign(symbol, market)

    async def _each_settle(self, call: Callable[[dict[str, Any]], Awaitable[Any]]) -> list[dict[str, Any]]:
        """Rows of one question, or of one for each settling currency where the venue wants to be asked so."""
        settles = self._voice.manners.settles
        questions: list[dict[str, Any]] = [{"settleCoin": one} for one in settles] or [{}]
        return [row for question in questions for row in await self._voice.rows(lambda asked=question: call(asked))]  # type: ignore[misc]

    async def _paged(self, ask: Ask, since_us: int) -> list[dict[str, Any]]:
        """Every row since, in halved windows where a page is full."""
        page_rows = self._voice.manners.page
        end_ms = self._voice.time.stamp_ms() + 1_000
        start_ms = max(since_us // 1_000, end_ms - KEPT_MS)
        if page_rows is None:
            return await self._voice.rows(lambda: ask(start_ms, None, {}))

        async def fetch(page: Page) -> tuple[list[dict[str, Any]], int]:
            found = await self._voice.rows(lambda: ask(page.start_ms, page_rows, {"until": page.end_ms}))
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

    async def _resting(self, symbol: str | None, asked: dict[str, Any]) -> Any:
        """Open orders of one question; raises `Unanswered` where they fill the answer: what did not fit in it would count as gone."""
        most = self._voice.manners.open_most
        rows = await self._voice.exchange.fetch_open_orders(symbol, None, most, asked)
        if most is not None and len(rows) >= most:
            raise Unanswered(f"{len(rows)} open orders fill one answer, more may be open")
        return rows

    async def open_orders(self) -> Sequence[OrderFact]:
        """Every open order of the account."""
        rows = await self._each_settle(lambda asked: self._resting(None, asked))
        return each(rows, lambda row: facts.order_of(row, self._of(row), self._names))

    async def orders_since(self, listed: Listed, since_us: int) -> Sequence[OrderFact]:
        """Every order of a symbol since: from one list, or from those of open and ended orders together."""
        exchange = self._voice.exchange
        since_us -= EARLIER_US
        if self._voice.has("fetchOrders"):
            rows = await self._paged(lambda at, most, more: exchange.fetch_orders(listed.symbol, at, most, more), since_us)
        else:
            rows = await self._voice.rows(lambda: self._resting(listed.symbol, {}))
            rows = [*rows, *await self._ended(listed, since_us)]
        found = {one.order_id: one for one in each(rows, lambda row: facts.order_of(row, listed, self._names))}
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
        found = {one.trade_id: one for one in each(rows, lambda row: facts.trade_of(row, listed))}
        return sorted(found.values(), key=lambda one: (one.ts_us, one.trade_id))

    async def position_rows(self) -> list[dict[str, Any]]:
        """Positions as ccxt tells them."""
        return await self._each_settle(lambda asked: self._voice.exchange.fetch_positions(None, asked))

    async def positions(self) -> Sequence[PositionFact]:
        """Every position that is not 0, those in what is not traded here included."""
        found = each(await self.position_rows(), lambda row: facts.position_of(row, self._of(row)))
        return [one for one in found if one is not None]

    async def income_since(self, since_us: int) -> Sequence[IncomeFact]:
        """Funding and transfers since, as far as they are told."""
        exchange = self._voice.exchange
        found: dict[str, IncomeFact] = {}
        if self._voice.has("fetchFundingHistory"):
            names = {one.symbol: name for name, one in self._listed.items()}
            rows = await self._paged(lambda at, most, more: exchange.fetch_funding_history(None, at, most, more), since_us)
            found |= {one.income_id: one for one in each(rows, lambda row: facts.funding_of(row, names.get(str(row.get("symbol")), "")))}
        if self._voice.has("fetchLedger"):
            rows = await self._paged(lambda at, most, more: exchange.fetch_ledger(None, at, most, more), since_us)
            found |= {one.income_id: one for one in each(rows, facts.move_of) if one is not None}
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
                leverage, mode = exact(told.get("longLeverage")), MARGINS.get(str(told.get("marginMode")))
                if leverage is not None and mode is not None:
                    found[name] = int(leverage), mode
        return found
