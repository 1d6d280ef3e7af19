"""The door to raw journals for whoever only wants to know whether they are there and grow."""

import os
from collections.abc import Iterable
from pathlib import Path

from executor.errors import CorruptJournal
from executor.journal.audit import first, tail
from executor.journal.segments import listed
from executor.records.account import Account, Heartbeat
from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.streams import Stream
from hedge_assets.health.evidence import JournalFacts

PEEK = 4


def peek(raw: Path, stream: Stream) -> tuple[JournalFacts, tuple[Record, ...]]:
    """The facts of one journal, and its newest few records."""
    try:
        segments = listed(raw / stream)
        sizes = [(status.st_size, status.st_mtime_ns // 1_000) for status in _stats(each.path for each in segments)]
        newest = _newest(raw, stream)
    except CorruptJournal as error:
        return JournalFacts(segments=1, size_bytes=0, fault=str(error)), ()
    except OSError as error:
        return JournalFacts(segments=1, size_bytes=0, fault=f"{raw / stream} cannot be read: {error.strerror}"), ()
    size_bytes, mtime_us = sum(size for size, _ in sizes), max((mtime for _, mtime in sizes), default=None)
    first_seq = segments[0].first_seq if segments else None
    if not newest:
        return JournalFacts(len(segments), size_bytes, mtime_us=mtime_us, first_seq=first_seq), ()
    newest_us = max(record.ts_us for _, record in newest)
    facts = JournalFacts(len(segments), size_bytes, newest_us, newest[-1][0], mtime_us, first_seq=first_seq)
    return facts, tuple(record for _, record in newest)


def _newest(raw: Path, stream: Stream) -> list[tuple[int, Record]]:
    """The newest records; once more if a segment was packed between listing and reading."""
    try:
        return tail(raw, stream, PEEK)
    except FileNotFoundError:
        return tail(raw, stream, PEEK)


def _stats(paths: Iterable[Path]) -> list[os.stat_result]:
    """Stat of each file still there; one may be packed or pruned meanwhile."""
    found = []
    for path in paths:
        try:
            found.append(path.stat())
        except FileNotFoundError:
            continue
    return found


def account_in(records: Iterable[Record]) -> str | None:
    """The account that the newest account record names."""
    return next((record.account for record in reversed(tuple(records)) if isinstance(record, Account)), None)


def heartbeat_in(records: Iterable[Record]) -> Heartbeat | None:
    """The newest heartbeat."""
    return next((record for record in reversed(tuple(records)) if isinstance(record, Heartbeat)), None)


def opens_with_a_replay(raw: Path) -> bool:
    """Whether the first boot record says that the feed was the clock; false where there is none, or none that can be read."""
    try:
        opening = first(raw, "orders")
    except (CorruptJournal, OSError):
        return False
    return isinstance(opening, Boot) and opening.time == "feed"
