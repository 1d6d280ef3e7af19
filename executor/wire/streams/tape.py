"""What came on market streams becomes records: each change once, in order of its number, with what is missing said.

Only the venue's numbers decide what is new; its times are written down and judge nothing.
"""

import math
from collections.abc import Callable, Iterable

import msgspec

from executor.records.market import Gap, Mark, MarketEvent, Quote, Settlement, Source, Trade
from executor.wire.streams.shapes import Book, Marking, News, Print

RAN_BACK = 50  # so many old numbers in a row are no stragglers: the venue has begun to count anew
GAP_EVERY_US = 1_000_000
OFF_CLOCK_MS = 1_000

BOOK, TRADE, MARK = "quote", "trade", "mark"


class Numbers(msgspec.Struct):
    """Where one symbol's numbering stands; null where it begins anew with whatever comes."""

    last: int | None = None
    old: int = 0


class Place(msgspec.Struct):
    """What is known of a symbol between two messages. `due` is the funding rate announced and when (venue's time, ms)."""

    books: Numbers = msgspec.field(default_factory=Numbers)
    trades: Numbers = msgspec.field(default_factory=Numbers)
    marked_ms: int = 0
    last: float | None = None
    traded_us: int = 0
    told_us: int = 0
    due: tuple[float, int] | None = None


class Tally(msgspec.Struct):
    """What was not handed on as it came, and what was noticed. `holes` are missing trade numbers, `off_clock` messages whose venue
    time is more than a second away from ours."""

    foreign: int = 0
    repeated: int = 0
    senseless: int = 0
    ran_back: int = 0
    holes: int = 0
    off_clock: int = 0


class Tape:
    """The streams of a universe, all in one. `put` is given every record, with the time of arrival as `ts_us`."""

    def __init__(self, symbols: Iterable[str], put: Callable[[MarketEvent], None], source: Source = "stream") -> None:
        self.tally = Tally()
        self._places = {symbol: Place() for symbol in symbols}
        self.put = put
        self._source = source

    def take(self, news: News, ts_us: int) -> str:
        """Take one message; gives its topic (`quote`, `trade`, `mark`)."""
        place = self._places.get(news.symbol)
        if not -OFF_CLOCK_MS < ts_us // 1_000 - news.exchange_ms < OFF_CLOCK_MS:
            self.tally.off_clock += 1
        if type(news) is Book:
            if place is None:
                self.tally.foreign += 1
            elif self._is_new(place.books, news.update_id):
                self._quote(news, place, ts_us)
            return BOOK
        if type(news) is Print:
            if place is None:
                self.tally.foreign += 1
            else:
                self._print(news, place, ts_us)
            return TRADE
        if place is None:
            self.tally.foreign += 1
        elif isinstance(news, Marking):
            self._mark(news, place, ts_us)
        return MARK

    def polled(self, quote: Quote, ts_us: int) -> None:
        """Take a quote that was asked for, as known now."""
        self.put(msgspec.structs.replace(quote, ts_us=ts_us, last=self._places[quote.symbol].last, source="poll"))

    def begin_anew(self, topics: Iterable[str], symbols: Iterable[str]) -> None:
        """Numbers of these topics need not follow on any more: their connection was rebuilt."""
        wanted = set(topics)
        for symbol in symbols:
            place = self._places[symbol]
            if BOOK in wanted:
                place.books = Numbers()
            if TRADE in wanted:
                place.trades = Numbers()
            if MARK in wanted:
                place.marked_ms = 0

    def _is_new(self, numbers: Numbers, number: int) -> bool:
        """Whether a number is beyond all before it."""
        if numbers.last is None or number > numbers.last:
            numbers.last, numbers.old = number, 0
            return True
        numbers.old += 1
        if numbers.old > RAN_BACK:
            self.tally.ran_back += 1
            numbers.last, numbers.old = number, 0
            return True
        self.tally.repeated += 1
        return False

    def _quote(self, news: Book, place: Place, ts_us: int) -> None:
        if not (0 < news.bid <= news.ask < math.inf and 0 <= news.bid_qty < math.inf and 0 <= news.ask_qty < math.inf):
            self.tally.senseless += 1
            return
        stamp_us = news.exchange_ms * 1_000
        self.put(Quote(ts_us, stamp_us, news.symbol, news.bid, news.ask, news.bid_qty, news.ask_qty, place.last, self._source))

    def _print(self, news: Print, place: Place, ts_us: int) -> None:
        before = place.trades.last
        if not self._is_new(place.trades, news.trade_id):
            return
        if before is not None and news.trade_id > before + 1:
            self._hole(news, place, missing=news.trade_id - before - 1, ts_us=ts_us)
        place.traded_us = ts_us
        if not (0 < news.price < math.inf and 0 < news.qty < math.inf):
            self.tally.senseless += 1
            return
        if news.is_market:
            place.last = news.price
            self.put(Trade(ts_us, news.exchange_ms * 1_000, news.symbol, news.price, news.qty, news.side, self._source))

    def _hole(self, news: Print, place: Place, *, missing: int, ts_us: int) -> None:
        """Say what is missing, at most once a second a symbol; from here on numbers follow the new one."""
        self.tally.holes += missing
        if ts_us - place.told_us >= GAP_EVERY_US:
            place.told_us = ts_us
            self.put(Gap(ts_us, news.symbol, place.traded_us, f"{missing} trades missing before {news.trade_id}"))

    def _mark(self, news: Marking, place: Place, ts_us: int) -> None:
        """A mark; where a later funding time is announced than before, the one before has settled at the rate last announced."""
        if news.exchange_ms <= place.marked_ms:
            self.tally.repeated += 1
            return
        if not (0 < news.mark < math.inf and 0 < news.index < math.inf and -1 < news.funding_rate < 1):
            self.tally.senseless += 1
            return
        place.marked_ms = news.exchange_ms
        if place.due is not None and news.next_funding_ms > place.due[1]:
            self.put(Settlement(ts_us, place.due[1] * 1_000, news.symbol, place.due[0], news.mark, self._source))
        if place.due is None or news.next_funding_ms >= place.due[1]:
            place.due = (news.funding_rate, news.next_funding_ms)
        stamp_us, due_us = news.exchange_ms * 1_000, news.next_funding_ms * 1_000
        self.put(Mark(ts_us, stamp_us, news.symbol, news.mark, news.index, news.funding_rate, due_us, self._source))
