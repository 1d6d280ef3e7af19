"""How market streams travel."""

from decimal import Decimal
from typing import Any

from tests.local_venue.market import Book, Print
from tests.local_venue.numbers_out import money_out, price_out, qty_out
from tests.local_venue.rules import Rules


def book_ticker(rules: Rules, book: Book, now_ms: int) -> bytes:
    """`bookTicker`, written by hand: it is sent thousands of times a second."""
    places, qty_places = rules.price_places, rules.qty_places
    return (
        f'{{"e":"bookTicker","u":{book.update_id},"s":"{rules.symbol}","b":"{book.bid:.{places}f}","B":"{book.bid_qty:.{qty_places}f}",'
        f'"a":"{book.ask:.{places}f}","A":"{book.ask_qty:.{qty_places}f}","T":{book.time_ms},"E":{now_ms}}}'
    ).encode()


def trade(rules: Rules, made: Print, now_ms: int) -> dict[str, Any]:
    """`trade`."""
    return {
        "e": "trade",
        "E": now_ms,
        "T": made.time_ms,
        "s": rules.symbol,
        "t": made.trade_id,
        "p": price_out(rules, made.price),
        "q": qty_out(rules, made.qty),
        "X": "MARKET",
        "m": made.side == "SELL",
    }


def agg_trade(rules: Rules, made: Print, now_ms: int) -> dict[str, Any]:
    """`aggTrade`: here every trade is its own."""
    return {
        "e": "aggTrade",
        "E": now_ms,
        "s": rules.symbol,
        "a": made.trade_id,
        "p": price_out(rules, made.price),
        "q": qty_out(rules, made.qty),
        "f": made.trade_id,
        "l": made.trade_id,
        "T": made.time_ms,
        "m": made.side == "SELL",
    }


def mark_price(rules: Rules, book: Book, *, now_ms: int, next_ms: int) -> dict[str, Any]:
    """`markPriceUpdate`."""
    return {
        "e": "markPriceUpdate",
        "E": now_ms,
        "s": rules.symbol,
        "p": money_out(book.mark),
        "P": money_out(book.index),
        "i": money_out(book.index),
        "r": money_out(book.rate),
        "T": next_ms,
    }


class DepthDiffs:
    """What changed in a book since it was last told, chained by `pu` as the venue chains it."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, dict[str, dict[str, str]]]] = {}

    def update(self, rules: Rules, book: Book, *, rows: dict[str, list[list[str]]], now_ms: int) -> dict[str, Any]:
        """`depthUpdate`; a level that is gone has the quantity 0."""
        before_id, before = self._told.get(rules.symbol, (book.update_id - 1, {"bids": {}, "asks": {}}))
        now = {side: dict(levels) for side, levels in rows.items()}
        self._told[rules.symbol] = (book.update_id, now)
        gone = qty_out(rules, Decimal(0))
        changed = {side: _changed(before[side], now[side], gone) for side in now}
        return {
            "e": "depthUpdate",
            "E": now_ms,
            "T": book.time_ms,
            "s": rules.symbol,
            "U": before_id + 1,
            "u": book.update_id,
            "pu": before_id,
            "b": changed["bids"],
            "a": changed["asks"],
        }


def _changed(before: dict[str, str], now: dict[str, str], gone: str) -> list[list[str]]:
    left = [[price, gone] for price in before if price not in now]
    return left + [[price, qty] for price, qty in now.items() if before.get(price) != qty]
