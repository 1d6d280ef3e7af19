"""NAV over time in one account, in little room: hour by hour, its peak and deepest fall."""

from decimal import Decimal

import msgspec

from hedge_assets.folds.account import HOUR_US, MINUTE_US, NavPoint, put

HOURS_KEPT = 62 * 24
MINUTES_KEPT = 6 * 60
FEW_HOURS = 6


class Curve(msgspec.Struct, kw_only=True):
    """The newest NAV of each hour (62 days of them) and of each minute (6 hours), the first of all, and what came in from outside
    since (`flows`; `pending` is what came since the newest look).

    `trough_frac` is the deepest fall (0..1) from the highest NAV so far. Money that comes in or goes out is no gain and no fall: it
    moves the peak in proportion, as in `folds.account`.
    """

    hours: list[NavPoint] = []
    minutes: list[NavPoint] = []
    first: NavPoint | None = None
    last: NavPoint | None = None
    flows: Decimal = Decimal(0)
    pending: Decimal = Decimal(0)
    peak: Decimal | None = None
    trough_frac: float = 0.0

    def add(self, ts_us: int, nav: Decimal) -> None:
        """One more look at NAV (USD, exact)."""
        last = self.last
        point = self.last = NavPoint(ts_us, nav)
        if last is None or self.peak is None:
            self.first, self.peak = point, nav
            self.hours.append(point)
            self.minutes.append(point)
            return
        put(self.hours, point, HOUR_US, kept=HOURS_KEPT)
        put(self.minutes, point, MINUTE_US, kept=MINUTES_KEPT)
        if self.pending:
            self._move_peak(last.nav)
        if nav >= self.peak:
            self.peak = nav
        elif self.peak > 0:
            self.trough_frac = max(self.trough_frac, float((self.peak - nav) / self.peak))

    def flow(self, amount: Decimal) -> None:
        """Money came in, or went out (below 0), in USD; what came before the first look is in it."""
        if self.first is not None:
            self.flows += amount
            self.pending += amount

    def _move_peak(self, nav: Decimal) -> None:
        if nav > 0 and self.peak is not None:
            self.peak = max(Decimal(0), self.peak * (nav + self.pending) / nav)
        self.pending = Decimal(0)

    def points(self, most: int) -> list[NavPoint]:
        """The newest points, by the hour, or by the minute while there are few hours."""
        return (self.hours if len(self.hours) >= FEW_HOURS else self.minutes)[-most:]

    @property
    def gain(self) -> Decimal | None:
        """What was earned since the first look, in USD; null before any."""
        if self.first is None or self.last is None:
            return None
        return self.last.nav - self.first.nav - self.flows
