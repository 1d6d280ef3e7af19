"""The programs of a box: those of `hedge up`, each with a user, a file of secrets, and its place in the order of starting.

`ops/hedge.conf` and the units in `ops/systemd/` are printed from here (`python -m hedge_assets.stack.box ops`), so that they cannot say
anything else than `stack.programs` does. Where things lie is looked up in the environment: a word that begins with a dollar sign.
"""

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from hedge_assets.health.measuring import LOG_BYTES, LOGS_KEPT
from hedge_assets.stack.launching import STARTS
from hedge_assets.stack.programs import Program, Told, dagster_programs, executor, mirror, page, watch

REFUSED = (75, 78)
TRIES = 5
FIRST_PRIORITY, STEP = 10, 10
GROUP = "hedge"
HOME = "/opt/hedge"
"""Where units find the code: systemd wants the first word of a command as it is."""

NAMED = re.compile(r"\$([A-Z_]+)")
TOLD = Told(
    binaries="$HEDGE_HOME/.venv/bin",
    code="$HEDGE_HOME",
    data="$HEDGE_DATA",
    workspace="$HEDGE_HOME/ops/workspace.yaml",
    web="$HEDGE_WEB_PORT",
    code_port="$HEDGE_CODE_PORT",
    watch="$HEDGE_WATCH_PORT",
    executor="$HEDGE_EXECUTOR_PORT",
    page="$HEDGE_PAGE_PORT",
)


@dataclass(frozen=True)
class Post:
    """One program on a box. `user` names the variable with its user, `secrets` its file of secrets (without `.env`; empty: it has none).

    It waits for what is in `after` before it begins. Below the data root it writes to folders of its own (`writes`) and of others
    (`shares`). It speaks with other machines if it `travels`, and has at most so many `memory_mb` where systemd watches over it.
    """

    program: Program
    user: str
    secrets: str = ""
    after: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    shares: tuple[str, ...] = (STARTS,)
    travels: bool = False
    memory_mb: int = 512

    @property
    def name(self) -> str:
        """The program's."""
        return self.program.name

    @property
    def final_codes(self) -> tuple[int, ...]:
        """Exits after which it stays down: being refused, and for who may be done, being done."""
        return tuple(sorted({*self.program.final_codes, *REFUSED}))

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command: its secrets read, what it needs waited for, and where it falls again and again left alone for a while."""
        waits = [word for each in self.after for word in ("--after", each)]
        secrets = ("--secrets", f"$HEDGE_SECRETS/{self.secrets}.env") if self.secrets else ()
        rest = ("--rest", str(self.program.most_rest_s))
        return (TOLD.binary("hedge"), "launch", self.name, *secrets, *waits, *rest, "--", *self.program.command)


def tend(told: Told) -> Program:
    """What tells how the programs are, and starts again one that hangs."""
    return Program("tend", (told.binary("hedge"), "tend", "--data", told.data), final_codes=())


def posts() -> tuple[Post, ...]:
    """Every program in the order of starting. They are stopped in the opposite one: the watch first, for what follows is no incident.

    The executor stops while the rest can still read what it says last.
    """
    code, web, daemon = dagster_programs(TOLD)
    dagster, read = "HEDGE_DAGSTER_USER", ("state", "tables", "dagster")
    return (
        Post(tend(TOLD), "HEDGE_TEND_USER", writes=("run", STARTS), memory_mb=256),
        Post(code, dagster, "dagster", ("postgres",), read, (STARTS, "mirror"), memory_mb=1024),
        Post(web, dagster, "dagster", ("postgres", "code"), ("dagster",)),
        Post(daemon, dagster, "dagster", ("postgres", "code"), ("dagster",)),
        Post(page(TOLD), "HEDGE_PAGE_USER"),
        Post(mirror(TOLD), "HEDGE_MIRROR_USER", "mirror", writes=("mirror",), travels=True),
        Post(executor(TOLD, ("--config", "$HEDGE_CONFIG")), "HEDGE_EXECUTOR_USER", writes=("raw", "control", "cassettes"), travels=True),
        Post(watch(TOLD), "HEDGE_WATCH_USER", "watch", writes=("watch",), travels=True),
    )


def needed_names() -> tuple[str, ...]:
    """Every variable that the box's files look up, each once."""
    found = [*NAMED.findall(configuration_of(posts(), str)), *NAMED.findall(HEAD)]
    return tuple(dict.fromkeys(found))


HEAD = """; The programs of a box under supervisor, printed by `python -m hedge_assets.stack.box ops` from hedge_assets/stack/box.py.
; Every ENV_ name is a line of /etc/hedge/box.env (ops/box.env is one to copy); docs/production.md says how it is installed.
; Both outputs of a program go into one file, so that what it said stays in order; each is turned over by size, and so many are kept.
; A program that ended with 75 or 78 was refused and stays down. One that falls again and again is left alone for longer and longer
; (`hedge launch`), since supervisor itself starts it at once for ever; tend writes down every fall, and the watch alerts.

[unix_http_server]
file=$HEDGE_RUN/supervisor.sock
chmod=0700

[supervisorctl]
serverurl=unix://$HEDGE_RUN/supervisor.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
logfile=$HEDGE_DATA/run/supervisord.log
logfile_maxbytes={bytes}
logfile_backups={kept}
pidfile=$HEDGE_RUN/supervisord.pid
childlogdir=$HEDGE_DATA/run
directory=$HEDGE_HOME
umask=027
minfds=4096

[include]
files=$HEDGE_SECRETS/*.conf
"""


def configuration_of(programs: tuple[Post, ...], named: "type[str] | None" = None) -> str:
    """Supervisor's whole configuration; with `named` the variables stand as they are here."""
    sections = [section(post, FIRST_PRIORITY + STEP * number) for number, post in enumerate(programs)]
    text = "\n".join([HEAD.format(bytes=LOG_BYTES, kept=LOGS_KEPT), *sections])
    return text if named else NAMED.sub(r"%(ENV_\1)s", text)


def section(post: Post, priority: int) -> str:
    """One program's."""
    lines = {
        "command": words(post.command),
        "directory": TOLD.code,
        "user": f"${post.user}",
        "umask": "027",
        "priority": priority,
        "autorestart": "unexpected",
        "exitcodes": ",".join(map(str, post.final_codes)),
        "startsecs": 0,
        "startretries": TRIES,
        "stopsignal": "TERM",
        "stopwaitsecs": post.program.stop_wait_s,
        "stopasgroup": "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"$HEDGE_DATA/run/{post.name}.log",
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": LOGS_KEPT,
    }
    return "\n".join([f"[program:{post.name}]", *(f"{key}={value}" for key, value in lines.items()), ""])


def words(command: tuple[str, ...]) -> str:
    """A command as one line, variables as they are."""
    return " ".join(word if NAMED.search(word) else shlex.quote(word) for word in command)


UNIT = """# Printed by `python -m hedge_assets.stack.box ops` from hedge_assets/stack/box.py; docs/production.md says how it is installed.
[Unit]
Description=hedge: {name}
PartOf=hedge.target
After=network-online.target postgresql.service{after}
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/hedge/box.env
ExecStart={command}
WorkingDirectory={home}
User={user}
Group={group}
UMask=0027
Restart=always
RestartSec=1
RestartPreventExitStatus={final}
SuccessExitStatus=0
KillSignal=SIGTERM
KillMode=control-group
TimeoutStopSec={stop}
LimitCORE=0
LimitNOFILE=4096
MemoryMax={memory}M
TasksMax=256
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
{writes}{travels}
[Install]
WantedBy=hedge.target
"""
TARGET = """# Printed by `python -m hedge_assets.stack.box ops` from hedge_assets/stack/box.py.
[Unit]
Description=hedge: the whole desk
Wants={units}

[Install]
WantedBy=multi-user.target
"""
AT_HOME = "IPAddressDeny=any\nIPAddressAllow=localhost\n"


def unit(post: Post, stopped_after: tuple[str, ...]) -> str:
    """One program's unit. It is stopped before those it names in `After`, which systemd stops in the opposite order of starting."""
    writes = "".join(f"ReadWritePaths=/var/lib/hedge/{folder}\n" for folder in (*post.writes, *post.shares))
    named = NAMED.sub(lambda found: HOME if found[1] == "HEDGE_HOME" else f"${{{found[1]}}}", words(post.command))
    return UNIT.format(
        name=post.name,
        after="".join(f" hedge-{each}.service" for each in stopped_after),
        command=named,
        home=HOME,
        user=user_of(post),
        group=GROUP,
        final=" ".join(map(str, post.final_codes)),
        stop=post.program.stop_wait_s,
        memory=post.memory_mb,
        writes=writes,
        travels="" if post.travels else AT_HOME,
    )


def user_of(post: Post) -> str:
    """The user's name as `ops/box.env` has it."""
    return f"hedge-{post.user.removeprefix('HEDGE_').removesuffix('_USER').lower()}"


def files() -> dict[str, str]:
    """Every file that is printed, by its path in `ops/`."""
    everything = posts()
    under_systemd = tuple(post for post in everything if post.name != "tend")
    units = {
        f"systemd/hedge-{post.name}.service": unit(post, tuple(each.name for each in under_systemd[:number]))
        for number, post in enumerate(under_systemd)
    }
    target = TARGET.format(units=" ".join(f"hedge-{post.name}.service" for post in under_systemd))
    return {"hedge.conf": configuration_of(everything), **units, "systemd/hedge.target": target}


def main() -> None:
    """Write the files into a folder, `ops` of the repository."""
    for name, text in files().items():
        path = Path(sys.argv[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
