"""Follows a move: buys when the fast mean of closes breaks away above the slow one, sells when below."""

from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec

from executor.exits import wishes_of
from executor.strategies.base import Look, View, Wish


class Momentum:
    """Enters once, at the close of the bar on which the gap between the means crosses its threshold."""

    class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """`threshold`, `stop_vols` and `take_vols` are in units of the volatility from bar to bar.

        The gap is measured over `slow_bars` bars, so its unit is the volatility times the root of that.
        """

        fast_bars: int = 8
        slow_bars: int = 30
        threshold: float = 0.6
        stop_vols: float = 6.0
        take_vols: float = 9.0
        stop_floor_bps: float = 20.0
        take_floor_bps: float = 30.0
        timeout_bars: int = 60

    def __init__(self, params: Params) -> None:
        self._params = params
        self._line_vols = params.threshold * sqrt(params.slow_bars)

    def wishes(self, view: View) -> Iterable[Wish]:
        """Exits of its own positions on every loop, entries once a closed bar."""
        return wishes_of("momentum", view, self._entry)

    def _entry(self, look: Look, bar_s: float) -> Wish | None:
        params, closes, vol_bps = self._params, look.closes, look.vol_bps
        if not vol_bps or len(closes) <= params.slow_bars:
            return None
        now, line_bps = gap_bps(closes[-params.slow_bars :], params.fast_bars), self._line_vols * vol_bps
        if -line_bps < now < line_bps or abs(gap_bps(closes[-params.slow_bars - 1 : -1], params.fast_bars)) >= line_bps:
            return None
        return Wish(
            symbol=look.quote.symbol,
            side="buy" if now > 0 else "sell",
            purpose="entry",
            reason=f"means {now:+.1f} bps apart, line {line_bps:.1f}",
            strength=min(1.0, abs(now) / (2 * line_bps)),
            stop_bps=max(params.stop_floor_bps, params.stop_vols * vol_bps),
            take_bps=max(params.take_floor_bps, params.take_vols * vol_bps),
            timeout_s=params.timeout_bars * bar_s,
        )


def gap_bps(closes: Sequence[float], fast_bars: int) -> float:
    """How far the mean of the newest `fast_bars` closes stands above the mean of all of them, in bps of the latter."""
    slow = sum(closes) / len(closes)
    return (sum(closes[-fast_bars:]) / fast_bars / slow - 1) * 1e4


STRATEGY = Momentum
