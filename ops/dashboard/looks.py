"""Looks at the desk: what was found, what the page says of it, and its parts drawn from that; all pages share one look."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from executor.clock import Clock
from hedge_assets.health.condition import Condition
from hedge_assets.health.incident_log import read_incidents
from hedge_assets.health.incidents import Incident
from hedge_assets.health.manifest import Row
from hedge_assets.health.since import Memory
from hedge_assets.health.survey import Survey, survey
from hedge_assets.settings import Place
from hedge_assets.showing.panels import scan
from hedge_assets.showing.said import Chart, Panel
from ops.dashboard.boards import Boards, charts_of, documents_of
from ops.dashboard.bounds import bounded
from ops.dashboard.days import Days
from ops.dashboard.money import STATE as HELD
from ops.dashboard.money import money
from ops.dashboard.parts import parts
from ops.dashboard.sharing import Shared
from ops.dashboard.storage import stored
from ops.dashboard.view import View, view


@dataclass(frozen=True)
class Look:
    """One look: what was found, what the page says of it, the page's parts drawn from that by their ids, and its charts by theirs."""

    found: Survey
    view: View
    parts: dict[str, str]
    charts: dict[str, Chart]


@dataclass
class Incidents:
    """The incidents of one folder, read again only when a file of it changed."""

    place: Place
    stamp: tuple[tuple[str, int, int], ...] = ()
    known: tuple[Incident, ...] = ()

    def read(self) -> tuple[Incident, ...]:
        """All incidents as they are now."""
        stamp = tuple(sorted((path.name, *stamped(path)) for path in self.place.watch.glob("incidents*.jsonl")))
        if stamp != self.stamp:
            self.known, self.stamp = read_incidents(self.place.watch), stamp
        return self.known


def stamped(path: Path) -> tuple[int, int]:
    """What changes when a file does: its size and time; zeros for one that went meanwhile."""
    try:
        known = path.stat()
    except OSError:
        return (0, 0)
    return (known.st_size, known.st_mtime_ns)


@dataclass
class Looks:
    """Looks at one place. `dagster` is where its pages are."""

    place: Place
    rows: Sequence[Row]
    conditions: Sequence[Condition]
    clock: Clock
    panels: Sequence[Panel] = field(default_factory=scan)
    dagster: str | None = None
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self.shared = Shared(self.look)
        self.incidents = Incidents(self.place)
        self.boards = Boards(self.panels, self.rows)
        self.days = Days(self.place, [row.name for row in self.rows])

    async def newest(self) -> Look:
        """A look that is new enough, shared with whoever asks."""
        return await self.shared.newest()

    def look(self) -> Look:
        """Look once at everything."""
        incidents = self.incidents.read()
        found = bounded(survey(self.place, self.rows, self.clock.now_us(), conditions=self.conditions, memory=self.memory))
        boards = self.boards.of(found)
        storage, root = stored(self.place.state), str(self.place.root)
        days = self.days.at(found.scene.now_us)
        seen = view(
            found, incidents, storage=storage, root=root, boards=boards, days=days, dagster=self.dagster, account=self.place.account
        )
        held = documents_of([row for row in self.rows if row.name == HELD], found).get(HELD)
        seen = replace(seen, money=money(found, held))
        return Look(found, seen, parts(seen), charts_of(boards))
