"""Tables are kept within their bytes: the oldest days go first, never one that the journals are promised to reach back to."""

import shutil
from collections.abc import Sequence
from datetime import date, timedelta

from hedge_assets.refreshing.aside import bytes_of
from hedge_assets.settings import Place
from hedge_assets.tables.carry import days_kept, path_of
from hedge_assets.tables.catalog import part
from hedge_assets.tables.days import day_of
from hedge_assets.tables.held import days_of
from hedge_assets.tables.shape import Table


def keep_within(place: Place, tables: Sequence[Table], *, now_us: int) -> list[date]:
    """Remove the oldest days of all tables until what lies under `tables` is within its budget; the days that went."""
    left = bytes_of(place.tables)
    young = day_of(now_us) - timedelta(days=round(place.journal.keep_days))
    days = sorted({day for table in tables for day in days_of(place.tables, table)} | set(days_kept(place.tables)))
    gone = []
    for day in (each for each in days if each < young):
        if left <= place.health.tables_bytes:
            break
        left -= _removed(place, tables, day)
        gone.append(day)
    return gone


def _removed(place: Place, tables: Sequence[Table], day: date) -> int:
    """A day of every table goes, and the facts it began with; how many bytes that was."""
    folders = [part(place.tables, table.name, day).parent for table in tables]
    carried = path_of(place.tables, day)
    size = sum(bytes_of(path) for path in (*folders, carried))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    carried.unlink(missing_ok=True)
    return size
