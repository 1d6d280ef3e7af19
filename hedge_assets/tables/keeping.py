"""Tables are kept within their bytes: beyond them the oldest days go, never one that the journals are promised to reach back to.

History is what tables are for, and the oldest days are those that nothing gives again. So nothing goes before its budget
(`health.day_tables_bytes`) is reached, and the condition `budget_short` warns from nine tenths of it on. What a day began with
(`carry`) goes as soon as the journals no longer hold the day: it is of no use then.
"""

import shutil
from collections.abc import Sequence
from datetime import date, timedelta

from hedge_assets.refreshing.aside import bytes_of
from hedge_assets.refreshing.facts import Facts
from hedge_assets.refreshing.shadowing import Shadowed
from hedge_assets.settings import Place
from hedge_assets.tables.carry import FOLDER, OTHERS, days_kept, path_of
from hedge_assets.tables.catalog import part
from hedge_assets.tables.days import day_of
from hedge_assets.tables.held import days_of
from hedge_assets.tables.reach import first_day
from hedge_assets.tables.shape import Table


def keep_within(place: Place, tables: Sequence[Table], *, now_us: int) -> list[date]:
    """Remove the oldest days of all tables until what is kept of days is within its budget; the days that went."""
    _forget_beginnings(place)
    left = sum(bytes_of(place.tables / name) for name in (FOLDER, OTHERS, *(table.name for table in tables)))
    young = day_of(now_us) - timedelta(days=round(place.journal.keep_days))
    days = sorted({day for table in tables for day in days_of(place.tables, table)})
    gone = []
    for day in (each for each in days if each < young):
        if left <= place.health.day_tables_bytes:
            break
        left -= _removed(place, tables, day)
        gone.append(day)
    return gone


def _forget_beginnings(place: Place) -> None:
    """What days began with that the journals do not hold any more."""
    first = first_day(place.raw)
    for kind in (Facts, Shadowed):
        for day in days_kept(place.tables, kind):
            if first is not None and day < first:
                path_of(place.tables, day, kind).unlink(missing_ok=True)


def _removed(place: Place, tables: Sequence[Table], day: date) -> int:
    """A day of every table goes; how many bytes that was."""
    folders = [part(place.tables, table.name, day).parent for table in tables]
    size = sum(bytes_of(path) for path in folders)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return size
