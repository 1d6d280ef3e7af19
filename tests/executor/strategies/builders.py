"""Views made of closes, in which everything not said is in order."""

from collections.abc import Iterable, Iterator, Sequence
from math import log, sqrt
from typing import Any

from executor.records.market import Quote
from executor.strategies.base import Bar, Holding, Look, Strategy, View, Wish

MINUTE_US = 60_000_000
START_US = 28_000_000 * MINUTE_US


def make_quote(mid: float, *, ts_us: int = START_US, half_spread_bps: float = 0.0) -> Quote:
    half = mid * half_spread_bps / 1e4
    return Quote(ts_us, ts_us, "BTCUSDT", mid - half, mid + half, 1.0, 1.0, mid, "replay")


def make_bars(closes: Sequence[float]) -> tuple[Bar, ...]:
    return tuple(Bar(START_US + n * MINUTE_US, close, close, close, close) for n, close in enumerate(closes))


def make_holding(**said: Any) -> Holding:
    plain = {
        "symbol": "BTCUSDT",
        "strategy": "momentum",
        "qty": 1.0,
        "entry_price": 100.0,
        "opened_us": START_US,
        "stop_bps": 50.0,
        "take_bps": 80.0,
        "timeout_s": 600.0,
    }
    return Holding(**(plain | said))


def make_view(
    closes: Sequence[float],
    *,
    late_s: float = 0.0,
    vol_bps: float | None = 5.0,
    holding: Holding | None = None,
    is_busy: bool = False,
    fresh: bool = True,
) -> View:
    """Just after the last of these one-minute closes, or `late_s` later."""
    now_us = START_US + len(closes) * MINUTE_US + round(late_s * 1e6)
    quote = make_quote(closes[-1], ts_us=now_us)
    look = Look(quote=quote, bars=make_bars(closes), closes=list(closes), vol_bps=vol_bps, holding=holding, fresh=fresh)
    return View(ts_us=now_us, bar_s=60.0, looks={"BTCUSDT": look}, busy=frozenset({"BTCUSDT"} if is_busy else ()))


def replayed(strategy: Strategy, name: str, rows: Iterable[Bar], *, kept: int = 120) -> Iterator[tuple[int, Wish]]:
    """Every wish over bars whose quotes come at the open, 20, 40 and 59.999 s, as a feed of bars gives them; filled at the touch."""
    bars: list[Bar] = []
    variance, holding = None, None
    for bar in rows:
        for seconds, mid in ((0, bar.open), (20, bar.low), (40, bar.high), (59.999, bar.close)):
            now_us = bar.ts_us + round(seconds * 1e6)
            vol_bps = None if variance is None else sqrt(variance)
            quote = make_quote(mid, ts_us=now_us, half_spread_bps=0.5)
            closes = [one.close for one in bars[-kept:]]
            look = Look(quote=quote, bars=tuple(bars[-kept:]), closes=closes, vol_bps=vol_bps, holding=holding, fresh=seconds == 0)
            for wish in strategy.wishes(View(ts_us=now_us, bar_s=60.0, looks={"BTCUSDT": look}, busy=frozenset())):
                yield now_us, wish
                holding = None if wish.purpose == "exit" else opened(wish, name, quote)
        if bars:
            move = (log(bar.close / bars[-1].close) * 1e4) ** 2
            variance = move if variance is None else 0.99 * variance + 0.01 * move
        bars.append(bar)


def opened(wish: Wish, name: str, quote: Quote) -> Holding:
    """The position an entry becomes when it is taken at once."""
    is_buy = wish.side == "buy"
    return make_holding(
        strategy=name,
        qty=1.0 if is_buy else -1.0,
        entry_price=quote.ask if is_buy else quote.bid,
        opened_us=quote.ts_us,
        stop_bps=wish.stop_bps,
        take_bps=wish.take_bps,
        timeout_s=wish.timeout_s,
    )
