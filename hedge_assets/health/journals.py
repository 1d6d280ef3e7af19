"""The door to raw journals for whoever only wants to know whether they are there and grow."""

from collections.abc import Callable, Iterable
from pathlib import Path
from time import time_ns
from typing import TypeVar

from executor.errors import CorruptJournal
from executor.journal.audit import first, tail_of
from executor.records.account import Account, Heartbeat
from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.streams import Stream
from hedge_assets.health.evidence import JournalFacts
from hedge_assets.health.folders import holding_of, stats

PEEK = 4

Found = TypeVar("Found")


def peek(raw: Path, stream: Stream) -> tuple[JournalFacts, tuple[Record, ...]]:
    """The facts of one journal, and its newest few records."""
    try:
        return once_more(lambda: _looked_at(raw, stream))
    except CorruptJournal as error:
        return JournalFacts(segments=1, size_bytes=0, fault=str(error)), ()
    except OSError as error:
        return JournalFacts(segments=1, size_bytes=0, fault=f"{raw / stream} cannot be read: {error.strerror}"), ()


def once_more(look: Callable[[], Found]) -> Found:
    """What a look finds; one under which a segment was packed, pruned or taken away between listing and reading begins anew: what
    was listed before must not be told of a folder that is gone by now."""
    try:
        return look()
    except FileNotFoundError:
        return look()


def _looked_at(raw: Path, stream: Stream) -> tuple[JournalFacts, tuple[Record, ...]]:
    """One look. Raises FileNotFoundError where a segment went away while it lasted."""
    held = holding_of(raw / stream, time_ns())
    last = [(status.st_size, status.st_mtime_ns // 1_000) for status in stats(held.segments[-1:])]
    newest = tail_of(held.segments, stream, PEEK)
    size_bytes = held.sealed_bytes + sum(size for size, _ in last)
    mtime_us = max((mtime for mtime in (held.sealed_mtime_us, *(mtime for _, mtime in last)) if mtime is not None), default=None)
    first_seq = held.segments[0].first_seq if held.segments else None
    if not newest:
        return JournalFacts(len(held.segments), size_bytes, mtime_us=mtime_us, first_seq=first_seq), ()
    newest_us = max(record.ts_us for _, record in newest)
    facts = JournalFacts(len(held.segments), size_bytes, newest_us, newest[-1][0], mtime_us, first_seq=first_seq)
    return facts, tuple(record for _, record in newest)


def account_in(records: Iterable[Record]) -> str | None:
    """The account that the newest account record names."""
    return next((record.account for record in reversed(tuple(records)) if isinstance(record, Account)), None)


def heartbeat_in(records: Iterable[Record]) -> Heartbeat | None:
    """The newest heartbeat."""
    return next((record for record in reversed(tuple(records)) if isinstance(record, Heartbeat)), None)


def opens_with_a_replay(raw: Path) -> bool:
    """Whether the first boot record says that the feed was the clock; false where there is none, or none that can be read."""
    try:
        opening = once_more(lambda: first(raw, "orders"))
    except (CorruptJournal, OSError):
        return False
    return isinstance(opening, Boot) and opening.time == "feed"
