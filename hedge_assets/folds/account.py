"""The account as the executor last wrote it, and NAV over time."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import msgspec

from executor.records.account import Account as AccountRecord
from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.orders import Fill, Funding, Transfer
from hedge_assets.folds.base import keep_newest, take
from hedge_assets.folds.roundtrips import DOLLARS, ZERO

MINUTE_US = 60_000_000
HOUR_US = 3_600_000_000
DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
MONDAY_US = 4 * DAY_US  # 1970-01-05 was a Monday
MINUTES_KEPT = 48 * 60
HOURS_KEPT = 400 * 24
DAYS_KEPT = 1_500


class NavPoint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """NAV at a moment, exact."""

    ts_us: int
    nav: Decimal


def put(points: list[NavPoint], point: NavPoint, width_us: int, *, kept: int) -> None:
    """One point for each stretch of time, the newest in it; the oldest go beyond `kept`."""
    if points and points[-1].ts_us // width_us == point.ts_us // width_us:
        points[-1] = point
    else:
        points.append(point)
        keep_newest(points, kept)


class Day(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One UTC day (`day` as days since 1970): opening and newest NAV, and money that came in or went out.

    A day opens with what the one before it closed with, so that returns leave no night out.
    """

    day: int
    open: Decimal
    close: Decimal
    flow: Decimal = Decimal(0)


class Account(msgspec.Struct, kw_only=True):
    """The newest account record and heartbeat; NAV by minute (48 h) and by hour (400 days), by UTC day.

    `peak` is the highest NAV so far in today's money: transfers move it in proportion, so that a
    deposit is no new high and a withdrawal no loss. `trough_frac` is the deepest fall below it (0..1),
    at `trough_us`, from the peak of `trough_peak_us`. `booked` is what fills, fees, funding and transfers have
    changed the wallet by since the first account record: `first_wallet + booked` is what the wallet must be.
    `week_flow` is the week's transfers, `pending_flow` those since the newest account record. A record
    in which a source did not answer updates `latest`, and none of the numbers over time; `known` is the newest
    NAV that all sources vouched for, `known_wallet` and `known_nav_us` go with it.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        AccountRecord: "account",
        Heartbeat: "beat",
        Fill: "fill",
        Funding: "fund",
        Transfer: "transfer",
    }

    latest: AccountRecord | None = None
    heartbeat: Heartbeat | None = None
    first: NavPoint | None = None
    peak: NavPoint | None = None
    trough_frac: float = 0.0
    trough_us: int | None = None
    minutes: list[NavPoint] = []
    hours: list[NavPoint] = []
    days: list[Day] = []
    week: int = 0
    week_open: Decimal | None = None
    flow_total: Decimal = Decimal(0)
    n: int = 0
    newest_us: int | None = None
    trough_peak_us: int | None = None
    first_wallet: Decimal | None = None
    booked: Decimal = Decimal(0)
    week_flow: Decimal = Decimal(0)
    pending_flow: Decimal = Decimal(0)
    known: NavPoint | None = None
    known_wallet: Decimal | None = None
    known_nav_us: int | None = None

    @property
    def drawdown_frac(self) -> float | None:
        """How far the newest known NAV stands below the peak, 0..1; null before any, or when the peak is not above 0."""
        if self.known is None or self.peak is None or self.peak.nav <= 0:
            return None
        return max(0.0, float((self.peak.nav - self.known.nav) / self.peak.nav))

    def take(self, record: Record) -> None:
        """Take one record of the orders or positions journal."""
        take(self, record)

    def beat(self, record: Heartbeat) -> None:
        """A loop was completed."""
        self.heartbeat = record
        self.newest_us = record.ts_us

    def fill(self, record: Fill) -> None:
        """A fill moves the wallet by its realized profit and its fee."""
        if self.first is not None:
            fee = record.fee if record.fee_asset in DOLLARS else ZERO
            self.booked += record.realized - fee

    def fund(self, record: Funding) -> None:
        """Funding moves the wallet."""
        if self.first is not None:
            self.booked += record.amount

    def transfer(self, record: Transfer) -> None:
        """A transfer moves the wallet, and is no profit."""
        if self.first is not None and record.asset in DOLLARS:
            self.booked += record.amount
            self.flow_total += record.amount
            self.pending_flow += record.amount

    def account(self, record: AccountRecord) -> None:
        """The venue's books, once a loop."""
        self.latest = record
        self.newest_us = record.ts_us
        self.n += 1
        if any(answer != "ok" for answer in record.sources.values()):
            return
        point = NavPoint(record.ts_us, record.wallet + record.unrealised)
        before = self.known
        if before is None:
            self.first = self.peak = point
            self.first_wallet = record.wallet
        put(self.minutes, point, MINUTE_US, kept=MINUTES_KEPT)
        put(self.hours, point, HOUR_US, kept=HOURS_KEPT)
        self._day(point, before)
        self._week(point, before)
        self._peak(point, before)
        self.pending_flow = ZERO
        self.known, self.known_wallet, self.known_nav_us = point, record.wallet, record.nav_ts_us

    def _day(self, point: NavPoint, before: NavPoint | None) -> None:
        day = point.ts_us // DAY_US
        if not self.days or self.days[-1].day != day:
            opening = point.nav if before is None else before.nav
            self.days.append(Day(day=day, open=opening, close=point.nav))
            keep_newest(self.days, DAYS_KEPT)
        self.days[-1].close = point.nav
        self.days[-1].flow += self.pending_flow

    def _week(self, point: NavPoint, before: NavPoint | None) -> None:
        week = (point.ts_us - MONDAY_US) // WEEK_US
        if self.week_open is None or week != self.week:
            self.week, self.week_flow = week, ZERO
            self.week_open = point.nav if before is None else before.nav
        self.week_flow += self.pending_flow

    def _peak(self, point: NavPoint, before: NavPoint | None) -> None:
        peak = self.peak
        if peak is None:
            return
        if self.pending_flow and before is not None and before.nav > 0:
            scale = max(ZERO, (before.nav + self.pending_flow) / before.nav)
            self.peak = peak = NavPoint(peak.ts_us, peak.nav * scale)
        if point.nav >= peak.nav:
            self.peak = point
        elif peak.nav > 0:
            fall = float((peak.nav - point.nav) / peak.nav)
            if fall > self.trough_frac:
                self.trough_frac, self.trough_us, self.trough_peak_us = fall, point.ts_us, peak.ts_us
