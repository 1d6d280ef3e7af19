"""Leans against a stretch: sells when the close stands too far above its mean, buys when too far below."""

from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec

from executor.exits import exit_wish
from executor.signals import closed_now
from executor.strategies.base import Bar, Look, View, Wish


class MeanReversion:
    """Enters once, at the close of the bar on which the stretch crosses its threshold."""

    class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """Bars are minutes; `threshold` is in standard deviations of the closes, `stop_vols` and `take_vols`
        in units of one-minute volatility. `window_s` is how long after a bar's close its signal may be acted on.
        """

        mean_bars: int = 45
        threshold: float = 3.0
        stop_vols: float = 7.0
        take_vols: float = 4.0
        stop_floor_bps: float = 25.0
        take_floor_bps: float = 20.0
        timeout_s: float = 1800.0
        window_s: float = 5.0

    def __init__(self, params: Params) -> None:
        self._params = params

    def wishes(self, view: View) -> Iterable[Wish]:
        """Exits of its own positions on every loop, entries once a closed bar."""
        bar_us = closed_now(view, self._params.window_s)
        for symbol, look in view.looks.items():
            if look.holding is not None:
                wish = exit_wish(look, view) if look.holding.strategy == "mean_reversion" else None
            elif bar_us is not None and symbol not in view.busy:
                wish = self._entry(symbol, look, bar_us)
            else:
                continue
            if wish is not None:
                yield wish

    def _entry(self, symbol: str, look: Look, bar_us: int) -> Wish | None:
        params, bars, vol_bps = self._params, look.bars, look.vol_bps
        if not vol_bps or len(bars) <= params.mean_bars or bars[-1].ts_us != bar_us:
            return None
        now, before = stretch(bars, params.mean_bars, 0), stretch(bars, params.mean_bars, 1)
        if now is None or before is None or abs(now) < params.threshold or abs(before) >= params.threshold:
            return None
        return Wish(
            symbol=symbol,
            side="sell" if now > 0 else "buy",
            purpose="entry",
            reason=f"close {now:+.2f} deviations from its mean, line {params.threshold:.2f}, bar {bar_us}",
            strength=min(1.0, abs(now) / (2 * params.threshold)),
            stop_bps=max(params.stop_floor_bps, params.stop_vols * vol_bps),
            take_bps=max(params.take_floor_bps, params.take_vols * vol_bps),
            timeout_s=params.timeout_s,
        )


def stretch(bars: Sequence[Bar], mean_bars: int, back: int) -> float | None:
    """How many standard deviations a close stands from the mean of the closes up to it; null when none of them moved.

    `back` counts bars from the newest.
    """
    closes = [bars[n].close for n in range(-mean_bars - back, -back)]
    mean = sum(closes) / mean_bars
    deviation = sqrt(sum((close - mean) ** 2 for close in closes) / mean_bars)
    return None if deviation <= mean * 1e-9 else (closes[-1] - mean) / deviation


STRATEGY = MeanReversion
