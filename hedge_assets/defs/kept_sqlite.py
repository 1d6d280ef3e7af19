"""Dagster's SQLite storage with files that stay open while a step works.

Dagster by itself opens a file anew for every event and closes it again, with an engine that has to translate every statement anew, and has
the disk flush each: for a run of states that was most of its time. Here a step's files stay open until its end, and the disk is
left to flush when it likes: a power cut may take a run's newest events (never a raw fact, nor a state), and what was going on then is
run again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

BUSY_S = 30
AT_EASE = "PRAGMA synchronous=NORMAL"


@contextmanager
def kept_open(instance: dg.DagsterInstance) -> Iterator[None]:
    """While in here, whatever this process stores of events goes through files that stay open; nothing else than SQLite is touched."""
    storage = events_of(instance)
    if storage is None or "_connect" in vars(storage):
        yield
        return
    kept = Kept(storage)
    vars(storage)["_connect"] = kept.connect  # there is no setting for it
    try:
        yield
    finally:
        del vars(storage)["_connect"]
        kept.close()


def events_of(instance: dg.DagsterInstance) -> SqliteEventLogStorage | None:
    """Where events are stored, if that is in files of SQLite."""
    storage: Any = getattr(instance.event_log_storage, "_storage", instance.event_log_storage)
    storage = getattr(storage, "event_log_storage", storage)
    return storage if isinstance(storage, SqliteEventLogStorage) else None


class Kept:
    """The files of one storage that are open, each with its own engine."""

    def __init__(self, storage: SqliteEventLogStorage) -> None:
        self._storage, self._by_itself = storage, storage._connect  # noqa: SLF001
        self._engines: dict[str, Engine] = {}

    @contextmanager
    def connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on one file; as Dagster has it, one thread at a time."""
        if shard not in self._engines:
            with self._by_itself(shard):  # makes the file, where there is none
                pass
        with self._storage._db_lock:  # noqa: SLF001
            engine = self._engines.get(shard) or self._opened(shard)
            with engine.connect() as line, line.begin():
                yield line

    def _opened(self, shard: str) -> Engine:
        how = {"timeout": BUSY_S, "check_same_thread": False}
        engine = create_engine(self._storage.conn_string_for_shard(shard), poolclass=QueuePool, pool_size=1, connect_args=how)
        event.listen(engine, "connect", lambda line, _: line.execute(AT_EASE).close())
        self._engines[shard] = engine
        return engine

    def close(self) -> None:
        """Close all of them."""
        for engine in self._engines.values():
            engine.dispose()
