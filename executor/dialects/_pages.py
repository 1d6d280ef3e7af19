"""Long answers in pages: windows of time that are halved where a page is full, and trades followed by their ids."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from executor.dialects._binance_books import trades_of
from executor.protocol.facts import TradeFact
from executor.wire.reply import Unanswered

Row = TypeVar("Row")
PAGE = 1_000
KEPT_MS = 180 * 86_400_000
"""Nothing older is told by the venue."""

WINDOW_MS = 7 * 86_400_000 - 1
"""The longest span of time that the venue takes in one question."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One question about a span of time: first and last millisecond, both included."""

    start_ms: int
    end_ms: int


Fetch = Callable[[Page], Awaitable[tuple[list[Row], int]]]
"""Asks one page: its rows in our words, and how many rows the venue gave."""


async def by_time(fetch: Fetch[Row], start_ms: int, end_ms: int, full: int = PAGE) -> list[Row]:
    """Every row of a span. A page of `full` rows may lack rows at either end, so its span is asked again in halves."""
    rows: list[Row] = []
    start_ms = max(start_ms, end_ms - KEPT_MS)
    spans = [Page(start_ms=at, end_ms=min(at + WINDOW_MS, end_ms)) for at in range(start_ms, end_ms + 1, WINDOW_MS + 1)]
    spans.reverse()
    while spans:
        page = spans.pop()
        found, count = await fetch(page)
        if count < full:
            rows += found
        elif page.start_ms == page.end_ms:
            raise Unanswered(f"the venue tells of {full} rows within one millisecond and gives no more; nothing is taken from that")
        else:
            middle = (page.start_ms + page.end_ms) // 2
            spans += [Page(start_ms=middle + 1, end_ms=page.end_ms), Page(start_ms=page.start_ms, end_ms=middle)]
    return rows


async def trades_from(ask: Callable[[dict[str, str]], Awaitable[bytes]], start_ms: int, end_ms: int) -> list[TradeFact]:
    """Every trade since: windows of time up to the first one, then on by id, page by page, until a page is not full."""
    trades: dict[int, TradeFact] = {}
    at_ms = max(start_ms, end_ms - KEPT_MS)
    while not trades and at_ms <= end_ms:
        until_ms = min(at_ms + WINDOW_MS, end_ms)
        page = trades_of(await ask({"startTime": str(at_ms), "endTime": str(until_ms), "limit": str(PAGE)}))
        trades = {int(one.trade_id): one for one in page}
        at_ms = until_ms + 1
    is_more = bool(trades)
    while is_more:
        last = max(trades)
        page = trades_of(await ask({"fromId": str(last + 1), "limit": str(PAGE)}))
        trades |= {int(one.trade_id): one for one in page}
        is_more = len(page) >= PAGE and max(trades) > last
    return [trades[number] for number in sorted(trades)]
