"""How routing went over time and how its costs are spread: what is drawn of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import Field

from hedge_assets.advice.router_figures import share
from hedge_assets.document import Shape, moment
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.folds.execution_sums import ALL
from hedge_assets.folds.execution_tally import ExecutionTally, MarkoutTally
from hedge_assets.folds.fill_hours import DAY_HOURS, HOUR_US, FillHour, summed
from hedge_assets.statistics.histograms import Histogram, histogram
from hedge_assets.statistics.stats import wilson

HOURS_SHOWN = 7 * DAY_HOURS
DAYS_SHOWN = 30


class OverTime(Shape):
    """Fills of our orders by full hour or UTC day, as columns of equal length, oldest first, from the first that has one up to now.

    Where there was no fill the others are null. `maker_frac` is of filled notional, `maker_count_frac` of fills, with Wilson's 95 %
    interval. Slippage is against the mid at sending: the median is from a sketch, right to 1 %, the mean weighted by notional.
    """

    from_ts: tuple[datetime, ...]
    fills: tuple[int, ...]
    notional_usd: tuple[float, ...]
    maker_frac: tuple[float | None, ...]
    maker_count_frac: tuple[float | None, ...]
    maker_count_frac_low: tuple[float | None, ...]
    maker_count_frac_high: tuple[float | None, ...]
    slippage_bps_p50: tuple[float | None, ...]
    slippage_bps_mean: tuple[float | None, ...]


class MarkoutHistogram(Shape):
    """How markouts at one horizon are spread; positive is good for us."""

    horizon_s: int
    histogram: Histogram


class Distribution(Shape):
    """How slippage (positive is cost) and markouts of a symbol's fills in the window are spread, or of `all`."""

    symbol: str
    slippage: Histogram
    markouts: tuple[MarkoutHistogram, ...] = Field(description="at 1, 5, 30, 60 and 300 s, of mature fills")


def distributions(sums: Mapping[str, ExecutionTally]) -> tuple[Distribution, ...]:
    """Of all fills first, then by symbol."""
    head = "symbol/"
    named = {key.removeprefix(head): tally for key, tally in sorted(sums.items()) if key.startswith(head)}
    return tuple(distribution(name, tally) for name, tally in ({"all": sums.get(ALL, ExecutionTally())} | named).items())


def distribution(name: str, tally: ExecutionTally) -> Distribution:
    """One set of fills."""
    tallies = tally.fills.markouts or [MarkoutTally() for _ in HORIZONS_S]
    return Distribution(
        symbol=name,
        slippage=histogram(tally.fills.spread),
        markouts=tuple(
            MarkoutHistogram(horizon_s=horizon_s, histogram=histogram(each.sketches))
            for horizon_s, each in zip(HORIZONS_S, tallies, strict=True)
        ),
    )


def by_hour(hours: Sequence[FillHour], now_us: int) -> OverTime:
    """The last 7 days, hour by hour."""
    return over_time(hours, now_us, width=1, shown=HOURS_SHOWN)


def by_day(hours: Sequence[FillHour], now_us: int) -> OverTime:
    """The last 30 days, day by day."""
    return over_time(summed(hours, DAY_HOURS), now_us, width=DAY_HOURS, shown=DAYS_SHOWN)


def over_time(sums: Sequence[FillHour], now_us: int, *, width: int, shown: int) -> OverTime:
    """Sums of stretches of `width` hours, the newest `shown` and the one that is not over."""
    newest = now_us // HOUR_US // width * width
    known = {each.hour: each for each in sums if newest - shown * width <= each.hour <= newest}
    rows = [known.get(hour, FillHour(hour)) for hour in range(min(known, default=newest + width), newest + width, width)]
    bounds = [wilson(row.makers, row.n) for row in rows]
    return OverTime(
        from_ts=tuple(moment(row.hour * HOUR_US) for row in rows),
        fills=tuple(row.n for row in rows),
        notional_usd=tuple(round(row.notional_usd, 2) for row in rows),
        maker_frac=tuple(short(share(row.maker_usd, row.notional_usd)) for row in rows),
        maker_count_frac=tuple(short(share(row.makers, row.n)) for row in rows),
        maker_count_frac_low=tuple(short(each.low if each else None) for each in bounds),
        maker_count_frac_high=tuple(short(each.high if each else None) for each in bounds),
        slippage_bps_p50=tuple(short(row.spread.quantile(0.5)) for row in rows),
        slippage_bps_mean=tuple(short(row.arrival.mean) for row in rows),
    )


def short(value: float | None) -> float | None:
    """A figure to 1e-6."""
    return None if value is None else round(value, 6)
