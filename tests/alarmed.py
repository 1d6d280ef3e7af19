"""A desk under a real Prometheus and Alertmanager: executor, watch, and a webhook that keeps what it is told."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from executor.clock import WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from hedge_assets.stack.notes import write_targets
from hedge_assets.stack.programs import Ports
from tests.ports import free_port
from tests.tools import tool

ROOT = Path(__file__).parent.parent
RULES = ROOT / "ops/prometheus"
LOOPBACK = "127.0.0.1"
PATIENCE_S = 120.0
STATES = scan()


class Webhook:
    """Every alert that was sent, the newest word on each last."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        told = self.told

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing: pytest's output is no log."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Answer)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def newest(self, **labels: str) -> dict[str, Any] | None:
        """The newest word on the alert with these labels; null while there is none."""
        found = [each for each in self.told if labels.items() <= each["labels"].items()]
        return found[-1] if found else None

    def status(self, **labels: str) -> str | None:
        """`firing` or `resolved`; null while nothing was told."""
        newest = self.newest(**labels)
        return None if newest is None else str(newest["status"])

    def close(self) -> None:
        """Hear no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Desk:
    """The processes on one data root. `kill` ends one as a crash does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.webhook = Webhook()
        names = ("executor_metrics", "watch_metrics", "prometheus", "alertmanager")
        self.ports = {name: free_port() for name in names}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str | Path) -> None:
        """Start a process whose words go to a file of its name."""
        environment = {**os.environ, "HEDGE_DATA": str(self.root), "PYTHONUNBUFFERED": "1"}
        with (self.root / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, cwd=ROOT, env=environment)

    def start_executor(self) -> None:
        """A real executor on the made market, in real time."""
        port = str(self.ports["executor_metrics"])
        self.start("executor", sys.executable, "-m", "executor", "run", "--feed", "synthetic", "--metrics-port", port)

    def start_watch(self) -> None:
        """A real watch."""
        self.start("watch", Path(sys.executable).parent / "hedge", "watch", "--port", str(self.ports["watch_metrics"]))

    def kill(self, name: str) -> None:
        """End it at once, and wait until it is gone."""
        process = self._running.pop(name)
        process.kill()
        process.wait(120)

    def close(self) -> None:
        """End all that runs."""
        for name in list(self._running):
            self.kill(name)
        self.webhook.close()

    def build(self) -> None:
        """All states, as Dagster would make them."""
        refresh(Place(root=self.root), STATES, [state.name for state in STATES], clock=WallClock(), flags=read_flags({}))

    def words(self) -> str:
        """The end of what every process said, for a test that failed."""
        return "\n".join(f"--- {path.name}\n{path.read_text('utf-8', 'replace')[-1500:]}" for path in sorted(self.root.glob("*.log")))


@contextmanager
def desk(root: Path) -> Iterator[Desk]:
    """Everything running: executor, watch, states, Prometheus, Alertmanager; ended with the block."""
    with ExitStack() as ends:
        made = Desk(root)
        ends.callback(made.close)
        alertmanager, prometheus = tool("alertmanager"), tool("prometheus")
        made.start_executor()
        wait_until(made, lambda: any((root / "raw/positions").glob("*")) and any((root / "raw/ticks").glob("*")))
        made.build()
        made.start_watch()
        write_targets(root / "run", Ports(watch=made.ports["watch_metrics"], executor=made.ports["executor_metrics"]))
        listen = f"--web.listen-address={LOOPBACK}:"
        made.start(
            "alertmanager",
            alertmanager,
            f"--config.file={alertmanager_settings(made)}",
            f"--storage.path={root / 'alertmanager'}",
            "--cluster.listen-address=",
            f"{listen}{made.ports['alertmanager']}",
        )
        made.start(
            "prometheus",
            prometheus,
            f"--config.file={prometheus_settings(made)}",
            f"--storage.tsdb.path={root / 'prometheus'}",
            f"{listen}{made.ports['prometheus']}",
        )
        yield made


def prometheus_settings(made: Desk) -> Path:
    """The project's own settings, with this desk's addresses and a scrape every second."""
    said = settings_in("prometheus.yml")
    said["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    said["rule_files"] = [str(RULES / "rules.yml")]
    said["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [f"{LOOPBACK}:{made.ports['alertmanager']}"]
    said["scrape_configs"][0]["file_sd_configs"][0]["files"] = [str(made.root / "run/prometheus_targets.json")]
    return written(made.root / "prometheus.yml", said)


def alertmanager_settings(made: Desk) -> Path:
    """The project's own example, with this desk's webhook, and groups told of at once."""
    said = settings_in("alertmanager.yml")
    said["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    for receiver in said["receivers"]:
        receiver["webhook_configs"][0]["url"] = f"http://{LOOPBACK}:{made.webhook.port}/"
    return written(made.root / "alertmanager.yml", said)


def settings_in(name: str) -> dict[str, Any]:
    """One file of ops/prometheus."""
    return dict(yaml.safe_load((RULES / name).read_text("utf-8")))


def written(path: Path, said: Mapping[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(dict(said)), "utf-8")
    return path


def wait_until(made: Desk, holds: Callable[[], bool]) -> None:
    """Wait until something holds; what every process said is told when it does not come to hold."""
    until_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until_s, made.words()
        time.sleep(0.05)
