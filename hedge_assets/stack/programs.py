"""Which programs make up the running system, and what each is started with."""

import socket
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from executor.errors import SettingsError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LOCATION = "hedge_assets"
MODULE = "hedge_assets.definitions"
STATES = "not (kind:parquet or kind:firestore)"
"""What the first refresh selects: every state. Tables have a partition a day, which no command without one can make."""
LOOPBACK = "127.0.0.1"
EXECUTOR = "executor"
EXECUTOR_STOP_S = 15
"""At a venue it calls its orders back and waits for what is under way, within ten seconds (`executor.live.ending`); killed before, they
rest."""
PORTS_TRIED = 200


@dataclass(frozen=True)
class Program:
    """One process. `final_codes` are exits after which it is not started again; `stop_wait_s` is how long it may take to end.

    A program that `waits` is started when its turn comes, not with the rest. `healthy_after_s` is how long it must run to
    count as started; supervisor looks at exit codes only after that, so it is 0 where they mean something. After so many `tries` in a row
    that did not get so far supervisor gives it up. `most_rest_s` is how long it is left alone at most when it falls again and again.
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
    most_rest_s: int = 30


@dataclass(frozen=True)
class Ports:
    """Where everything listens, on the loopback only: Dagster's pages and code, metrics of watch and executor, the operator page."""

    web: int = 3000
    code: int = 4266
    watch: int = 8800
    executor: int = 8801
    page: int = 8700
    more_executors: tuple[int, ...] = ()

    @property
    def executors(self) -> tuple[int, ...]:
        """The metrics of each executor, in the order of the accounts."""
        return (self.executor, *self.more_executors)


@dataclass(frozen=True)
class Stack:
    """The programs with what they share: the data root, the environment they see, and where they listen."""

    root: Path
    programs: tuple[Program, ...]
    environment: Mapping[str, str]
    ports: Ports
    accounts: tuple[str, ...] = ()

    @property
    def executors(self) -> tuple[str, ...]:
        """The names of the trading processes."""
        return tuple(map(executor_name, self.accounts)) or (EXECUTOR,)

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
    def metrics_addresses(self) -> tuple[str, ...]:
        """Where the metrics of the watch and of the executors are."""
        return tuple(f"http://{LOOPBACK}:{port}/metrics" for port in (self.ports.watch, *self.ports.executors))


def free_ports(wanted: Ports, accounts: int = 0) -> Ports:
    """For each of the wanted ports that one or the next one above it that nobody listens on; no two are the same.

    With several `accounts`, one executor's port for each.
    """
    taken: list[int] = []
    for port in (wanted.web, wanted.code, wanted.watch, wanted.page, wanted.executor, *[wanted.executor] * (accounts - 1)):
        taken.append(free_port(port, taken))
    web, code, watch, page, executor, *more = taken
    return Ports(web=web, code=code, watch=watch, executor=executor, page=page, more_executors=tuple(more))


def free_port(wanted: int, apart_from: Collection[int] = ()) -> int:
    """The wanted port, or the next one above it that nobody listens on and that is not spoken for."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
        if port not in apart_from and free(port):
            return port
    raise SettingsError(f"--port was {wanted}, it and the next {PORTS_TRIED} are taken; name another")


def free(port: int) -> bool:
    """Whether a loopback port could be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def home_settings(text: str, root: Path) -> dict[str, Any]:
    """The repository's `dagster.yaml` with its storage at an absolute place under the data root, whoever reads it from wherever."""
    settings = yaml.safe_load(text) or {}
    settings["storage"] = {"sqlite": {"base_dir": str(root / "dagster")}}
    return dict(settings)


def home_of(root: Path) -> Path:
    """Where Dagster's home is under a data root."""
    return root / "run" / "dagster"


def write_home(root: Path, code_port: int) -> Path:
    """Make Dagster's home under the data root, with its settings and the address of the code server; returns the folder."""
    home = home_of(root)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = home_settings((REPOSITORY / "dagster.yaml").read_text("utf-8"), root)
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    server = {"host": LOOPBACK, "port": code_port, "location_name": LOCATION}
    (home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}), "utf-8")
    return home


@dataclass(frozen=True)
class Told:
    """What commands are made of, as words: where things lie and at which ports they listen.

    `hedge up` fills in what it chose; a box fills in names of its environment, which whoever starts the programs looks up.
    """

    binaries: str
    code: str
    data: str
    workspace: str
    web: str
    code_port: str
    watch: str
    executor: str
    page: str

    def binary(self, name: str) -> str:
        """One of the environment's programs."""
        return f"{self.binaries}/{name}"


def told_by(root: Path, ports: Ports) -> Told:
    """The words of a stack on this machine, in the foreground."""
    return Told(
        binaries=str(Path(sys.executable).parent),
        code=str(REPOSITORY),
        data=str(root),
        workspace=str(home_of(root) / "workspace.yaml"),
        web=str(ports.web),
        code_port=str(ports.code),
        watch=str(ports.watch),
        executor=str(ports.executor),
        page=str(ports.page),
    )


def executor(told: Told, arguments: tuple[str, ...], account: str = "") -> Program:
    """The trading process, of one account where there are several; it gets the time to write its last heartbeat."""
    whose = ("--account", account) if account else ()
    run = ("-m", "executor", "run", "--data", told.data, *whose, "--metrics-port", told.executor, *arguments)
    return Program(executor_name(account), (told.binary("python"), *run), most_rest_s=5, stop_wait_s=EXECUTOR_STOP_S)


def executor_name(account: str) -> str:
    """What the trading process of an account is called among the programs."""
    return f"{EXECUTOR}_{account}" if account else EXECUTOR


def executors(told: Told, arguments: tuple[str, ...], ports: Ports, accounts: Collection[str]) -> tuple[Program, ...]:
    """One trading process for each account, each with its own metrics; one alone where no accounts are named."""
    if not accounts:
        return (executor(told, arguments),)
    return tuple(executor(replace(told, executor=str(port)), arguments, name) for name, port in ports_of(ports, accounts).items())


def ports_of(ports: Ports, accounts: Collection[str]) -> dict[str, int]:
    """Where the metrics of each account's executor are; where no accounts are named, of the one executor under no name."""
    return dict(zip(accounts or ("",), ports.executors, strict=True))


def watch(told: Told) -> Program:
    """The watch, which looks before there is anything to see; its alerts name the operator page."""
    words = ("--data", told.data, "--page", f"http://{LOOPBACK}:{told.page}", "--port", told.watch)
    return Program("watch", (told.binary("hedge"), "watch", *words), folder=REPOSITORY, final_codes=(), healthy_after_s=3)


def page(told: Told) -> Program:
    """The operator page, whose panels lead to Dagster's."""
    words = ("--data", told.data, "--port", told.page, "--dagster", f"http://{LOOPBACK}:{told.web}")
    return Program("page", (told.binary("python"), "-m", "ops.dashboard", *words), folder=REPOSITORY, final_codes=(), healthy_after_s=3)


def mirror(told: Told) -> Program:
    """What copies states to other places; off by settings it is done at once."""
    return Program("mirror", (told.binary("hedge"), "mirror", "run", "--data", told.data), folder=REPOSITORY)


def first(told: Told) -> Program:
    """The first refresh of every state."""
    command = (told.binary("dagster"), "asset", "materialize", "--select", STATES, "-m", MODULE, "-d", told.code)
    return Program("first", command, folder=REPOSITORY, restarts=False, waits=True)


def dagster_programs(told: Told) -> tuple[Program, ...]:
    """Code server, web pages, and the daemon that refreshes states from then on.

    They share one code server: a daemon that loads the code by itself starts another every minute.
    """
    quiet = ("--log-level", "warning")
    code = ("-m", MODULE, "-d", told.code, "-h", LOOPBACK, "-p", told.code_port, "--location-name", LOCATION)
    serve = (told.binary("dagster"), "api", "grpc", *code, *quiet)
    web = (told.binary("python"), "-m", "ops.pages", "--workspace", told.workspace, "--port", told.web)
    daemon = (told.binary("dagster-daemon"), "run", "-w", told.workspace, *quiet)
    return (
        Program("code", serve, folder=REPOSITORY, final_codes=(), waits=True, healthy_after_s=3),
        Program("web", web, folder=REPOSITORY, final_codes=(), waits=True, healthy_after_s=3),
        Program("daemon", daemon, folder=REPOSITORY, final_codes=(), waits=True, healthy_after_s=3),
    )


def environment(root: Path, home: Path, config: Path | None) -> dict[str, str]:
    """What every program is told through its environment, beside what was there."""
    told = {"HEDGE_DATA": str(root), "DAGSTER_HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
    return told if config is None else told | {"HEDGE_CONFIG": str(config.absolute())}


def stack(root: Path, *, arguments: tuple[str, ...], config: Path | None, ports: Ports, accounts: tuple[str, ...] = ()) -> Stack:
    """The whole system on one data root; `arguments` go to the executors as they are."""
    home = write_home(root, ports.code)
    told = told_by(root, ports)
    programs = (watch(told), *executors(told, arguments, ports, accounts), page(told), first(told), *dagster_programs(told))
    return Stack(root=root, programs=programs, environment=environment(root, home, config), ports=ports, accounts=accounts)
