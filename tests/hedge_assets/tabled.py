"""Two whole days of journals, and a morning of the third: the story's, in many small segments."""

from datetime import date
from pathlib import Path

from executor.records.base import Record
from hedge_assets.settings import Place
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
