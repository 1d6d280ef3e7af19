"""What happens between minutes: prices on a grid by Brownian bridges, one-tick books, sizes, and the trades of others."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from executor.market_model.facts import ASSUMED, decimals_of
from executor.market_model.minutes import BLOCK_MINUTES, Carried, Floats, Minutes, generator
from executor.market_model.scenarios import Overlay

PATH_STREAM = 2
BPS = 1e-4
SIZE_LOG_SD, SIZE_MEMORY = 0.9, 8
TRADE_LOG_SD = 1.0
ACTIVITY_FLOOR, ACTIVITY_CEILING = 0.3, 4.0
LEAN = 0.35  # how much likelier a trade is to be in the direction the price just moved

Ints = npt.NDArray[np.int64]


class Books(msgspec.Struct, frozen=True):
    """The books of a block, (instant, symbol)."""

    bid: Floats
    ask: Floats
    bid_qty: Floats
    ask_qty: Floats
    moved: Floats


class Prints(msgspec.Struct, frozen=True):
    """Trades of a block in order of instant: when (instant's number), what (symbol's number), price, quantity, taker buys."""

    instant: Ints
    symbol: Ints
    price: Floats
    qty: Floats
    buys: npt.NDArray[np.bool_]


def log_path(carried: Carried, minutes: Minutes, *, steps: int, chance: np.random.Generator) -> Floats:
    """Log price from its start in bps at each instant, (instant, symbol); the first is where the block before ended.

    In each minute the steps are normal with the minute's deviation, and bridged so that they sum to the minute's
    return; a jump lands whole on one of them."""
    symbols = len(carried.level_bps)
    noise = chance.standard_normal((BLOCK_MINUTES, steps, symbols))
    noise -= noise.mean(axis=1, keepdims=True)
    moves = noise * (minutes.sd_bps / math.sqrt(steps))[:, None, :] + (minutes.calm_bps / steps)[:, None, :]
    lands = chance.integers(steps, size=(BLOCK_MINUTES, symbols))
    minute, symbol = np.nonzero(minutes.jump_bps)
    moves[minute, lands[minute, symbol], symbol] += minutes.jump_bps[minute, symbol]
    ends = np.cumsum(moves.reshape(BLOCK_MINUTES * steps, symbols), axis=0)
    return np.array(carried.level_bps) + np.concatenate((np.zeros((1, symbols)), ends[:-1]))


def drifting_sizes(shape: tuple[int, int], chance: np.random.Generator) -> Floats:
    """Log-normal sizes around one that wander: the mean of the last few draws, scaled back to their deviation."""
    sums = np.cumsum(chance.standard_normal((shape[0] + SIZE_MEMORY, shape[1])), axis=0)
    return np.exp(SIZE_LOG_SD * (sums[SIZE_MEMORY:] - sums[:-SIZE_MEMORY]) / math.sqrt(SIZE_MEMORY))


def rounded(values: Floats, sizes: Sequence[str]) -> Floats:
    """Quantities (last axis: symbol) as whole steps, at least one."""
    steps = np.array([float(size) for size in sizes])
    places = max(decimals_of(size) for size in sizes)
    whole: Floats = np.round(np.maximum(np.rint(values / steps), 1.0) * steps, places)
    return whole


def books_of(symbols: Sequence[str], path_bps: Floats, *, overlay: Overlay, chance: np.random.Generator) -> Books:
    """Books around a path: the bid is the tick at or below the price, the ask stands `spread_ticks` above it."""
    per_unit = np.array([10.0 ** decimals_of(ASSUMED[symbol].tick_size) for symbol in symbols])
    start = np.array([ASSUMED[symbol].start_price for symbol in symbols])
    price = start * np.exp(overlay.motion * path_bps * BPS + overlay.log_shift[:, None])
    widening = overlay.spread_ticks[:, None] - 1
    bid_ticks = np.maximum(np.floor(price * per_unit + 1e-6) - widening // 2, 1.0)
    touch = np.array([ASSUMED[symbol].touch_usd for symbol in symbols]) / start * overlay.size_frac[:, None]
    steps = [ASSUMED[symbol].step_size for symbol in symbols]
    moved = np.diff(bid_ticks, axis=0, prepend=bid_ticks[:1])
    bid_qty = rounded(touch * drifting_sizes(price.shape, chance), steps)
    ask_qty = rounded(touch * drifting_sizes(price.shape, chance), steps)
    return Books(bid_ticks / per_unit, (bid_ticks + widening + 1.0) / per_unit, bid_qty, ask_qty, moved)


def prints_of(symbols: Sequence[str], books: Books, *, minutes: Minutes, overlay: Overlay, chance: np.random.Generator) -> Prints:
    """Trades of others: Poisson in number, log-normal in size, at the touch that stood before the instant."""
    steps = books.bid.shape[0] // BLOCK_MINUTES
    usual = np.array([ASSUMED[symbol].trades_per_minute for symbol in symbols]) / steps
    pace = np.repeat(np.clip(minutes.activity, ACTIVITY_FLOOR, ACTIVITY_CEILING), steps, axis=0)
    counts = chance.poisson(usual * pace * overlay.trade_factor[:, None]).ravel()
    place = np.repeat(np.arange(counts.size), counts)
    instant, symbol = np.divmod(place, len(symbols))
    buys = chance.random(place.size) < 0.5 + LEAN * np.sign(books.moved[instant, symbol])
    before = np.maximum(instant - 1, 0)
    price = np.where(buys, books.ask[before, symbol], books.bid[before, symbol])
    mean_qty = np.array([ASSUMED[name].trade_usd / ASSUMED[name].start_price for name in symbols])[symbol]
    qty = mean_qty * np.exp(TRADE_LOG_SD * chance.standard_normal(place.size) - TRADE_LOG_SD**2 / 2)
    step = np.array([float(ASSUMED[name].step_size) for name in symbols])[symbol]
    whole = np.round(np.maximum(np.rint(qty / step), 1.0) * step, max(decimals_of(ASSUMED[name].step_size) for name in symbols))
    return Prints(instant, symbol, price, whole, buys)


def last_prices(prints: Prints, shape: tuple[int, int], *, before: Sequence[float | None]) -> Floats:
    """Last traded price at each instant, (instant, symbol); not a number while there was none."""
    table = np.full((shape[0] + 1, shape[1]), np.nan)
    table[0] = [math.nan if price is None else price for price in before]
    table[prints.instant + 1, prints.symbol] = prints.price
    filled = np.where(np.isnan(table), 0, np.arange(shape[0] + 1)[:, None])
    newest = np.maximum.accumulate(filled, axis=0)
    known: Floats = np.take_along_axis(table, newest, axis=0)[1:]
    return known


def path_chance(seed: int, block: int) -> np.random.Generator:
    """Chance for what happens inside block `block`."""
    return generator(seed, stream=PATH_STREAM, index=block)
