"""What lies in a journal's folder, asked of the disk again only when the folder changed: a month has hundreds of segments.

A name that is made, renamed or removed gives its folder another time, and a segment is only written to while it is the last one. A
folder that changed less than two seconds before it was listed is listed again: its clock ticks coarsely.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from executor.journal.segments import Segment, listed

SETTLED_NS = 2_000_000_000
MOST_FOLDERS = 64


@dataclass(frozen=True)
class Holding:
    """The segments of a folder; bytes and newest time (microseconds UTC, null without any) of all but the last."""

    segments: tuple[Segment, ...]
    sealed_bytes: int = 0
    sealed_mtime_us: int | None = None


known: dict[Path, tuple[tuple[int, int, int], Holding]] = {}


def holding_of(folder: Path, now_ns: int) -> Holding:
    """What lies in a folder; `now_ns` is the wall's time. Raises OSError where it cannot be read; nothing lies in one that is not there."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return Holding(())
    stamp = (status.st_dev, status.st_ino, status.st_mtime_ns)
    before = known.get(folder)
    if before is not None and before[0] == stamp:
        return before[1]
    found = looked_at(tuple(listed(folder)))
    known.pop(folder, None)
    if now_ns - status.st_mtime_ns > SETTLED_NS:
        known[folder] = (stamp, found)
        if len(known) > MOST_FOLDERS:
            known.pop(next(iter(known)), None)
    return found


def looked_at(segments: tuple[Segment, ...]) -> Holding:
    """Segments with what all but the last take."""
    sizes = [(status.st_size, status.st_mtime_ns // 1_000) for status in stats(segments[:-1])]
    return Holding(segments, sum(size for size, _ in sizes), max((mtime_us for _, mtime_us in sizes), default=None))


def stats(segments: Sequence[Segment]) -> list[os.stat_result]:
    """Stat of each segment still there; one may be packed or pruned meanwhile."""
    found = []
    for segment in segments:
        try:
            found.append(segment.path.stat())
        except FileNotFoundError:
            continue
    return found
