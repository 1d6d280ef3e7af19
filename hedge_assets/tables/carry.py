"""All facts as they were at a midnight, kept, so that a day's tables are made from that day's records alone.

`tables/carry/<day>.msgpack.zst` holds what every record with a key before the day's first microsecond had made. It can be
thrown away: it is made again from the one before it, or from the journals' beginning.
"""

from datetime import date, timedelta
from pathlib import Path

import zstandard

from executor.errors import CorruptJournal
from executor.journal.segments import listed
from executor.plain_file import read_plain
from executor.records.streams import STREAMS
from hedge_assets.refreshing.facts import MOST_BYTES, Facts, acting, bytes_of, facts_of
from hedge_assets.refreshing.merging import Merge
from hedge_assets.settings import Place
from hedge_assets.store import replace
from hedge_assets.tables.days import SETTLED_US, DayError, between, end_us, named, start_us
from hedge_assets.tables.reach import first_day

FOLDER = "carry"
ENDING = ".msgpack.zst"
LEVEL = 3
STEP_US = 600_000_000


def path_of(tables: Path, day: date) -> Path:
    """Where the facts lie that a day begins with."""
    return tables / FOLDER / f"{day}{ENDING}"


def kept(tables: Path, day: date) -> Facts | None:
    """The facts a day begins with; null where none are kept that this version can read."""
    try:
        packed = read_plain(path_of(tables, day), MOST_BYTES)
        return facts_of(zstandard.ZstdDecompressor().decompress(packed, max_output_size=MOST_BYTES))
    except (OSError, zstandard.ZstdError):
        return None


def keep(tables: Path, day: date, facts: Facts) -> None:
    """Keep the facts a day begins with."""
    replace(path_of(tables, day), zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(bytes_of(facts)))


def begun(place: Place, day: date) -> Facts:
    """The facts a day begins with: kept ones, or made from the newest kept before it, or from the journals' beginning.

    Raises DayError for the day that the journals begin with where older records of theirs were pruned: it may not be whole.
    """
    first = first_day(place.raw) or day
    if day < first:
        raise DayError(f"{day} cannot be built: the journals begin with {first}; what was built of it before stays")
    earlier = sorted((each for each in days_kept(place.tables) if first <= each <= day), reverse=True)
    for each in earlier:
        facts = kept(place.tables, each)
        if facts is None:
            continue
        try:
            return _through(place, facts, first=each, until=day)
        except CorruptJournal:
            path_of(place.tables, each).unlink(missing_ok=True)
    if day == first and is_pruned(place.raw):
        raise DayError(f"{day} cannot be built: records before the journals' first were pruned; what was built of it before stays")
    return _through(place, Facts(), first=first, until=day)


def _through(place: Place, facts: Facts, *, first: date, until: date) -> Facts:
    """The facts at the beginning of `first`, taken on day by day to that of `until`, each kept."""
    for day in between(first, until - timedelta(days=1)):
        merge = Merge(place.raw, facts.marks, acting(facts))
        at_midnight(merge, facts, day)
        keep(place.tables, day + timedelta(days=1), facts)
    return facts


def is_pruned(raw: Path) -> bool:
    """Whether any journal has lost its beginning."""
    segments = (listed(raw / stream)[:1] for stream in STREAMS)
    return any(each.first_seq > 1 for oldest in segments for each in oldest)


def days_kept(tables: Path) -> list[date]:
    """The days whose beginnings are kept."""
    found = []
    for path in (tables / FOLDER).glob(f"*{ENDING}"):
        try:
            found.append(named(path.name.removesuffix(ENDING)))
        except DayError:
            continue
    return found


def at_midnight(merge: Merge, facts: Facts, day: date) -> None:
    """Take the rest of a day, and remember how far that is."""
    take_until(merge, end_us(day))
    facts.marks = merge.marks()


def settled(merge: Merge, facts: Facts, day: date) -> None:
    """Go on into the next day until everything of this one is judged: to the first heartbeat behind its last markout."""
    limit_us, step_us = end_us(day) + SETTLED_US, STEP_US
    while (facts.services.last_beat_us or start_us(day)) < end_us(day) + SETTLED_US:
        limit_us, step_us = limit_us + step_us, step_us * 2
        take_until(merge, limit_us)


def take_until(merge: Merge, limit_us: int) -> None:
    """Take everything with a key below the limit; the journals are known to reach beyond it."""
    positions = merge.lanes["positions"]
    while not positions.records or positions.records[-1][1].ts_us < limit_us:
        beat_us = positions.newest_beat_us(limit_us - 1)
        if beat_us is not None:
            merge.take_before(beat_us)
        if not positions.load():
            break
    merge.take_before(limit_us)
