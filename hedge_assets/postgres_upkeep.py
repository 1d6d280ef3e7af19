"""Dagster's tables in Postgres kept small: what its own deletion of a run leaves behind is removed here, and the space given back.

Deleting a run takes its events along; old check results, events without a run and ticks stay. Dead rows are made room again at once
(`VACUUM`), and a table that is mostly air is written anew (`VACUUM FULL`) when bytes are what counts.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2

ENDED = ("SKIPPED", "SUCCESS", "FAILURE")
WELL_ENDED = ("SKIPPED", "SUCCESS")
TABLES = ("event_logs", "asset_check_executions", "job_ticks", "runs", "run_tags", "asset_event_tags")
BUSY_MS = 5_000
BEFORE = "to_timestamp(%s) AT TIME ZONE 'UTC'"


@dataclass(frozen=True)
class Postgres:
    """The database at an address. What is not let in within `BUSY_MS` raises `psycopg2.Error`, and is left for the next time."""

    url: str

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """One line to it, each statement by itself, since `VACUUM` wants that."""
        with closing(psycopg2.connect(self.url)) as line:
            line.autocommit = True
            with line.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {BUSY_MS}")
                yield cursor

    def forget_runless(self, before_s: float) -> int:
        """Delete events without a run that are older; each asset's newest materialization and the freshness records stay."""
        return self._delete(
            f"""DELETE FROM event_logs
                WHERE run_id = '' AND timestamp < {BEFORE} AND dagster_event_type != 'FRESHNESS_STATE_CHANGE'
                AND id NOT IN (
                    SELECT max(id) FROM event_logs
                    WHERE run_id = '' AND dagster_event_type = 'ASSET_MATERIALIZATION' GROUP BY asset_key
                )""",  # noqa: S608  our own words
            before_s,
        )

    def forget_checks(self, before_s: float) -> int:
        """Delete older check results; each check's newest stays."""
        return self._delete(
            f"""DELETE FROM asset_check_executions
                WHERE create_timestamp < {BEFORE}
                AND id NOT IN (SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name)""",  # noqa: S608
            before_s,
        )

    def forget_ticks(self, before_s: float, statuses: Sequence[str] = WELL_ENDED) -> int:
        """Delete older ticks that ended in one of these ways; those still going on stay."""
        ended = ", ".join(f"'{status}'" for status in statuses if status in ENDED)
        return self._delete(f"DELETE FROM job_ticks WHERE status IN ({ended}) AND timestamp < {BEFORE}", before_s)  # noqa: S608

    def _delete(self, statement: str, before_s: float) -> int:
        with self.cursor() as cursor:
            cursor.execute(statement, (before_s,))
            return int(cursor.rowcount)

    def tidy(self, *, is_whole: bool) -> int:
        """Make room of what was deleted; `is_whole` gives it back to the disk and holds each table meanwhile. Bytes given back."""
        before = self.size_bytes()
        with self.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"VACUUM {'FULL ' if is_whole else ''}{table}")
        return max(0, before - self.size_bytes())

    def size_bytes(self) -> int:
        """Bytes of Dagster's tables with their indexes, of the tables of this database that are not Postgres's own."""
        with self.cursor() as cursor:
            cursor.execute("SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint FROM pg_stat_user_tables")
            return int(cursor.fetchone()[0])
