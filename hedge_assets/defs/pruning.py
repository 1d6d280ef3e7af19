"""What is left of Dagster's storage when runs are deleted, in either of the databases it may lie in, and what may be removed of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster_postgres import PostgresEventLogStorage

from hedge_assets.postgres_upkeep import Postgres
from hedge_assets.sqlite_upkeep import (
    ENDED,
    LEAST_SLACK_BYTES,
    bytes_under,
    forget_checks,
    forget_runless,
    forget_ticks,
    orphans,
    remove_shards,
    shrink,
)

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Ages:
    """How long things may stay, in seconds: runs that went well, failed ones, ticks that went well. `least_bytes` is worth a rewrite."""

    runs_s: float
    failed_s: float
    ticks_s: float
    least_bytes: int = LEAST_SLACK_BYTES

    @property
    def halved(self) -> "Ages":
        """Half of each, where bytes are what counts."""
        return Ages(self.runs_s / 2, min(self.failed_s / 2, self.runs_s), self.ticks_s / 2, least_bytes=0)


class Rows(Protocol):
    """A database of Dagster's: what it holds beside runs."""

    def forget(self, instance: dg.DagsterInstance, gone: Sequence[str], now_s: float, ages: Ages, /) -> int:
        """Remove what runs that are `gone` left behind, and what is older than these ages; how many rows that was."""

    def shrink(self, ages: Ages) -> int:
        """Give back what is free, if it is worth it; bytes."""

    def size_bytes(self) -> int:
        """How large it is."""

    @property
    def is_here(self) -> bool:
        """Whether whoever writes to it runs on this machine."""


@dataclass(frozen=True)
class SqliteRows:
    """Files of SQLite; `runs` is the folder `history/runs`."""

    runs: Path

    def forget(self, instance: dg.DagsterInstance, gone: Sequence[str], now_s: float, ages: Ages, /) -> int:
        """The files of runs go as well, also those that somebody else forgot."""
        remove_shards(self.runs, gone)
        known = {record.dagster_run.run_id for record in instance.get_run_records()}
        remove_shards(self.runs, orphans(self.runs, known, now_s - ages.runs_s))
        index, runless, ticks = self.databases
        rows = forget_checks(index, now_s - ages.runs_s)
        rows += forget_ticks(ticks, now_s - ages.ticks_s) + forget_ticks(ticks, now_s - ages.failed_s, ENDED)
        return rows + sum(forget_runless(database, now_s - ages.runs_s) for database in (index, runless))

    def shrink(self, ages: Ages) -> int:
        """Each file by itself."""
        return sum(shrink(database, ages.least_bytes) for database in (*self.databases, self.runs.parent / "runs.db"))

    def size_bytes(self) -> int:
        """All files of it."""
        return bytes_under(self.runs.parent.parent)

    @property
    def is_here(self) -> bool:
        """Files of another machine are not locked properly, so these are this one's."""
        return True

    @property
    def databases(self) -> tuple[Path, Path, Path]:
        """The index of events, events without a run, ticks."""
        return self.runs / "index.db", self.runs / ".db", self.runs.parent.parent / "schedules" / "schedules.db"


@dataclass(frozen=True)
class PostgresRows:
    """Tables of Postgres."""

    database: Postgres

    def forget(self, _instance: dg.DagsterInstance, _gone: Sequence[str], now_s: float, ages: Ages, /) -> int:
        """A run's own events went with it."""
        rows = self.database.forget_checks(now_s - ages.runs_s) + self.database.forget_runless(now_s - ages.runs_s)
        return rows + self.database.forget_ticks(now_s - ages.ticks_s) + self.database.forget_ticks(now_s - ages.failed_s, ENDED)

    def shrink(self, ages: Ages) -> int:
        """Room for new rows; back to the disk where bytes count, or where free space is most of it."""
        return self.database.tidy(is_whole=not ages.least_bytes)

    def size_bytes(self) -> int:
        """Its tables and indexes."""
        return self.database.size_bytes()

    @property
    def is_here(self) -> bool:
        """By loopback nobody of another machine comes in."""
        return urlsplit(self.database.url).hostname in LOOPBACK


def rows_of(instance: dg.DagsterInstance) -> Rows | None:
    """The database behind an instance; null where it is neither."""
    storage = getattr(instance.event_log_storage, "_storage", instance.event_log_storage)
    storage = getattr(storage, "event_log_storage", storage)
    if isinstance(storage, SqliteEventLogStorage):
        return SqliteRows(Path(storage.path_for_shard("x")).parent)
    return PostgresRows(Postgres(plain(storage.postgres_url))) if isinstance(storage, PostgresEventLogStorage) else None


def plain(url: str) -> str:
    """An address as Postgres itself reads it, without the name of a driver."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{mark}{rest}"
