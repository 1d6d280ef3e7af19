"""A data root with a few state files of a small shape, and copyists on it, by a clock that is moved by hand."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from executor.clock import FixedClock
from hedge_assets.document import Document
from hedge_assets.health.manifest import Row
from hedge_assets.mirror.copyist import Copyist
from hedge_assets.mirror.heartbeat import text
from hedge_assets.mirror.sink import SinkSpec
from hedge_assets.settings import Mirror, Place
from tests.hedge_assets.builders import SECOND, T0

NAMES = ("nav", "positions", "health")
SERIAL = itertools.count()


class Page(Document):
    """A curve is what Firestore refuses: an array of arrays."""

    equity: float
    curve: list[list[float]]


def row(name: str) -> Row:
    return Row(
        name=name,
        path=f"state/{name}.json",
        kind="state",
        group="account",
        owner="desk",
        pace="fast",
        written_deadlines=None,
        event_deadlines=None,
        may_be_empty=True,
        max_bytes=16 * 1024 * 1024,
        schema_version=1,
        shape=Page,
    )


ROWS = tuple(map(row, NAMES))


def written(root: Path, name: str, equity: float, *, written_us: int = T0, points: int = 3, **given: Any) -> bytes:
    """Replace a state file, as the store does: another file under the name."""
    told = {
        "schema": {"name": name, "version": 1},
        "account": "paper",
        "status": "ok",
        "n": points,
        "reason": None,
        "event_ts": text(written_us),
        "written_ts": text(written_us),
        "inputs": [],
        "code_version": "1",
        "equity": equity,
        "curve": [[float(each), equity + each / 7] for each in range(points)],
        **given,
    }
    path = root / "state" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(told, ensure_ascii=False).encode()
    beside = path.with_name(f".{next(SERIAL)}.new")
    beside.write_bytes(content)
    beside.replace(path)
    return content


def filled(root: Path, equity: float = 1.0) -> dict[str, bytes]:
    return {name: written(root, name, equity) for name in NAMES}


def mirror(**given: Any) -> Mirror:
    return Mirror(**{"states": (), "project": "desk", "deadline_s": 60.0, **given})


class Moving:
    """A data root, a clock, and a copyist that can be ended and begun again."""

    def __init__(
        self,
        root: Path,
        sinks: Mapping[str, SinkSpec],
        settings: Mirror | None = None,
        *,
        rows: tuple[Row, ...] = ROWS,
        shares: int = 1,
    ) -> None:
        self.place = Place(root=root, mirror=settings or mirror(), shares=shares)
        self.clock = FixedClock(T0)
        self._sinks, self._rows = sinks, rows
        self.begin()

    def begin(self) -> None:
        self.copyist = Copyist(self.place, self._rows, self._sinks, clock=self.clock)

    def be_patient(self) -> None:
        """From now on an answer has time, however busy the machine is."""
        for dealing in self.copyist._desks:
            dealing.sink._settings = mirror()

    def turn(self, later_s: float = 0.0):
        """One turn, so much later; how it stands with the only sink."""
        self.clock.move_to(self.clock.now_us() + round(later_s * SECOND))
        (stood,) = self.copyist.turn().sinks
        return stood
