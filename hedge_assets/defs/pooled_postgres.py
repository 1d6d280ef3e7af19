"""Dagster's Postgres storage with lines that stay open.

Dagster by itself opens a new line for every statement and closes it again, everywhere but in its pages: signing in (SCRAM is slow by
design) and a process of the server each time made a run of states take three times as long. Here the three stores of a process share a
few lines, each tried before it is used, so that a server that was started anew costs nobody an answer.
"""

from collections.abc import Mapping
from typing import Any, Self

import dagster as dg
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

KEPT, MOST_MORE = 2, 20
RECYCLE_S = 3_600


class PooledPostgres(DagsterPostgresStorage):
    """Runs, events and schedules in one database. The configuration is that of Dagster's own class, without `auth_provider`."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(postgres_url, inst_data=inst_data)
        engine = kept_open(postgres_url)
        for store in (self._run_storage, self._event_log_storage, self._schedule_storage):
            store._engine = engine  # noqa: SLF001  there is no setting for it

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """From `ops/dagster.yaml`."""
        return cls(pg_url_from_config(config_value), inst_data)


def kept_open(url: str) -> Engine:
    """An engine that keeps a few lines, and throws away one that is dead before anything is asked over it."""
    return create_pg_engine(
        url, isolation_level="AUTOCOMMIT", pool_size=KEPT, max_overflow=MOST_MORE, pool_recycle=RECYCLE_S, pool_pre_ping=True
    )


def has_lines_open(instance: dg.DagsterInstance) -> bool:
    """Whether an instance's storage keeps its lines: Dagster's way of making it do so would put worse ones in their place."""
    engine = getattr(instance.run_storage, "_engine", None)
    return isinstance(engine, Engine) and not isinstance(engine.pool, NullPool)
