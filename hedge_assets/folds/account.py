"""The account as the executor last wrote it, and NAV over time."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import msgspec

from executor.records.account import Account as AccountRecord
from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.orders import Boot, Fill, Funding, Transfer
from hedge_assets.folds.base import keep_newest, take
from hedge_assets.folds.curve import HOUR_US, MINUTE_US, Curve, NavPoint
from hedge_assets.folds.roundtrips import DOLLARS, ZERO

__all__ = ["HOUR_US", "MINUTE_US", "Account", "Curve", "Day", "NavPoint"]

DAY_US = 24 * HOUR_US
WEEK_US = 7 * DAY_US
MONDAY_US = 4 * DAY_US  # 1970-01-05 was a Monday
DAYS_KEPT = 1_500
GAPS_KEPT = 200
GAP_US = 2 * MINUTE_US


class Day(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One UTC day (`day` as days since 1970): opening and newest NAV, and money that came in or went out.

    A day opens with what the one before it closed with, so that returns leave no night out.
    """

    day: int
    open: Decimal
    close: Decimal
    flow: Decimal = Decimal(0)


class Gap(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stretch in which nobody vouched for NAV: from the last look before it to the first behind it."""

    from_us: int
    until_us: int


class Account(msgspec.Struct, kw_only=True):
    """The newest account record and heartbeat; NAV over time (`curve`), and by UTC day.

    `booked` is what fills, fees, funding and transfers have changed the wallet by since the first account record: `first_wallet +
    booked` is what the wallet must be. `week_flow` is the week's transfers. A record in which a source did not answer updates `latest`,
    and none of the numbers over time; `known` is the newest NAV that all sources vouched for, `known_wallet` and `known_nav_us` go with it.

    `gaps` are the newest 200 stretches without such a NAV that were longer than two minutes, or than two bars of the feed (`bar_s`): the
    desk was off, or a source silent.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        AccountRecord: "account",
        Heartbeat: "beat",
        Fill: "fill",
        Funding: "fund",
        Transfer: "transfer",
        Boot: "boot",
    }

    latest: AccountRecord | None = None
    heartbeat: Heartbeat | None = None
    curve: Curve = msgspec.field(default_factory=Curve)
    days: list[Day] = []
    week: int = 0
    week_open: Decimal | None = None
    n: int = 0
    newest_us: int | None = None
    first_wallet: Decimal | None = None
    booked: Decimal = ZERO
    week_flow: Decimal = ZERO
    known_wallet: Decimal | None = None
    known_nav_us: int | None = None
    gaps: list[Gap] = []
    bar_s: float = 0.0

    @property
    def known(self) -> NavPoint | None:
        """The newest NAV that all sources vouched for."""
        return self.curve.last

    def take(self, record: Record) -> None:
        """Take one record of the orders or positions journal."""
        take(self, record)

    def boot(self, record: Boot) -> None:
        """How often news comes from here on."""
        self.bar_s = record.bar_s

    def beat(self, record: Heartbeat) -> None:
        """A loop was completed."""
        self.heartbeat = record
        self.newest_us = record.ts_us

    def fill(self, record: Fill) -> None:
        """A fill moves the wallet by its realized profit and its fee."""
        if self.known is not None:
            fee = record.fee if record.fee_asset in DOLLARS else ZERO
            self.booked += record.realized - fee

    def fund(self, record: Funding) -> None:
        """Funding moves the wallet."""
        if self.known is not None:
            self.booked += record.amount

    def transfer(self, record: Transfer) -> None:
        """A transfer moves the wallet, and is no profit."""
        if self.known is not None and record.asset in DOLLARS:
            self.booked += record.amount
            self.curve.flow(record.amount)

    def account(self, record: AccountRecord) -> None:
        """The venue's books, once a loop."""
        self.latest = record
        self.newest_us = record.ts_us
        self.n += 1
        if any(answer != "ok" for answer in record.sources.values()):
            return
        point, before, flow = NavPoint(record.ts_us, record.wallet + record.unrealised), self.known, self.curve.pending
        if before is None:
            self.first_wallet = record.wallet
        else:
            self._gap(before.ts_us, point.ts_us)
        self._day(point, before, flow)
        self._week(point, before, flow)
        self.curve.add(point.ts_us, point.nav)
        self.known_wallet, self.known_nav_us = record.wallet, record.nav_ts_us

    def _gap(self, from_us: int, until_us: int) -> None:
        if until_us - from_us > max(GAP_US, 2 * int(self.bar_s * 1e6)):
            self.gaps.append(Gap(from_us, until_us))
            keep_newest(self.gaps, GAPS_KEPT)

    def _day(self, point: NavPoint, before: NavPoint | None, flow: Decimal) -> None:
        day = point.ts_us // DAY_US
        if not self.days or self.days[-1].day != day:
            opening = point.nav if before is None else before.nav
            self.days.append(Day(day=day, open=opening, close=point.nav))
            keep_newest(self.days, DAYS_KEPT)
        self.days[-1].close = point.nav
        self.days[-1].flow += flow

    def _week(self, point: NavPoint, before: NavPoint | None, flow: Decimal) -> None:
        week = (point.ts_us - MONDAY_US) // WEEK_US
        if self.week_open is None or week != self.week:
            self.week, self.week_flow = week, ZERO
            self.week_open = point.nav if before is None else before.nav
        self.week_flow += flow
