"""How much larger the shadow's orders are: ratios and differences of notional, mirrored when the two sides are swapped."""

import math

import msgspec

from hedge_assets.folds.moments import Moments
from hedge_assets.folds.sketch import Sketch


class SizeTally(msgspec.Struct):
    """Shadow against live for entries that both approved: logarithms of shadow over live, and differences (shadow less live) in USD."""

    logs: Moments = msgspec.field(default_factory=Moments)
    log_bins: Sketch = msgspec.field(default_factory=Sketch)
    diff: Moments = msgspec.field(default_factory=Moments)
    diffs: Sketch = msgspec.field(default_factory=Sketch)
    away: Moments = msgspec.field(default_factory=Moments)
    larger: int = 0
    smaller: int = 0

    def add(self, live_usd: float, shadow_usd: float) -> None:
        """One more entry; both above 0."""
        diff, ratio = shadow_usd - live_usd, math.log(shadow_usd) - math.log(live_usd)
        self.logs.add(ratio)
        self.log_bins.add(ratio)
        self.diff.add(diff)
        self.diffs.add(diff)
        self.away.add(abs(diff))
        self.larger += diff > 0
        self.smaller += diff < 0

    def plus(self, other: "SizeTally") -> None:
        """All entries of another."""
        self.logs.plus(other.logs)
        self.log_bins.plus(other.log_bins)
        self.diff.plus(other.diff)
        self.diffs.plus(other.diffs)
        self.away.plus(other.away)
        self.larger += other.larger
        self.smaller += other.smaller

    def ratio(self, q: float) -> float | None:
        """A quantile of shadow over live; swapped sides give one over the opposite quantile."""
        log = mirrored(self.log_bins, q)
        return None if log is None else math.exp(log)


def mirrored(sketch: Sketch, q: float) -> float | None:
    """A quantile half way between the nearest ranks from below and from above: turning every sign turns it into the opposite one."""
    below = sketch.quantile(q)
    above = Sketch(over=sketch.under, under=sketch.over, zeros=sketch.zeros).quantile(1 - q)
    return None if below is None or above is None else (below - above) / 2
