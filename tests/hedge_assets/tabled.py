"""Two whole days of journals, and a morning of the third: the story's, in many small segments."""

import json
from datetime import date
from pathlib import Path

import msgspec

from executor.journal.segments import content, listed
from executor.records.base import Record
from executor.records.streams import STREAMS
from hedge_assets.refreshing.facts import Facts
from hedge_assets.settings import Place
from hedge_assets.tables.days import start_us
from tests.hedge_assets.builders import DAY, SECOND, T0, account, boot, heartbeat
from tests.hedge_assets.journals import write
from tests.hedge_assets.story import quotes, round_trip, second_day

FIRST, SECOND_DAY, THIRD = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)
PAST = T0 + 2 * DAY + 400 * SECOND
SMALL = 4_096


def records() -> list[Record]:
    first, *others = quotes()
    start = [first, boot(), account(), heartbeat(T0, 0)]
    return [*start, *others, *round_trip(), *second_day(), account(PAST - SECOND, "101043.82104"), heartbeat(PAST, 4)]


def journaled(root: Path, *, rotate_bytes: int = SMALL) -> Place:
    write(root, records(), rotate_bytes=rotate_bytes)
    return Place(root=root)


def pruned_to(place: Place, day: date) -> None:
    """Remove every segment whose records begin before a day, but the newest of each journal."""
    for stream in STREAMS:
        for segment in listed(place.raw / stream)[:-1]:
            if json.loads(content(segment).splitlines()[0])["ts_us"] < start_us(day):
                segment.path.unlink()


def folds(facts: Facts) -> dict[str, bytes]:
    """Every fold as bytes, what is sealed of its sums packed as it is when it is kept."""
    if isinstance(facts, Facts):
        facts.settle()
    return {name: msgspec.msgpack.encode(getattr(facts, name)) for name in Facts.__struct_fields__ if name != "marks"}
