"""NAV over time as a file has it: columns of equal length, in today's money as well, with the falls under it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import Field

from hedge_assets.document import Shape, moment
from hedge_assets.folds.curve import HOUR_US, Curve, CurvePoint
from hedge_assets.statistics.figures import number

SECOND_US = 1_000_000
DAY_US = 24 * HOUR_US
HOURS_SHOWN_US = 31 * DAY_US
MONEY_DIGITS, FRAC_DIGITS = 4, 6


class NavCurve(Shape):
    """NAV by minute, hour or day, oldest first: column by column, as a drawing wants it. A stretch without a NAV has no point.

    A point is the newest of its stretch, its time to the second, money to 1e-4 USD, shares to 1e-6.
    """

    ts: tuple[datetime, ...]
    nav_usd: tuple[float, ...]
    adjusted_usd: tuple[float | None, ...] | None = Field(
        description="the same in today's money: transfers since then moved it in proportion, so that a deposit is no gain; null where "
        "there was none (it is `nav_usd`), null of points from before the account was emptied"
    )
    drawdown_frac: tuple[float, ...] = Field(description="how far NAV stood below its peak so far")
    deepest_frac: tuple[float, ...] = Field(
        description="the deepest of its stretch: at every new low since the peak, and each minute's end"
    )


class NavSeries(Shape):
    """One account's NAV over time: what is in `hours` lies before `minutes`, what is in `days` before both."""

    minutes: NavCurve = Field(description="the newest 24 hours, one a minute")
    hours: NavCurve = Field(description="before them, of the newest 31 days, one an hour")
    days: NavCurve = Field(description="before them, one a UTC day")


def series(curve: Curve, *, hours_us: int = HOURS_SHOWN_US) -> NavSeries:
    """A curve with the newest day by minute, up to `hours_us` by hour, and what is older by day."""
    newest_us = curve.last.ts_us if curve.last else 0
    minutes = [point for point in curve.minutes if point.ts_us > newest_us - DAY_US]
    first_us = minutes[0].ts_us if minutes else newest_us
    older = [point for point in curve.hours if point.ts_us < first_us]
    hours = [point for point in older if point.ts_us > newest_us - hours_us]
    days = by_day(older[: len(older) - len(hours)])
    return NavSeries(minutes=nav_curve(minutes, curve), hours=nav_curve(hours, curve), days=nav_curve(days, curve))


def by_day(hours: Sequence[CurvePoint]) -> list[CurvePoint]:
    """The newest of each UTC day, with the deepest fall of it."""
    found: list[CurvePoint] = []
    for point in hours:
        before = found[-1] if found and found[-1].ts_us // DAY_US == point.ts_us // DAY_US else None
        deepest = point.deepest_frac if before is None else max(before.low_frac, point.deepest_frac)
        if before is not None:
            found.pop()
        found.append(CurvePoint(point.ts_us, point.nav, point.scale, point.fall_frac, deepest))
    return found


def nav_curve(points: Sequence[CurvePoint], curve: Curve) -> NavCurve:
    """Points as columns."""
    is_moved = any(point.scale != curve.scale or point.ts_us < curve.begun_us for point in points)
    return NavCurve(
        ts=tuple(moment(point.ts_us // SECOND_US * SECOND_US) for point in points),
        nav_usd=tuple(money(point.nav) for point in points),
        adjusted_usd=tuple(adjusted(point, curve) for point in points) if is_moved else None,
        drawdown_frac=tuple(round(point.fall_frac, FRAC_DIGITS) for point in points),
        deepest_frac=tuple(round(point.deepest_frac, FRAC_DIGITS) for point in points),
    )


def adjusted(point: CurvePoint, curve: Curve) -> float | None:
    """A point's NAV in today's money; null from before the account was emptied, or filled from nothing."""
    return None if point.ts_us < curve.begun_us else money(point.nav * (curve.scale / point.scale))


def money(value: Decimal) -> float:
    """Money as a curve shows it."""
    return round(number(value), MONEY_DIGITS)
