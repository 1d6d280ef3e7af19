"""All facts as they were at a midnight, kept, so that a day's tables are made from that day's records alone.

`tables/carry/<day>.msgpack.zst` holds what every record with a key before the day's first microsecond had made,
`tables/carry_shadow/` the same of the shadow's columns. It can be thrown away: it is made again from the one before it, or from the
journals' beginning.
"""

from datetime import date, timedelta
from pathlib import Path

import zstandard

from executor.errors import CorruptJournal
from executor.journal.segments import listed
from executor.plain_file import read_plain
from executor.records.streams import STREAMS
from hedge_assets.refreshing.facts import MOST_BYTES, F, Facts, Folded, acting, bytes_of, facts_of
from hedge_assets.refreshing.merging import Merge
from hedge_assets.settings import Place
from hedge_assets.store import replace
from hedge_assets.tables.days import SETTLED_US, DayError, between, end_us, named, start_us
from hedge_assets.tables.reach import first_day

FOLDER, OTHERS = "carry", "carry_shadow"
ENDING = ".msgpack.zst"
LEVEL = 3
STEP_US = 600_000_000


def path_of(tables: Path, day: date, kind: type = Facts) -> Path:
    """Where the facts lie that a day begins with."""
    return folder_of(tables, kind) / f"{day}{ENDING}"


def folder_of(tables: Path, kind: type) -> Path:
    """Where facts of a kind are kept."""
    return tables / (FOLDER if kind is Facts else OTHERS)


def kept(tables: Path, day: date, nothing: F) -> F | None:
    """The facts a day begins with; null where none are kept that this version can read."""
    try:
        packed = read_plain(path_of(tables, day, type(nothing)), MOST_BYTES)
        return facts_of(zstandard.ZstdDecompressor().decompress(packed, max_output_size=MOST_BYTES), nothing)
    except (OSError, zstandard.ZstdError):
        return None


def newest_kept(place: Place, day: date, nothing: F) -> F | None:
    """The newest facts that are kept of a midnight not after a day's first, and that the journals go on from; null where none are.

    Nothing is made or removed: whoever reads may do this.
    """
    first = first_day(place.raw)
    found = sorted((each for each in days_kept(place.tables, type(nothing)) if first is not None and first <= each <= day), reverse=True)
    return next((facts for each in found if (facts := kept(place.tables, each, nothing)) is not None), None)


def keep(tables: Path, day: date, facts: Folded) -> None:
    """Keep the facts a day begins with."""
    packed = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(bytes_of(facts))
    replace(path_of(tables, day, type(facts)), packed)


def begun(place: Place, day: date, nothing: F) -> F:
    """The facts a day begins with: kept ones, or made from the newest kept before it, or from the journals' beginning with `nothing`.

    Raises DayError for the day that the journals begin with where older records of theirs were pruned: it may not be whole.
    """
    first = first_day(place.raw) or day
    if day < first:
        raise DayError(f"{day} cannot be built: the journals begin with {first}; what was built of it before stays")
    kind = type(nothing)
    earlier = sorted((each for each in days_kept(place.tables, kind) if first <= each <= day), reverse=True)
    for each in earlier:
        facts = kept(place.tables, each, nothing)
        if facts is None:
            continue
        try:
            return _through(place, facts, first=each, until=day)
        except CorruptJournal:
            path_of(place.tables, each, kind).unlink(missing_ok=True)
    if day == first and is_pruned(place.raw):
        raise DayError(f"{day} cannot be built: records before the journals' first were pruned; what was built of it before stays")
    return _through(place, nothing, first=first, until=day)


def _through(place: Place, facts: F, *, first: date, until: date) -> F:
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


def days_kept(tables: Path, kind: type = Facts) -> list[date]:
    """The days whose beginnings are kept."""
    found = []
    for path in folder_of(tables, kind).glob(f"*{ENDING}"):
        try:
            found.append(named(path.name.removesuffix(ENDING)))
        except DayError:
            continue
    return found


def at_midnight(merge: Merge, facts: Folded, day: date) -> None:
    """Take the rest of a day, and remember how far that is."""
    take_until(merge, end_us(day))
    facts.marks = merge.marks()


def settled(merge: Merge, facts: Folded, day: date) -> None:
    """Go on into the next day until everything of this one is judged: to the first heartbeat behind its last markout."""
    limit_us, step_us = end_us(day) + SETTLED_US, STEP_US
    while (facts.last_beat_us or start_us(day)) < end_us(day) + SETTLED_US:
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
