"""Leans against a stretch: sells when the close stands too far above its mean, buys when too far below."""

from collections.abc import Iterable, Sequence
from math import dist, sqrt

import msgspec

from executor.exits import wishes_of
from executor.strategies.base import Look, View, Wish


class MeanReversion:
    """Enters once, at the close of the bar on which the stretch crosses its threshold."""

    class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """`threshold` is in standard deviations of the closes, `stop_vols` and `take_vols` in units of the
        volatility from bar to bar.
        """

        mean_bars: int = 45
        threshold: float = 3.0
        stop_vols: float = 7.0
        take_vols: float = 4.0
        stop_floor_bps: float = 25.0
        take_floor_bps: float = 20.0
        timeout_bars: int = 30

    def __init__(self, params: Params) -> None:
        self._params = params

    def wishes(self, view: View) -> Iterable[Wish]:
        """Exits of its own positions on every loop, entries once a closed bar."""
        return wishes_of("mean_reversion", view, self._entry)

    def _entry(self, look: Look, bar_s: float) -> Wish | None:
        params, closes, vol_bps = self._params, look.closes, look.vol_bps
        if not vol_bps or len(closes) <= params.mean_bars:
            return None
        now = stretch(closes[-params.mean_bars :])
        if now is None or abs(now) < params.threshold:
            return None
        before = stretch(closes[-params.mean_bars - 1 : -1])
        if before is None or abs(before) >= params.threshold:
            return None
        return Wish(
            symbol=look.quote.symbol,
            side="sell" if now > 0 else "buy",
            purpose="entry",
            reason=f"close {now:+.2f} deviations from its mean, line {params.threshold:.2f}",
            strength=min(1.0, abs(now) / (2 * params.threshold)),
            stop_bps=max(params.stop_floor_bps, params.stop_vols * vol_bps),
            take_bps=max(params.take_floor_bps, params.take_vols * vol_bps),
            timeout_s=params.timeout_bars * bar_s,
        )


def stretch(closes: Sequence[float]) -> float | None:
    """How many standard deviations the newest close stands from the mean of all of them; null when none of them moved."""
    count = len(closes)
    mean = sum(closes) / count
    deviation = dist(closes, (mean,) * count) / sqrt(count)
    return None if deviation <= mean * 1e-9 else (closes[-1] - mean) / deviation


STRATEGY = MeanReversion
