"""Dagster's Postgres storage with lines that stay open.

Dagster by itself opens a new line for every statement and closes it again, everywhere but in its pages: signing in (SCRAM is slow by
design) and a process of the server each time made a run of states take three times as long. It also makes its storage anew for every tick
of a sensor, and asks for the list of tables before much of what it does. Here all storages of a process share a few lines, each tried
before it is used, so that a server that was started anew costs nobody an answer; and a table that was there once is not asked for again.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Self

import dagster as dg
import sqlalchemy as sa
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config, retry_pg_connection_fn
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

KEPT, MOST_MORE = 2, 20
RECYCLE_S = 3_600
FIRST_TABLES = frozenset({"runs", "event_logs", "jobs"})
"""One of each store: where these are, nobody need make tables."""


class KeptEvents(PostgresEventLogStorage):
    """Dagster's own, but for the question whether a table is there."""

    def has_table(self, table_name: str) -> bool:
        """Whether there is such a table; one that was there is."""
        found = tables_seen(self.postgres_url)
        if table_name not in found and super().has_table(table_name):
            found.add(table_name)
        return table_name in found


class PooledPostgres(DagsterPostgresStorage):
    """Runs, events and schedules in one database. The configuration is that of Dagster's own class, without `auth_provider`."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        engine = kept_open(postgres_url)
        super().__init__(postgres_url, should_autocreate_tables=lacks_tables(postgres_url, engine), inst_data=inst_data)
        self._event_log_storage = KeptEvents(postgres_url, should_autocreate_tables=False)
        for store in (self._run_storage, self._event_log_storage, self._schedule_storage):
            store._engine = engine  # noqa: SLF001  there is no setting for it

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """From `ops/dagster.yaml`."""
        return cls(pg_url_from_config(config_value), inst_data)


@cache
def tables_seen(_url: str) -> set[str]:
    """The tables of a database that were there when somebody asked."""
    return set()


@cache
def kept_open(url: str) -> Engine:
    """The engine of this process for a database: it keeps a few lines, and throws a dead one away before anything is asked over it."""
    return create_pg_engine(
        url, isolation_level="AUTOCOMMIT", pool_size=KEPT, max_overflow=MOST_MORE, pool_recycle=RECYCLE_S, pool_pre_ping=True
    )


def lacks_tables(url: str, engine: Engine) -> bool:
    """Whether Dagster's tables are still to be made; asked of the database until they are there."""
    if tables_seen(url) >= FIRST_TABLES:
        return False
    tables_seen(url).update(retry_pg_connection_fn(lambda: sa.inspect(engine).get_table_names()))
    return not tables_seen(url) >= FIRST_TABLES


def has_lines_open(instance: dg.DagsterInstance) -> bool:
    """Whether an instance's storage keeps its lines: Dagster's way of making it do so would put worse ones in their place."""
    engine = getattr(instance.run_storage, "_engine", None)
    return isinstance(engine, Engine) and not isinstance(engine.pool, NullPool)
