"""How a block of the made market becomes events, instant by instant."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import repeat

import msgspec
import numpy as np

from executor.market_model.funding import INTERVAL_US, funding_rates
from executor.market_model.minutes import BLOCK_MINUTES, Carried, Floats, minutes_of
from executor.market_model.paths import Books, Prints, books_of, last_prices, log_path, path_chance, prints_of
from executor.market_model.scenarios import SPIKE_RATE, overlay_of
from executor.records.market import Gap, Mark, MarketEvent, Quote, Settlement, Source, Trade

MINUTE_US = 60_000_000
BLOCK_US = BLOCK_MINUTES * MINUTE_US
MARK_US = 3_000_000
PREMIUM_OF_FUNDING = 0.5  # how far the mark stands above the index, as a share of the rate due
SOURCE: Source = "synthetic"


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """What a made market is: symbols, seed, scenario, its first instant and the time between instants."""

    symbols: tuple[str, ...]
    seed: int
    scenario: str
    origin_us: int
    step_us: int

    def rates_of(self, interval: int) -> list[float]:
        """Funding rates (fractions) settled at the end of an interval, counted in eight hours since 1970."""
        if self.scenario == "funding_spike" and interval == self.origin_us // INTERVAL_US:
            return [SPIKE_RATE] * len(self.symbols)
        return funding_rates(self.symbols, seed=self.seed, interval=interval)


class Block(msgspec.Struct, frozen=True):
    """Events of one block by instant (empty while the feed is silent), and what the next block starts from."""

    instants: list[list[MarketEvent]]
    carried: Carried
    last: tuple[float | None, ...]


def block_of(market: Market, block: int, *, carried: Carried, last: Sequence[float | None]) -> Block:
    """Block number `block`, counted from the market's start, given how the one before ended."""
    start_us = market.origin_us + block * BLOCK_US
    steps = MINUTE_US // market.step_us
    offsets_us = block * BLOCK_US + np.arange(BLOCK_MINUTES * steps) * market.step_us
    overlay = overlay_of(market.scenario, offsets_us / 1e6)
    minutes = minutes_of(market.symbols, carried, seed=market.seed, block=block, first_minute=start_us // MINUTE_US)
    chance = path_chance(market.seed, block)
    path = log_path(carried, minutes, steps=steps, chance=chance)
    books = books_of(market.symbols, path, overlay=overlay, chance=chance)
    prints = prints_of(market.symbols, books, minutes=minutes, overlay=overlay, chance=chance)
    lasts = last_prices(prints, books.bid.shape, before=last)
    stamps = (market.origin_us + offsets_us).tolist()
    instants = assembled(market, books, prints=prints, lasts=lasts, stamps=stamps)
    silent = np.flatnonzero(overlay.silent).tolist()  # an outage begins and ends in one block
    for place in silent:
        instants[place] = []
    if silent:
        back = silent[-1] + 1
        instants[back].insert(0, Gap(stamps[back], "", stamps[silent[0] - 1], "outage"))
    return Block(instants, minutes.carried, tuple(known_of(lasts[-1])))


def assembled(market: Market, books: Books, *, prints: Prints, lasts: Floats, stamps: list[int]) -> list[list[MarketEvent]]:
    """Events of each instant: trades against the book before, then the new book, then marks and settlements."""
    quotes, trades = quotes_of(market.symbols, books, lasts=lasts, stamps=stamps), trades_of(market.symbols, prints, stamps=stamps)
    edges = np.searchsorted(prints.instant, np.arange(len(stamps) + 1)).tolist()
    extras = extras_of(market, books, stamps=stamps)
    width = len(market.symbols)
    return [
        [*trades[edges[place] : edges[place + 1]], *quotes[place * width : (place + 1) * width], *extras.get(place, ())]
        for place in range(len(stamps))
    ]


def known_of(prices: Floats) -> list[float | None]:
    """Prices, with what is not a number as unknown."""
    if np.isnan(prices).any():
        return [None if math.isnan(price) else price for price in prices.tolist()]
    return list(prices.tolist())


def quotes_of(symbols: Sequence[str], books: Books, *, lasts: Floats, stamps: list[int]) -> list[Quote]:
    """Quotes by instant, then symbol."""
    times = np.repeat(stamps, len(symbols)).tolist()
    names = list(symbols) * len(stamps)
    columns = (books.bid.ravel().tolist(), books.ask.ravel().tolist(), books.bid_qty.ravel().tolist(), books.ask_qty.ravel().tolist())
    return list(map(Quote, times, times, names, *columns, known_of(lasts.ravel()), repeat(SOURCE)))


def trades_of(symbols: Sequence[str], prints: Prints, *, stamps: list[int]) -> list[Trade]:
    """Trades in order of instant."""
    times = np.array(stamps)[prints.instant].tolist()
    names = [symbols[place] for place in prints.symbol.tolist()]
    sides = ["buy" if buys else "sell" for buys in prints.buys.tolist()]
    return list(map(Trade, times, times, names, prints.price.tolist(), prints.qty.tolist(), sides, repeat(SOURCE)))


def extras_of(market: Market, books: Books, *, stamps: list[int]) -> Mapping[int, list[MarketEvent]]:
    """Marks each three seconds, and settlements at 00, 08 and 16 h UTC, by instant's number."""
    extras: defaultdict[int, list[MarketEvent]] = defaultdict(list)
    mids = (books.bid + books.ask) / 2
    rates_of: dict[int, list[float]] = {}
    for place, now_us in enumerate(stamps):
        if now_us // MARK_US == (now_us - market.step_us) // MARK_US and now_us != market.origin_us:
            continue
        interval = now_us // INTERVAL_US
        for due in (interval - 1, interval):
            if due not in rates_of:
                rates_of[due] = market.rates_of(due)
        due_us, row = (interval + 1) * INTERVAL_US, mids[place].tolist()
        for symbol, mid, rate in zip(market.symbols, row, rates_of[interval], strict=True):
            index = round(mid / (1.0 + PREMIUM_OF_FUNDING * rate), 8)
            extras[place].append(Mark(now_us, now_us, symbol, round(mid, 8), index, rate, due_us, SOURCE))
        if now_us % INTERVAL_US == 0:
            settled = zip(market.symbols, row, rates_of[interval - 1], strict=True)
            extras[place].extend(Settlement(now_us, now_us, symbol, rate, round(mid, 8), SOURCE) for symbol, mid, rate in settled)
    return extras
