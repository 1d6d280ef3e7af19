"""Follows a move: buys when the fast mean of closes breaks away above the slow one, sells when below."""

from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec

from executor.exits import exit_wish
from executor.signals import closed_now
from executor.strategies.base import Bar, Look, View, Wish


class Momentum:
    """Enters once, at the close of the bar on which the gap between the means crosses its threshold."""

    class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """Bars are minutes; `threshold`, `stop_vols` and `take_vols` are in units of one-minute volatility.

        The gap is measured over `slow_bars` minutes, so its unit is the volatility times the root of that.
        `window_s` is how long after a bar's close its signal may still be acted on.
        """

        fast_bars: int = 8
        slow_bars: int = 30
        threshold: float = 0.6
        stop_vols: float = 6.0
        take_vols: float = 9.0
        stop_floor_bps: float = 20.0
        take_floor_bps: float = 30.0
        timeout_s: float = 3600.0
        window_s: float = 5.0

    def __init__(self, params: Params) -> None:
        self._params = params

    def wishes(self, view: View) -> Iterable[Wish]:
        """Exits of its own positions on every loop, entries once a closed bar."""
        bar_us = closed_now(view, self._params.window_s)
        for symbol, look in view.looks.items():
            if look.holding is not None:
                wish = exit_wish(look, view) if look.holding.strategy == "momentum" else None
            elif bar_us is not None and symbol not in view.busy:
                wish = self._entry(symbol, look, bar_us)
            else:
                continue
            if wish is not None:
                yield wish

    def _entry(self, symbol: str, look: Look, bar_us: int) -> Wish | None:
        params, bars, vol_bps = self._params, look.bars, look.vol_bps
        if not vol_bps or len(bars) <= params.slow_bars or bars[-1].ts_us != bar_us:
            return None
        before, now = gaps(bars, params.fast_bars, params.slow_bars)
        line_bps = params.threshold * vol_bps * sqrt(params.slow_bars)
        if abs(now) < line_bps or abs(before) >= line_bps:
            return None
        return Wish(
            symbol=symbol,
            side="buy" if now > 0 else "sell",
            purpose="entry",
            reason=f"means {now:+.1f} bps apart, line {line_bps:.1f}, bar {bar_us}",
            strength=min(1.0, abs(now) / (2 * line_bps)),
            stop_bps=max(params.stop_floor_bps, params.stop_vols * vol_bps),
            take_bps=max(params.take_floor_bps, params.take_vols * vol_bps),
            timeout_s=params.timeout_s,
        )


def gaps(bars: Sequence[Bar], fast_bars: int, slow_bars: int) -> tuple[float, float]:
    """How far the fast mean of closes stands above the slow one, in bps of the close, at the last bar but one and the last.

    Exponential means with weight 2 / (n + 1), begun two slow lengths back at most, at that close.
    """
    depth = min(len(bars), 2 * slow_bars)
    first = bars[-depth].close
    fast_weight, slow_weight = 2 / (fast_bars + 1), 2 / (slow_bars + 1)
    fast = slow = close = first
    before = 0.0
    for n in range(1 - depth, 0):
        before = (fast - slow) / close * 1e4
        close = bars[n].close
        fast += fast_weight * (close - fast)
        slow += slow_weight * (close - slow)
    return before, (fast - slow) / close * 1e4


STRATEGY = Momentum
