"""Public answers: time, rules, prices, depth, trades, bars, funding."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.local_venue.checks import rules_for
from tests.local_venue.market import Book
from tests.local_venue.numbers_out import money_out, price_out, qty_out
from tests.local_venue.refusals import Refusal
from tests.local_venue.rest_orders import limit_of
from tests.local_venue.rules import Rules, exchange_info
from tests.local_venue.shapes import Call, Side
from tests.local_venue.stream_bodies import agg_trade

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "1d": 1_440}


def ping(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/ping`."""
    return {}


def time(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/time`."""
    return {"serverTime": venue.clock.now_ms()}


def info(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/exchangeInfo`."""
    return exchange_info(venue.rules.values(), venue.clock.now_ms(), venue.limits.document())


def depth(venue: "LocalVenue", call: Call) -> dict[str, Any]:
    """`GET /fapi/v1/depth`."""
    rules = rules_for(venue, call.params)
    book = venue.market.books[rules.symbol]
    rows = depth_rows(venue, rules, limit_of(call, usual=500, most=1_000))
    return {"lastUpdateId": book.update_id, "E": book.time_ms + 1, "T": book.time_ms, **rows}


def depth_rows(venue: "LocalVenue", rules: Rules, limit: int) -> dict[str, list[list[str]]]:
    """Both sides of a book, best first."""

    def rows(taker: Side) -> list[list[str]]:
        levels = list(venue.market.levels(rules.symbol, taker))[:limit]
        return [[price_out(rules, price), qty_out(rules, size)] for price, size in levels]

    return {"bids": rows("SELL"), "asks": rows("BUY")}


def trades(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/trades`."""
    rules = rules_for(venue, call.params)
    recent = list(venue.market.books[rules.symbol].prints)[-limit_of(call, usual=500, most=1_000) :]
    return [
        {
            "id": made.trade_id,
            "price": price_out(rules, made.price),
            "qty": qty_out(rules, made.qty),
            "quoteQty": f"{made.price * made.qty:.2f}",
            "time": made.time_ms,
            "isBuyerMaker": made.side == "SELL",
        }
        for made in recent
    ]


def agg_trades(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/aggTrades`: here every trade is its own."""
    rules = rules_for(venue, call.params)
    recent = list(venue.market.books[rules.symbol].prints)[-limit_of(call, usual=500, most=1_000) :]
    rows = [agg_trade(rules, made, made.time_ms) for made in recent]
    return [{name: row[name] for name in ("a", "p", "q", "f", "l", "T", "m")} for row in rows]


def klines(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/klines`, made of the trades there were; a minute without trades has no bar."""
    rules = rules_for(venue, call.params)
    span_ms = MINUTES.get(call.params.get("interval", ""), 0) * 60_000
    if not span_ms:
        raise Refusal(-1120, "Invalid interval.")
    joined: dict[int, list[Any]] = {}
    for opens_ms, first, high, low, last, qty, count in venue.market.books[rules.symbol].bars:
        starts_ms = int(opens_ms) // span_ms * span_ms
        bar = joined.setdefault(starts_ms, [first, high, low, last, Decimal(0), 0])
        bar[1], bar[2], bar[3] = max(bar[1], high), min(bar[2], low), last
        bar[4], bar[5] = bar[4] + qty, bar[5] + count
    rows = []
    for starts_ms, (first, high, low, last, qty, count) in sorted(joined.items()):
        prices = [price_out(rules, each) for each in (first, high, low, last)]
        rows.append([starts_ms, *prices, qty_out(rules, qty), starts_ms + span_ms - 1, f"{qty * last:.5f}", count, "0", "0", "0"])
    since = int(call.params.get("startTime", "0") or 0)
    return [row for row in rows if row[0] >= since][-limit_of(call, usual=500, most=1_500) :]


def book_ticker(venue: "LocalVenue", call: Call) -> Any:
    """`GET /fapi/v1/ticker/bookTicker`."""
    return _each(venue, call, _book_row)


def price(venue: "LocalVenue", call: Call) -> Any:
    """`GET /fapi/v1|v2/ticker/price`."""
    return _each(venue, call, lambda rules, book: {"symbol": rules.symbol, "price": price_out(rules, book.last), "time": book.time_ms})


def day(venue: "LocalVenue", call: Call) -> Any:
    """`GET /fapi/v1/ticker/24hr`."""
    return _each(venue, call, lambda rules, book: _day_row(rules, book, venue.clock.now_ms()))


def premium_index(venue: "LocalVenue", call: Call) -> Any:
    """`GET /fapi/v1/premiumIndex`."""
    next_ms, now_ms = venue.market.next_funding_ms(), venue.clock.now_ms()

    def row(rules: Rules, book: Book) -> dict[str, Any]:
        return {
            "symbol": rules.symbol,
            "markPrice": money_out(book.mark),
            "indexPrice": money_out(book.index),
            "estimatedSettlePrice": money_out(book.index),
            "lastFundingRate": money_out(book.rate),
            "interestRate": "0.00010000",
            "nextFundingTime": next_ms,
            "time": now_ms,
        }

    return _each(venue, call, row)


def funding_rate(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/fundingRate`: the settlements there were, oldest first."""
    symbols = [rules_for(venue, call.params).symbol] if call.params.get("symbol") else list(venue.rules)
    since = int(call.params.get("startTime", "0") or 0)
    rows = [
        {"symbol": symbol, "fundingTime": time_ms, "fundingRate": money_out(rate), "markPrice": money_out(mark)}
        for symbol in symbols
        for time_ms, rate, mark in venue.market.books[symbol].settlements
        if time_ms >= since
    ]
    return sorted(rows, key=lambda row: row["fundingTime"])[-limit_of(call, usual=100, most=1_000) :]


def funding_info(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/fundingInfo`: only symbols whose interval was changed; here none."""
    return []


def brackets(venue: "LocalVenue", call: Call) -> list[Any]:
    """`GET /fapi/v1/leverageBracket`."""
    symbols = [rules_for(venue, call.params).symbol] if call.params.get("symbol") else list(venue.rules)
    return [{"symbol": symbol, "notionalCoef": 1.0, "brackets": _bracket_rows(venue.rules[symbol])} for symbol in symbols]


def _bracket_rows(rules: Rules) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    floor = rate = less = Decimal(0)
    for number, tier in enumerate(rules.brackets, start=1):
        less += floor * (tier.rate - rate)
        rows.append(
            {
                "bracket": number,
                "initialLeverage": tier.leverage,
                "notionalCap": int(tier.cap),
                "notionalFloor": int(floor),
                "maintMarginRatio": float(tier.rate),
                "cum": float(less),
            }
        )
        floor, rate = tier.cap, tier.rate
    return rows


def _each(venue: "LocalVenue", call: Call, row: Any) -> Any:
    if call.params.get("symbol"):
        rules = rules_for(venue, call.params)
        return row(rules, venue.market.books[rules.symbol])
    return [row(rules, venue.market.books[symbol]) for symbol, rules in venue.rules.items()]


def _book_row(rules: Rules, book: Book) -> dict[str, Any]:
    return {
        "symbol": rules.symbol,
        "bidPrice": price_out(rules, book.bid),
        "bidQty": qty_out(rules, book.bid_qty),
        "askPrice": price_out(rules, book.ask),
        "askQty": qty_out(rules, book.ask_qty),
        "time": book.time_ms,
        "lastUpdateId": book.update_id,
    }


def _day_row(rules: Rules, book: Book, now_ms: int) -> dict[str, Any]:
    bars = [bar for bar in book.bars if bar[0] > now_ms - 86_400_000] or [[now_ms, *[book.last] * 4, Decimal(0), 0]]
    first, high, low = bars[0][1], max(bar[2] for bar in bars), min(bar[3] for bar in bars)
    qty = sum((bar[5] for bar in bars), Decimal(0))
    change = book.last - first
    return {
        "symbol": rules.symbol,
        "priceChange": price_out(rules, change),
        "priceChangePercent": f"{change / first * 100:.3f}",
        "weightedAvgPrice": price_out(rules, book.last),
        "lastPrice": price_out(rules, book.last),
        "lastQty": qty_out(rules, book.prints[-1].qty if book.prints else Decimal(0)),
        "openPrice": price_out(rules, first),
        "highPrice": price_out(rules, high),
        "lowPrice": price_out(rules, low),
        "volume": qty_out(rules, qty),
        "quoteVolume": f"{qty * book.last:.2f}",
        "openTime": now_ms - 86_400_000,
        "closeTime": now_ms,
        "firstId": book.prints[0].trade_id if book.prints else 0,
        "lastId": book.prints[-1].trade_id if book.prints else 0,
        "count": sum(bar[6] for bar in bars),
    }
