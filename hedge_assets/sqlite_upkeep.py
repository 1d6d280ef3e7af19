"""Dagster's SQLite files kept small: what its own deletion leaves behind is removed here, and the space given back.

Dagster deletes a run's rows, but neither the run's own database file nor old check rows, and never shrinks a file.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

SHARD_ENDINGS = (".db", ".db-wal", ".db-shm", ".db-journal")
BUSY_S = 5.0
SLACK_FRAC = 0.25
LEAST_SLACK_BYTES = 1024 * 1024
WELL_ENDED = ("SKIPPED", "SUCCESS")
ENDED = (*WELL_ENDED, "FAILURE")


def remove_shards(runs: Path, run_ids: Iterable[str]) -> None:
    """Remove the database files of runs that are gone; `runs` is `history/runs`."""
    for run_id in run_ids:
        for ending in SHARD_ENDINGS:
            (runs / f"{run_id}{ending}").unlink(missing_ok=True)
        shutil.rmtree(runs.parent.parent / "storage" / run_id, ignore_errors=True)


def orphans(runs: Path, known: set[str], before_s: float) -> list[str]:
    """Runs that have a database file older than `before_s` (seconds) and are known no more."""
    files = [path for path in runs.glob("*-*.db") if path.stem not in known]
    return [path.stem for path in files if modified_s(path) < before_s]


def modified_s(path: Path) -> float:
    """When a file was changed, seconds since 1970; 0 when it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def forget_runless(database: Path, before_s: float) -> int:
    """Delete events without a run that are older; each asset's newest materialization and the freshness records stay."""
    return _delete(
        database,
        """DELETE FROM event_logs
           WHERE run_id = '' AND timestamp < datetime(?, 'unixepoch') AND dagster_event_type != 'FRESHNESS_STATE_CHANGE'
           AND id NOT IN (
               SELECT max(id) FROM event_logs WHERE run_id = '' AND dagster_event_type = 'ASSET_MATERIALIZATION' GROUP BY asset_key
           )""",
        before_s,
    )


def forget_checks(database: Path, before_s: float) -> int:
    """Delete older check results; each check's newest stays."""
    return _delete(
        database,
        """DELETE FROM asset_check_executions
           WHERE create_timestamp < datetime(?, 'unixepoch')
           AND id NOT IN (SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name)""",
        before_s,
    )


def forget_ticks(database: Path, before_s: float, statuses: Sequence[str] = WELL_ENDED) -> int:
    """Delete older ticks that ended in one of these ways; those still going on stay."""
    ended = ", ".join(f"'{status}'" for status in statuses if status in ENDED)
    return _delete(database, f"DELETE FROM job_ticks WHERE status IN ({ended}) AND timestamp < datetime(?, 'unixepoch')", before_s)  # noqa: S608


def _delete(database: Path, statement: str, before_s: float) -> int:
    if not database.is_file():
        return 0
    with closing(sqlite3.connect(database, timeout=BUSY_S)) as connection, connection:
        return connection.execute(statement, (before_s,)).rowcount


def shrink(database: Path, least_bytes: int = LEAST_SLACK_BYTES) -> int:
    """Give unused space back, when there is enough of it to be worth the writing; bytes given back.

    It is worth it from `least_bytes` on that are also a quarter of the file; any byte is, where `least_bytes` is 0.
    """
    if not database.is_file():
        return 0
    before = database.stat().st_size
    with closing(sqlite3.connect(database, timeout=BUSY_S, isolation_level=None)) as connection:
        free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
        if not free or free * size < max(least_bytes, SLACK_FRAC * before if least_bytes else 0):
            return 0
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before - database.stat().st_size


def bytes_under(folder: Path) -> int:
    """Bytes of all files in a folder and below."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
