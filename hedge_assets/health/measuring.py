"""The bytes of everything that grows, measured on the disk, with the budget each is kept within."""

import os
from collections.abc import Iterator
from pathlib import Path

from executor.records.streams import STREAMS
from hedge_assets.health.holdings import Holding, Owner
from hedge_assets.settings import Place


def measure(place: Place) -> tuple[Holding, ...]:
    """One row for each thing that has a budget, and one for each of the rest."""
    limits = place.health
    lines: list[tuple[str, str, Owner, int | None, float | None]] = [
        *((f"raw/{stream}", f"raw/{stream}", "executor", None, None) for stream in STREAMS),
        ("states", "state", "dagster", None, None),
        ("tables", "tables", "dagster", limits.tables_bytes, None),
        ("damaged", "tables/damaged", "dagster", limits.damaged_bytes, limits.damaged_days),
        ("dagster", "dagster", "dagster", limits.dagster_bytes, None),
        ("incidents", "watch", "watch", limits.incident_bytes, limits.incident_days),
        ("logs", "run", "supervisor", None, None),
    ]
    return tuple(held(place.root, name, path, owner=owner, budget=budget, days=days) for name, path, owner, budget, days in lines)


def held(root: Path, name: str, path: str, *, owner: Owner, budget: int | None, days: float | None) -> Holding:
    """What lies under one folder."""
    found = list(files_under(root / path))
    return Holding(
        name=name,
        path=path,
        owner=owner,
        size_bytes=sum(each.st_size for each in found),
        files=len(found),
        budget_bytes=budget,
        keep_days=days,
        oldest_us=min((each.st_mtime_ns // 1_000 for each in found), default=None),
    )


def files_under(folder: Path) -> Iterator[os.stat_result]:
    """The stat of every plain file below a folder, links not followed; one that goes meanwhile is passed over."""
    try:
        with os.scandir(folder) as rows:
            inside = list(rows)
    except OSError:
        return
    for row in inside:
        try:
            if row.is_dir(follow_symlinks=False):
                yield from files_under(Path(row.path))
            elif row.is_file(follow_symlinks=False):
                yield row.stat(follow_symlinks=False)
        except OSError:
            continue
