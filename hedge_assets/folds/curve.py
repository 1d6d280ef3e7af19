"""NAV over time in one account, in little room: by minute and by hour, its peak and deepest fall, money from outside apart."""

from decimal import Decimal

import msgspec

from hedge_assets.folds.base import keep_newest

MINUTE_US = 60_000_000
HOUR_US = 3_600_000_000
MINUTES_KEPT = 25 * 60
HOURS_KEPT = 400 * 24
ZERO, ONE = Decimal(0), Decimal(1)


class NavPoint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """NAV at a moment, exact."""

    ts_us: int
    nav: Decimal


class CurvePoint(msgspec.Struct, array_like=True, gc=False):
    """The newest NAV of one minute or hour, how far it stood below the peak (`fall_frac`), and the curve's `scale` then.

    `low_frac` is the deepest of the falls within that were told to last: every new low since the peak, and of an hour the ends of its
    minutes. It is so told because a reading that passes over what is between (`tables.quiet_loops`) finds the same.
    """

    ts_us: int
    nav: Decimal
    scale: Decimal
    fall_frac: float = 0.0
    low_frac: float = 0.0

    @property
    def deepest_frac(self) -> float:
        """The deepest fall of the minute or hour, 0..1."""
        return max(self.fall_frac, self.low_frac)


class Curve(msgspec.Struct, kw_only=True):
    """The newest NAV of each minute (25 h) and hour (`hours_kept`), the first, the last, and what came in from outside since the first
    (`flows`; `pending` is what came since the newest look).

    `peak` is the highest NAV so far in today's money: what comes in or goes out moves it in proportion, so that a deposit is no new high
    and a withdrawal no loss; so it does `lowest`, the lowest since. `trough_frac` is the deepest fall below a peak (0..1), at `trough_us`,
    from the peak of `trough_peak_us`. `scale` is by how much all that came and went has multiplied NAV since the first look: NAV of
    then times scale of now over scale of then is NAV of then in today's money. It begins anew, at `begun_us`, where an account was
    emptied, or filled from nothing: nothing earlier has a worth in today's money.
    """

    hours_kept: int = HOURS_KEPT
    minutes: list[CurvePoint] = []
    hours: list[CurvePoint] = []
    first: NavPoint | None = None
    last: NavPoint | None = None
    peak: NavPoint | None = None
    lowest: Decimal = ZERO
    flows: Decimal = ZERO
    pending: Decimal = ZERO
    scale: Decimal = ONE
    begun_us: int = 0
    trough_frac: float = 0.0
    trough_us: int | None = None
    trough_peak_us: int | None = None

    @property
    def gain(self) -> Decimal | None:
        """What was earned since the first look, in USD; null before any."""
        if self.first is None or self.last is None:
            return None
        return self.last.nav - self.first.nav - self.flows

    @property
    def drawdown_frac(self) -> float | None:
        """How far the newest NAV stands below the peak, 0..1; null before any, or when the peak is not above 0."""
        if self.last is None or self.peak is None or self.peak.nav <= 0:
            return None
        return max(0.0, float((self.peak.nav - self.last.nav) / self.peak.nav))

    def flow(self, amount: Decimal) -> None:
        """Money came in, or went out (below 0), in USD; what came before the first look is in it."""
        if self.first is not None:
            self.flows += amount
            self.pending += amount

    def add(self, ts_us: int, nav: Decimal) -> None:
        """One more look at NAV (USD, exact)."""
        before, point = self.last, NavPoint(ts_us, nav)
        self.last = point
        if before is None or self.peak is None:
            self.first = self.peak = point
            self.lowest = nav
            self._put(point, 0.0, is_low=False)
            return
        if self.pending:
            self._move(before.nav, ts_us)
        if nav >= self.peak.nav:
            self.peak, self.lowest = point, nav
            self._put(point, 0.0, is_low=False)
            return
        is_low = nav < self.lowest
        if is_low:
            self.lowest = nav
        fall = float((self.peak.nav - nav) / self.peak.nav) if self.peak.nav > 0 else 0.0
        if fall > self.trough_frac:
            self.trough_frac, self.trough_us, self.trough_peak_us = fall, ts_us, self.peak.ts_us
        self._put(point, fall, is_low=is_low)

    def _move(self, nav: Decimal, ts_us: int) -> None:
        """What came or went moves everything of before in proportion; `nav` is what it came to."""
        after = nav + self.pending
        if nav > 0 and self.peak is not None:
            self.peak = NavPoint(self.peak.ts_us, max(ZERO, self.peak.nav * after / nav))
            self.lowest = max(ZERO, self.lowest * after / nav)
        if nav > 0 and after > 0:
            self.scale = self.scale * after / nav
        else:
            self.scale, self.begun_us = ONE, ts_us
        self.pending = ZERO

    def _put(self, point: NavPoint, fall: float, *, is_low: bool) -> None:
        if self.hours and (not self.minutes or point.ts_us // MINUTE_US > self.minutes[-1].ts_us // MINUTE_US):
            ended = self.hours[-1]
            ended.low_frac = ended.deepest_frac
        for points, width_us, kept in ((self.minutes, MINUTE_US, MINUTES_KEPT), (self.hours, HOUR_US, self.hours_kept)):
            if not points or point.ts_us // width_us > points[-1].ts_us // width_us:
                points.append(CurvePoint(point.ts_us, point.nav, self.scale))
                keep_newest(points, kept)
            newest = points[-1]
            newest.ts_us, newest.nav, newest.scale, newest.fall_frac = max(point.ts_us, newest.ts_us), point.nav, self.scale, fall
            if is_low and fall > newest.low_frac:
                newest.low_frac = fall
