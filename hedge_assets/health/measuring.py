"""The bytes of everything that grows, measured on the disk, with the budget each is kept within.

Every file under the folders of the desk belongs to exactly one thing: the first of the list whose path it lies under.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from executor.journal.segments import Segment, listed
from executor.records.streams import STREAMS
from executor.settings import Journal
from hedge_assets.health.holdings import Holding, Owner
from hedge_assets.settings import Place

FOLDERS = ("raw", "state", "tables", "dagster", "watch", "mirror", "run", "cassettes")
SHARED = ("dagster", "run")
"""What all accounts of a desk have in common, and each of them shows."""
LOG_BYTES = 2_000_000
LOGS_KEPT = 2
"""Each program's log is turned over at so many bytes, and so many older ones are kept: `stack.supervision` tells the supervisor."""


@dataclass(frozen=True)
class Thing:
    """One thing that grows, and its lines. `path` is a folder, or the beginning of files' names, under the data root.

    Where it shares that with others, `inside` is in the paths of its own.
    """

    name: str
    path: str
    owner: Owner
    budget_bytes: int | None = None
    keep_days: float | None = None
    inside: str = ""


@dataclass
class Found:
    """What was found of one thing; `fault` names what could not be looked into."""

    size_bytes: int = 0
    files: int = 0
    oldest_us: int | None = None
    fault: str | None = None
    names: list[str] = field(default_factory=list)

    def add(self, path: str, status: os.stat_result) -> None:
        """One more file."""
        self.size_bytes, self.files = self.size_bytes + status.st_size, self.files + 1
        self.names.append(path)
        at_us = status.st_mtime_ns // 1_000
        self.oldest_us = at_us if self.oldest_us is None else min(self.oldest_us, at_us)


def measure(place: Place) -> tuple[Holding, ...]:
    """One row for each thing that grows, in one look; together they are all that lies there."""
    things = things_of(place)
    found: dict[str, Found] = defaultdict(Found)
    for folder in FOLDERS:
        for path, status in files_under(place.desk if folder in SHARED else place.root, folder):
            facts = found[owner_of(path, things).name]
            if isinstance(status, str):
                facts.fault = f"{path} cannot be looked into: {status}"
            else:
                facts.add(path, status)
    return tuple(held(place, thing, found[thing.name]) for thing in things)


def things_of(place: Place) -> tuple[Thing, ...]:
    """What grows, narrower paths before wider ones."""
    limits, journal, venue = place.health, place.journal, place.venue
    return (
        *(Thing(f"raw/{stream}", f"raw/{stream}/", "executor", journal.max_bytes, journal.max_days) for stream in STREAMS),
        Thing("raw", "raw", "executor"),
        Thing("states", "state", "dagster"),
        Thing("damaged", "tables/damaged", "dagster", limits.damaged_bytes, limits.damaged_days),
        Thing("day_tables", "tables/", "dagster", limits.day_tables_bytes, inside="/day="),
        Thing("tables", "tables", "dagster", limits.tables_bytes),
        Thing("dagster", "dagster", "dagster", limits.dagster_bytes),
        Thing("incidents", "watch/incidents", "watch", limits.incident_bytes, limits.incident_days),
        Thing("watch", "watch", "watch"),
        Thing("mirror", "mirror", "mirror"),
        Thing("logs", "run", "supervisor"),
        Thing("cassettes", "cassettes", "executor", venue.record_bytes, venue.record_days),
    )


def owner_of(path: str, things: Sequence[Thing]) -> Thing:
    """The thing that a file, or a folder that cannot be looked into, belongs to."""
    return next(thing for thing in things if f"{path}/".startswith(thing.path) and thing.inside in path)


def held(place: Place, thing: Thing, found: Found) -> Holding:
    """One row: what was found, and the lines it is kept within."""
    oldest_us, needed_bytes, fault = found.oldest_us, None, found.fault
    if thing.name.startswith("raw/"):
        try:
            segments = listed(place.root / thing.path)
        except OSError as error:
            segments, fault = [], f"{thing.path} cannot be looked into: {error.strerror}"
        oldest_us = round(segments[0].hour.timestamp() * 1e6) if segments else None
        needed_bytes = sum(size_of(each.path) for each in needed(segments, place.journal))
    return Holding(
        name=thing.name,
        path=thing.path.rstrip("/"),
        owner=thing.owner,
        size_bytes=found.size_bytes,
        files=found.files,
        budget_bytes=logs_budget(found.names) if thing.name == "logs" else thing.budget_bytes,
        keep_days=thing.keep_days,
        oldest_us=oldest_us,
        needed_bytes=needed_bytes,
        fault=fault,
    )


def logs_budget(names: Sequence[str]) -> int:
    """As much as the supervisor lets the logs of these programs grow; other files of its folder are small."""
    return LOG_BYTES * (1 + LOGS_KEPT) * max(1, sum(name.endswith(".log") for name in names))


def needed(segments: Sequence[Segment], journal: Journal) -> list[Segment]:
    """The segments that reach into the window that is kept whatever the bytes: the executor removes none of these for them."""
    if not segments:
        return []
    from_hour = segments[-1].hour - timedelta(days=journal.keep_days)
    following = [*segments[1:], segments[-1]]
    return [each for each, after in zip(segments, following, strict=True) if after.hour > from_hour or each is segments[-1]]


def size_of(path: Path) -> int:
    """Bytes of one file; 0 when it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def files_under(root: Path, folder: str) -> Iterator[tuple[str, os.stat_result | str]]:
    """Every plain file below a folder with its stat, links not followed; for a folder that cannot be read, why.

    What goes meanwhile is passed over.
    """
    try:
        with os.scandir(root / folder) as rows:
            inside = list(rows)
    except FileNotFoundError:
        return
    except OSError as error:
        yield folder, error.strerror or "error"
        return
    for row in inside:
        path = f"{folder}/{row.name}"
        try:
            if row.is_dir(follow_symlinks=False):
                yield from files_under(root, path)
            elif row.is_file(follow_symlinks=False):
                yield path, row.stat(follow_symlinks=False)
        except OSError:
            continue
