"""Days to report on: the story's two, with a morning of the third, and one that was slept through."""

from datetime import date
from pathlib import Path

import msgspec

from executor.records.base import Record
from hedge_assets.health.looks import NAME, Looked, Looks
from hedge_assets.reporting.gathering import DayReport, Wanted, report_of
from hedge_assets.settings import Place
from hedge_assets.showing.panels import scan
from hedge_assets.tables.days import end_us
from tests.hedge_assets.builders import DAY, HOUR, MINUTE, SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write
from tests.hedge_assets.story import FLAGS
from tests.runs import STATES

PANELS = scan()


def reported(place: Place, day: date, *, as_of_us: int | None = None, **given) -> DayReport:
    """The report of a day, up to its end where no moment is named."""
    wanted = Wanted(day, end_us(day) - 1 if as_of_us is None else as_of_us, given.pop("panels", PANELS), **given)
    return report_of(place, STATES, wanted, flags=FLAGS)


def watched(root: Path, from_us: int = T0, until_us: int = T0 + 9 * DAY) -> None:
    """Somebody looked all the time."""
    folder = Place(root=root).watch
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_bytes(msgspec.json.encode(Looks(stretches=(Looked(from_us, until_us),))))


def whole_day(at: int, wallet: str = "100000", *, until: int | None = None) -> list[Record]:
    """A flat desk's loops, one a minute, from a moment to the end of its day."""
    end = at - at % DAY + DAY if until is None else until
    times = range(at, end, MINUTE)
    return [record for time in times for record in (quote(time), account(time, wallet), heartbeat(time + SECOND))]


def slept_through(root: Path) -> Place:
    """A desk that ran on the evening of the first day, and again from the third morning on."""
    evening = [boot(T0 + 22 * HOUR, time="wall"), *whole_day(T0 + 22 * HOUR, "100", until=T0 + 23 * HOUR)]
    morning = [boot(T0 + 2 * DAY + HOUR, time="wall"), *whole_day(T0 + 2 * DAY + HOUR, "100", until=T0 + 2 * DAY + 2 * HOUR)]
    write(root, [*evening, *morning])
    watched(root)
    return Place(root=root)
