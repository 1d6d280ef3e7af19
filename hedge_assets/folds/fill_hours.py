"""Fills of our orders hour by hour over the last month: how many rested, and what they cost, in a row of sums."""

from collections.abc import Iterable

import msgspec

from hedge_assets.folds.base import keep_newest
from hedge_assets.folds.execution_rows import FillRow
from hedge_assets.folds.sketch import Sketch
from hedge_assets.folds.weighted import Weighted

HOUR_US = 3_600_000_000
DAY_HOURS = 24
HOURS_KEPT = 32 * DAY_HOURS


class FillHour(msgspec.Struct, array_like=True, gc=False):
    """One hour, or more than one added up; `hour` (since 1970) is the first. Slippage in bps: each alone, and weighted by notional."""

    hour: int
    n: int = 0
    makers: int = 0
    notional_usd: float = 0.0
    maker_usd: float = 0.0
    spread: Sketch = msgspec.field(default_factory=Sketch)
    arrival: Weighted = msgspec.field(default_factory=Weighted)

    def add(self, row: FillRow) -> None:
        """One more fill."""
        self.n += 1
        self.notional_usd += row.notional_usd
        if row.liquidity == "maker":
            self.makers += 1
            self.maker_usd += row.notional_usd
        if row.slippage_bps is not None:
            self.spread.add(row.slippage_bps)
            self.arrival.add(row.slippage_bps, row.notional_usd)

    def plus(self, other: "FillHour") -> None:
        """All fills of another."""
        for name in ("n", "makers", "notional_usd", "maker_usd"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.spread.plus(other.spread)
        self.arrival.plus(other.arrival)


def count(hours: list[FillHour], row: FillRow) -> None:
    """A fill goes into the hour it came in, or the newest where time went back; the newest 768 hours with fills are kept."""
    hour = row.ts_us // HOUR_US
    if not hours or hour > hours[-1].hour:
        hours.append(FillHour(hour))
        keep_newest(hours, HOURS_KEPT)
    hours[-1].add(row)


def summed(hours: Iterable[FillHour], width: int) -> list[FillHour]:
    """Sums of stretches of so many hours, each called by its first."""
    found: dict[int, FillHour] = {}
    for each in hours:
        first = each.hour // width * width
        found.setdefault(first, FillHour(first)).plus(each)
    return list(found.values())
