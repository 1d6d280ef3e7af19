"""The account as the executor last wrote it, and NAV over time."""

from decimal import Decimal

import msgspec

from executor.records.account import Account as AccountRecord
from executor.records.account import Heartbeat


class NavPoint(msgspec.Struct, frozen=True):
    """NAV at a moment, exact."""

    ts_us: int
    nav: Decimal


class Day(msgspec.Struct, kw_only=True):
    """One UTC day (`day` as days since 1970): opening and newest NAV, and money that came in or went out."""

    day: int
    open: Decimal
    close: Decimal
    flow: Decimal = Decimal(0)


class Account(msgspec.Struct, kw_only=True):
    """The newest account record and heartbeat; NAV by minute (48 h) and by hour (400 days), by UTC day;
    the peak (of flow-adjusted NAV index is `index_peak`) and the deepest drawdown so far."""

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
