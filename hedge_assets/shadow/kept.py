"""What is kept of columns between one reading of the journals and the next: data alone, and who runs on it is in `columns`."""

from decimal import Decimal

import msgspec

from executor.book import Book
from executor.records.market import Instrument
from executor.records.orders import Boot
from executor.records.trading import Decision, Intent
from executor.routing.work import Work
from executor.settings import Settings
from executor.steering import Steering
from executor.venue.state import State
from executor.watch import Watch
from hedge_assets.folds.curve import Curve
from hedge_assets.folds.in_force import known_part
from hedge_assets.shadow.courses import Courses

HOURS_KEPT = 62 * 24


def curve() -> Curve:
    """A column's NAV over time, and the live account's beside it: two months by hour."""
    return Curve(hours_kept=HOURS_KEPT)


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """An intent and the decision on it."""

    intent: Intent
    decision: Decision


class Kept(msgspec.Struct, kw_only=True):
    """One column: its venue's books, its own, unfinished work, courses, NAV, and what it decided since the last loop by intent. `fault`
    says why it does not run, null while it does."""

    venue: State
    book: Book = msgspec.field(default_factory=Book)
    works: tuple[Work, ...] = ()
    courses: Courses = msgspec.field(default_factory=Courses)
    curve: Curve = msgspec.field(default_factory=curve)
    decided: dict[str, Answer] = {}
    now_us: int = 0
    fault: str | None = None


class Stage(msgspec.Struct, kw_only=True):
    """What all columns stand on: the newest boot's settings (null where this version cannot read them), pipeline and account, instruments
    by symbol, the feed's bar length, what is remembered of each symbol by how it is measured, and what suggestions steer."""

    settings: Settings | None = None
    pipeline: str = ""
    account: str = ""
    bar_s: float = 60.0
    instruments: dict[str, Instrument] = {}
    watches: dict[str, dict[str, Watch]] = {}
    steering: Steering = msgspec.field(default_factory=Steering)

    def boot(self, record: Boot) -> None:
        """From here on the live desk trades in this manner. Symbols that are gone stay known: they may still be held."""
        try:
            self.settings = msgspec.convert(known_part(record.settings, Settings), type=Settings)
        except msgspec.ValidationError:
            self.settings = None
        self.pipeline, self.account, self.bar_s = record.pipeline, record.account, record.bar_s
        self.instruments |= {instrument.symbol: instrument for instrument in record.instruments}


def begun(nav_usd: Decimal) -> Kept:
    """A column that begins: flat, with so much money."""
    return Kept(venue=State(wallet=nav_usd))
