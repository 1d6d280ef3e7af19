"""A box in a folder of its own: the very files that are handed out, with other paths, ports and users in their environment."""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from hedge_assets.health.scene import Program, Programs
from hedge_assets.stack.folders import mode_of
from hedge_assets.stack.launching import variables
from hedge_assets.stack.ports import NAMES
from hedge_assets.stack.posts import posts
from hedge_assets.stack.programs import REPOSITORY, Ports
from hedge_assets.stack.supervision import Control, Process
from tests.ports import free_row

PATIENCE_S = 180.0
HEDGE = [sys.executable, "-c", "from hedge_assets.cli import main; main()"]
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER_", "HEDGE_", "ENV", "ALLOW_"))}
ME = pwd.getpwuid(os.geteuid()).pw_name


def until(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
    """Whether it held before patience ended."""
    until_s = time.monotonic() + patience_s
    while not (held := holds()) and time.monotonic() < until_s:
        time.sleep(0.2)
    return held


@dataclass
class Box:
    """One box, all of its programs run by whoever runs the test."""

    folder: Path
    database: Mapping[str, str]
    accounts: tuple[str, ...] = ()
    changed: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def env_file(self) -> Path:
        return self.folder / "etc" / "box.env"

    def lay(self) -> None:
        """What the runbook has one lay out: folders, settings, environment, secrets."""
        (self.folder / "etc").mkdir()
        for name in (name for post in posts(self.accounts, Ports(more_executors=(0,) * (len(self.accounts) - 1))) for name in post.writes):
            (self.data / name).mkdir(parents=True, exist_ok=True)
            (self.data / name).chmod(int(mode_of(self.data / name), 8))
        for folder in (self.data, self.data / "accounts", *(self.data / "accounts").glob("*")):
            folder.chmod(0o750) if folder.is_dir() else None
        named = "".join(f"\n[accounts.{name}]\nseed = {number}\n" for number, name in enumerate(self.accounts, 1))
        (self.folder / "etc" / "hedge.toml").write_text((REPOSITORY / "ops/paper.toml").read_text("utf-8") + named)
        for name in sorted({post.secrets for post in posts() if post.secrets}):
            told = self.database if name == "dagster" else {}
            self.secret(f"{name}.env", "".join(f"{key}={value}\n" for key, value in told.items()))
        for name in NAMES:
            self.ports[name] = free_row(max(len(self.accounts), 1) if name == "executor" else 1)
        self.write()

    def secret(self, name: str, text: str, mode: int = 0o400) -> None:
        path = self.folder / "etc" / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def write(self, **changed: str | None) -> None:
        """The environment as it is handed out, with this folder's places; a name changed to null is left out."""
        told = variables((REPOSITORY / "ops/box.env").read_text("utf-8"), "box.env")
        told |= {name: ME for name in told if name.endswith("_USER")}
        told |= {NAMES[name]: str(port) for name, port in self.ports.items()}
        places = {"HEDGE_HOME": REPOSITORY, "HEDGE_CONFIG": self.folder / "etc/hedge.toml", "HEDGE_SECRETS": self.folder / "etc"}
        places |= {"HEDGE_DATA": self.data, "HEDGE_RUN": self.folder / "run", "HEDGE_DAGSTER": self.data / "dagster"}
        told |= {name: str(place) for name, place in places.items()}
        told |= {"DAGSTER_HOME": str(REPOSITORY / "ops"), "PYTHONPATH": str(REPOSITORY)}
        told |= {**self.changed, **{name: value for name, value in changed.items() if value is not None}}
        gone = {name for name, value in changed.items() if value is None}
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in told.items() if name not in gone))
        self.env_file.chmod(0o644)

    def command(self, *words: str) -> list[str]:
        return [*HEDGE, "up", "--prod", "--env-file", str(self.env_file), *words]

    def check(self) -> subprocess.CompletedProcess[str]:
        """Validate only."""
        return subprocess.run(
            self.command("--check"), cwd=REPOSITORY, env=PLAIN, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )

    def start(self) -> None:
        with (self.folder / "said").open("ab") as out:
            self.process = subprocess.Popen(self.command(), cwd=REPOSITORY, env=PLAIN, stdout=out, stderr=out, start_new_session=True)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or refused to begin."""
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Ask the supervisor to end, and leave nothing behind."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)

    def left(self) -> list[int]:
        """Processes of the box that live: supervisor puts each program into a group of its own, the environment tells whose it is."""
        mark = f"HEDGE_DATA={self.data}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                found += [int(path.parent.name)] if mark in path.read_bytes() and is_alive(path.parent) else []
            except OSError:
                continue
        return found

    @property
    def control(self) -> Control:
        return Control(self.folder / "run" / "supervisor.sock")

    def processes(self) -> dict[str, Process]:
        return self.control.processes()

    def running(self, name: str) -> Process:
        """A program that runs, as soon as supervisor says so: busy, it does not answer, and what is being started has no pid."""
        found: list[Process | None] = []

        def runs() -> bool:
            found.append(self.processes().get(name))
            return found[-1] is not None and found[-1].state == "RUNNING" and found[-1].pid > 0

        assert until(runs), found[-1]
        return found[-1]

    def noted(self) -> dict[str, Program]:
        """The programs as the note says."""
        try:
            note = msgspec.json.decode((self.data / "run/programs.json").read_bytes(), type=Programs)
        except FileNotFoundError:
            return {}
        return {each.name: each for each in note.programs}

    def has_fallen(self, name: str) -> bool:
        """Whether the note tells of a fall."""
        noted = self.noted().get(name)
        return noted is not None and bool(noted.falls_us)

    def status(self) -> dict:
        done = subprocess.run(
            [*HEDGE, "status", "--json", "--data", str(self.data)],
            cwd=REPOSITORY,
            env={**PLAIN, "HEDGE_CONFIG": str(self.folder / "etc/hedge.toml")},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return json.loads(done.stdout)


def is_alive(process: Path) -> bool:
    """Whether a process is no zombie."""
    return (process / "stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
