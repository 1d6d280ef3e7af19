"""One UTC day by itself: NAV from its opening on, the deepest fall within it, costs, and what of it was not recorded or went wrong."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Self, TypeVar

import msgspec

from executor.records.account import Account as AccountRecord
from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.market import Gap
from executor.records.orders import Boot, Fault, Fill, Funding, Halt, Resume, Transfer, Unknown
from hedge_assets.folds.account import Account
from hedge_assets.folds.base import take
from hedge_assets.folds.curve import Curve, NavPoint
from hedge_assets.folds.roundtrips import DOLLARS, ZERO
from hedge_assets.folds.services import Services

SILENT_US = 120_000_000
"""Between two heartbeats of a running executor lie seconds, in a replay of bars a bar: a longer pause is a hole in the record."""
KEPT = 200
Row = TypeVar("Row")


class Silence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stretch from which there is no heartbeat."""

    from_us: int
    to_us: int

    @property
    def lasted_us(self) -> int:
        """How long it was."""
        return self.to_us - self.from_us


class OneDay(msgspec.Struct, kw_only=True):
    """What is told of a day that begins at `from_us`; of what came before only what the day opens with.

    `before` is the newest NAV until then, `pending` what came in or went out since; the day's `curve` begins with it, so that its peak,
    its deepest fall and its gain are the day's own. Only NAVs that every source vouched for count. `silences` are pauses between
    heartbeats of more than two minutes (or two bars of the feed, `bar_s`), also from one of the day before; lists keep the first 200,
    `n_*` count all. `begun_us` is the first heartbeat of all where that is the day's. Money in USD; `newest_us` is null on a day of
    which nothing was recorded.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        AccountRecord: "account",
        Heartbeat: "beat",
        Transfer: "transfer",
        Fill: "fill",
        Funding: "fund",
        Boot: "boot",
        Halt: "halt",
        Resume: "halt",
        Fault: "fault",
        Unknown: "unknown",
        Gap: "gap",
    }

    from_us: int
    before: NavPoint | None = None
    pending: Decimal = ZERO
    curve: Curve = msgspec.field(default_factory=Curve)
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    n_fills: int = 0
    n_boots: int = 0
    n_faults: int = 0
    n_unknown: int = 0
    n_silences: int = 0
    n_gaps: int = 0
    silences: list[Silence] = []
    halts: list[Halt | Resume] = []
    gaps: list[Gap] = []
    bar_s: float = 0.0
    begun_us: int | None = None
    last_beat_us: int | None = None
    newest_us: int | None = None

    @classmethod
    def after(cls, account: Account, services: Services, *, from_us: int) -> Self:
        """A day that begins after what these folds took: as if it had taken the same records."""
        pending, last_beat_us = account.curve.pending, services.last_beat_us
        return cls(from_us=from_us, before=account.known, pending=pending, bar_s=account.bar_s, last_beat_us=last_beat_us)

    @property
    def newest(self) -> NavPoint | None:
        """The newest NAV, be it of before the day; null without any."""
        return self.curve.last or self.before

    @property
    def silent_us(self) -> int:
        """A longer pause between heartbeats is a hole in the record."""
        return max(SILENT_US, 2 * int(self.bar_s * 1e6))

    def take(self, record: Record) -> None:
        """Take one record of any journal."""
        take(self, record)

    def account(self, record: AccountRecord) -> None:
        """NAV, once a loop."""
        is_of_day = self._counts(record)
        if any(answer != "ok" for answer in record.sources.values()):
            return
        if not is_of_day:
            self.before, self.pending = NavPoint(record.ts_us, record.nav), ZERO
            return
        if self.curve.last is None and self.before is not None:
            self.curve.add(self.before.ts_us, self.before.nav)
            self.curve.flow(self.pending)
        self.curve.add(record.ts_us, record.nav)

    def beat(self, record: Heartbeat) -> None:
        """A loop was completed, and how long none had been before it."""
        before = self.last_beat_us
        if self._counts(record):
            if before is None:
                self.begun_us = record.ts_us
            elif record.ts_us - before > self.silent_us:
                self.n_silences += 1
                keep_first(self.silences, Silence(max(before, self.from_us), record.ts_us))
        self.last_beat_us = record.ts_us

    def transfer(self, record: Transfer) -> None:
        """Money came in or went out; it is in the next NAV."""
        self._counts(record)
        if record.asset not in DOLLARS:
            return
        if self.curve.last is not None:
            self.curve.flow(record.amount)
        elif self.before is not None:
            self.pending += record.amount

    def fill(self, record: Fill) -> None:
        """Something was traded."""
        if self._counts(record):
            self.n_fills += 1
            self.fees += record.fee if record.fee_asset in DOLLARS else ZERO

    def fund(self, record: Funding) -> None:
        """Funding was settled."""
        if self._counts(record):
            self.funding += record.amount

    def boot(self, record: Boot) -> None:
        """A process started."""
        self.n_boots += self._counts(record)
        self.bar_s = record.bar_s

    def halt(self, record: Halt | Resume) -> None:
        """New risk stopped, or may be taken again."""
        if self._counts(record):
            keep_first(self.halts, record)

    def fault(self, record: Fault) -> None:
        """A failure that the loop survived."""
        self.n_faults += self._counts(record)

    def unknown(self, record: Unknown) -> None:
        """An order whose fate was not proved at once."""
        self.n_unknown += self._counts(record)

    def gap(self, record: Gap) -> None:
        """The market was silent."""
        if self._counts(record):
            self.n_gaps += 1
            keep_first(self.gaps, record)

    def _counts(self, record: Record) -> bool:
        """Whether a record is of the day, which then is newer by it."""
        if record.ts_us < self.from_us:
            return False
        self.newest_us = max(record.ts_us, self.newest_us or 0)
        return True


def keep_first(rows: list[Row], row: Row) -> None:
    """Add a row while there is room for one: what began a trouble says more than what came after it."""
    if len(rows) < KEPT:
        rows.append(row)
