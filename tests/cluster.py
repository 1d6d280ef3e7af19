"""A desk spread over workers: a real broker, a real Postgres and Celery workers on this machine, each ended by its own id."""

import configparser
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis
import yaml

from tests.postgres import Postgres, postgres
from tests.tools import tool

ROOT = Path(__file__).parents[1]
PATIENCE_S = 120.0
TOOLS = Path(sys.executable).parent


def until(what, is_so, patience_s: float = PATIENCE_S) -> None:
    """Wait for something, and say what did not come."""
    end_s = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end_s, f"{what} did not come within {patience_s:g} s"
        time.sleep(0.05)


@dataclass
class Broker:
    """A Redis that forgets everything when it ends, on a socket of its own."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def address(self) -> str:
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        told = (ROOT / "ops/celery/redis.conf").read_text().replace("/run/hedge-redis/redis.sock", str(self.socket))
        (self.folder / "redis.conf").write_text(told)
        command = [str(tool("redis-server")), str(self.folder / "redis.conf"), "--dir", str(self.folder)]
        with (self.folder / "redis.log").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        until("the broker", self.answers)

    def answers(self) -> bool:
        with contextlib.suppress(redis.RedisError, OSError), redis.Redis(unix_socket_path=str(self.socket)) as line:
            return bool(line.ping())
        return False

    def waiting(self, queue: str) -> int:
        """Steps that no worker has taken yet, whatever their priority."""
        with redis.Redis(unix_socket_path=str(self.socket)) as line:
            return sum(line.llen(key) for key in line.scan_iter(f"{queue}*") if line.type(key) == b"list")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)


@dataclass
class Worker:
    """One Celery worker: the process that listens, and below it the one that works."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def is_ready(self) -> bool:
        """Whether the process that works is there, and the one that listens said so."""
        assert self.process.poll() is None, self.log.read_text()
        return b" ready." in self.log.read_bytes()

    @property
    def taken(self) -> int:
        """How many steps it has taken since it began."""
        return self.log.read_bytes().count(b"] received")

    @property
    def below(self) -> list[int]:
        """The processes that work."""
        with contextlib.suppress(OSError):
            return [int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]
        return []

    def kill(self) -> None:
        """All of it at once, as the loss of its machine."""
        for pid in (self.process.pid, *self.below):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(120)
            except subprocess.TimeoutExpired:
                self.kill()


def start_line(name: str) -> list[str]:
    """What `ops/celery/workers.conf` starts a worker with, for every queue, one step at a time, and saying more."""
    conf = configparser.RawConfigParser()
    conf.read(ROOT / "ops/celery/workers.conf")
    words = conf["program:worker-tables"]["command"].partition(" -- ")[2].split()[1:]
    others = {"tables": "dagster,tables", "tables@%%h": f"{name}@%h", "2": "1", "warning": "info"}
    return [others.get(word, word) for word in words]


@dataclass
class Cluster:
    """One desk's settings and data, Dagster's storage in Postgres, a broker, and workers."""

    base: Path
    data: Path
    broker: Broker
    postgres: Postgres
    workers: list[Worker] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.base / "home"

    def environ(self) -> dict[str, str]:
        """What every program of it sees."""
        told = {"DAGSTER_HOME": str(self.home), "HEDGE_DATA": str(self.data), "HEDGE_CONFIG": str(self.data / "desk.toml")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEDGE_", "DAGSTER_", "PYTEST"))}
        return {**kept, **told, "HEDGE_BROKER": self.broker.address, "PYTHONPATH": str(ROOT)}

    def begin(self) -> None:
        """Dagster's home."""
        self.home.mkdir(parents=True, exist_ok=True)
        settings = yaml.safe_load((ROOT / "dagster.yaml").read_text())
        settings.update(self.postgres.config)
        settings["local_artifact_storage"] = {
            "module": "dagster._core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": str(self.base / "artifacts")},
        }
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(settings))

    def hire(self, count: int) -> list[Worker]:
        """Start so many workers, and wait until all of them listen."""
        new = []
        for number in range(len(self.workers), len(self.workers) + count):
            name, log = f"w{number}", self.base / f"w{number}.log"
            words = start_line(name)
            with log.open("wb") as out:
                process = subprocess.Popen([str(TOOLS / "celery"), *words], cwd=ROOT, env=self.environ(), stdout=out, stderr=out)
            new.append(Worker(name, process, log))
        for worker in new:
            until(f"worker {worker.name} ({worker.log})", worker.is_ready)
        self.workers += new
        return new

    def run(self, job: str, days: tuple[str, str] | None = None) -> subprocess.Popen[bytes]:
        """One run of a job over all accounts, as a person asks for it."""
        tags = {} if days is None else {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[1]}
        words = ("job", "execute", "-m", "hedge_assets.definitions", "-j", job, "--tags", json.dumps(tags))
        with (self.base / "run.log").open("wb") as out:
            return subprocess.Popen([str(TOOLS / "dagster"), *words], cwd=ROOT, env=self.environ(), stdout=out, stderr=out)

    def said(self) -> str:
        return (self.base / "run.log").read_text(errors="replace")

    def all_said(self) -> str:
        """What the newest run said, and what its workers did, without the events they gave back."""
        told = [
            line[:500]
            for worker in self.workers
            for line in worker.log.read_text(errors="replace").splitlines()
            if " succeeded in " not in line
        ]
        return "\n".join([self.said(), *told])

    def dismiss(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.workers.clear()


@contextlib.contextmanager
def cluster(data: Path) -> Iterator[Cluster]:
    """A broker and a database for a desk's data; no workers yet."""
    base = Path(tempfile.mkdtemp(prefix="hedge-spread-"))
    with postgres() as storage:
        made = Cluster(base, data, Broker(base), storage)
        try:
            made.begin()
            made.broker.start()
            yield made
        finally:
            made.dismiss()
            made.broker.stop()
            shutil.rmtree(base, ignore_errors=True)


def done(process: subprocess.Popen[bytes], patience_s: float = 240.0) -> int:
    """Its exit code."""
    return process.wait(patience_s)


def listing(data: Path, names: Sequence[str], kind: str) -> dict[str, bytes]:
    """Every file of the accounts' tables or states, by its place."""
    return {
        str(path.relative_to(data)): path.read_bytes()
        for name in names
        for path in sorted((data / "accounts" / name / kind).rglob("*"))
        if path.is_file()
    }
