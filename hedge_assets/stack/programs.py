"""Which programs make up the running system, and what each is started with."""

import socket
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from executor.errors import SettingsError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LOCATION = "hedge_assets"
MODULE = "hedge_assets.definitions"
STATES = "not (group:tables or key:mirror)"
"""What the first refresh selects: every state. Tables have a partition a day, which no command without one can make."""
LOOPBACK = "127.0.0.1"
PORTS_TRIED = 200


@dataclass(frozen=True)
class Program:
    """One process. `final_codes` are exits after which it is not started again; `stop_wait_s` is how long it may take to end.

    A program that `waits` is started when its turn comes, not with the rest. `healthy_after_s` is how long it must run to
    count as started; supervisor looks at exit codes only after that, so it is 0 where they mean something. After so many `tries` in a row
    that did not get so far supervisor gives it up.
    """

    name: str
    command: tuple[str, ...]
    folder: Path | None = None
    final_codes: tuple[int, ...] = (0, 75, 78)
    restarts: bool = True
    waits: bool = False
    healthy_after_s: int = 0
    tries: int = 5
    stop_wait_s: int = 6


@dataclass(frozen=True)
class Ports:
    """Where everything listens, on the loopback only: Dagster's pages and code, metrics of watch and executor, the operator page."""

    web: int = 3000
    code: int = 4266
    watch: int = 8800
    executor: int = 8801
    page: int = 8700


@dataclass(frozen=True)
class Stack:
    """The programs with what they share: the data root, the environment they see, and where they listen."""

    root: Path
    programs: tuple[Program, ...]
    environment: Mapping[str, str]
    ports: Ports

    @property
    def run_folder(self) -> Path:
        """Where the supervisor keeps its socket, its configuration and every program's log."""
        return self.root / "run"

    @property
    def address(self) -> str:
        """Where the Dagster pages are."""
        return f"http://{LOOPBACK}:{self.ports.web}"

    @property
    def page_address(self) -> str:
        """Where the operator page is."""
        return f"http://{LOOPBACK}:{self.ports.page}"

    @property
    def metrics_addresses(self) -> tuple[str, str]:
        """Where the metrics of the watch and of the executor are."""
        return (f"http://{LOOPBACK}:{self.ports.watch}/metrics", f"http://{LOOPBACK}:{self.ports.executor}/metrics")


def free_ports(wanted: Ports) -> Ports:
    """For each of the wanted ports that one or the next one above it that nobody listens on; no two are the same."""
    web = free_port(wanted.web)
    code = free_port(wanted.code, (web,))
    watch = free_port(wanted.watch, (web, code))
    executor = free_port(wanted.executor, (web, code, watch))
    return Ports(web=web, code=code, watch=watch, executor=executor, page=free_port(wanted.page, (web, code, watch, executor)))


def free_port(wanted: int, apart_from: Collection[int] = ()) -> int:
    """The wanted port, or the next one above it that nobody listens on and that is not spoken for."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
        if port in apart_from:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise SettingsError(f"--port was {wanted}, it and the next {PORTS_TRIED} are taken; name another")


def home_settings(text: str, root: Path) -> dict[str, Any]:
    """The repository's `dagster.yaml` with its storage at an absolute place under the data root, whoever reads it from wherever."""
    settings = yaml.safe_load(text) or {}
    settings["storage"] = {"sqlite": {"base_dir": str(root / "dagster")}}
    return dict(settings)


def write_home(root: Path, code_port: int) -> Path:
    """Make Dagster's home under the data root, with its settings and the address of the code server; returns the folder."""
    home = root / "run" / "dagster"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = home_settings((REPOSITORY / "dagster.yaml").read_text("utf-8"), root)
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    server = {"host": LOOPBACK, "port": code_port, "location_name": LOCATION}
    (home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}), "utf-8")
    return home


def executor(root: Path, arguments: tuple[str, ...], metrics_port: int) -> Program:
    """The trading process; it gets the time to write its last heartbeat."""
    told = ("--data", str(root), "--metrics-port", str(metrics_port), *arguments)
    return Program("executor", (sys.executable, "-m", "executor", "run", *told))


def watch(root: Path, ports: Ports) -> Program:
    """The watch, which looks before there is anything to see; its alerts name the operator page."""
    told = ("--data", str(root), "--page", f"http://{LOOPBACK}:{ports.page}", "--port", str(ports.watch))
    return Program(
        "watch", (str(Path(sys.executable).parent / "hedge"), "watch", *told), folder=REPOSITORY, final_codes=(), healthy_after_s=3
    )


def page(root: Path, ports: Ports) -> Program:
    """The operator page, whose panels lead to Dagster's."""
    told = ("--data", str(root), "--port", str(ports.page), "--dagster", f"http://{LOOPBACK}:{ports.web}")
    command = (sys.executable, "-m", "ops.dashboard", *told)
    return Program("page", command, folder=REPOSITORY, final_codes=(), healthy_after_s=3)


def dagster_programs(home: Path, *, web_port: int, code_port: int) -> tuple[Program, ...]:
    """First refresh of every state, code server, web pages, and the daemon that refreshes them from then on.

    They share one code server: a daemon that loads the code by itself starts another every minute.
    """
    binaries = Path(sys.executable).parent
    workspace = ("-w", str(home / "workspace.yaml"))
    quiet = ("--log-level", "warning")
    code = ("-m", MODULE, "-d", str(REPOSITORY))
    serve = (str(binaries / "dagster"), "api", "grpc", *code, "-h", LOOPBACK, "-p", str(code_port), "--location-name", LOCATION, *quiet)
    web = (str(binaries / "dagster-webserver"), *workspace, "-h", LOOPBACK, "-p", str(web_port), *quiet)
    first = (str(binaries / "dagster"), "asset", "materialize", "--select", STATES, *code)
    daemon = (str(binaries / "dagster-daemon"), "run", *workspace, *quiet)
    return (
        Program("first", first, folder=REPOSITORY, restarts=False, waits=True),
        Program("code", serve, folder=REPOSITORY, final_codes=(), waits=True, healthy_after_s=3),
        Program("web", web, folder=REPOSITORY, final_codes=(), waits=True, healthy_after_s=3),
        Program("daemon", daemon, folder=REPOSITORY, final_codes=(), waits=True, healthy_after_s=3),
    )


def environment(root: Path, home: Path, config: Path | None) -> dict[str, str]:
    """What every program is told through its environment, beside what was there."""
    told = {"HEDGE_DATA": str(root), "DAGSTER_HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
    return told if config is None else told | {"HEDGE_CONFIG": str(config.absolute())}


def stack(root: Path, *, arguments: tuple[str, ...], config: Path | None, ports: Ports) -> Stack:
    """The whole system on one data root; `arguments` go to the executor as they are."""
    home = write_home(root, ports.code)
    programs = (
        watch(root, ports),
        executor(root, arguments, ports.executor),
        page(root, ports),
        *dagster_programs(home, web_port=ports.web, code_port=ports.code),
    )
    return Stack(root=root, programs=programs, environment=environment(root, home, config), ports=ports)
