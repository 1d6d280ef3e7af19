"""The file of a box under supervisor, and how it and the units are printed.

`ops/hedge.conf` and `ops/systemd/` are printed from here (`python -m hedge_assets.stack.box ops`), so that they cannot say anything else
than `stack.programs` does.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from hedge_assets.health.measuring import LOG_BYTES, LOGS_KEPT
from hedge_assets.stack.posts import NAMED, TOLD, Post, posts, words
from hedge_assets.stack.units import units

TRIES = 5
FIRST_PRIORITY, STEP = 10, 10
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


def configuration_of(programs: Sequence[Post], named: "type[str] | None" = None) -> str:
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


def needed_names(programs: Sequence[Post]) -> tuple[str, ...]:
    """Every variable that these programs' files look up, each once."""
    found = [*NAMED.findall(configuration_of(programs, str)), *NAMED.findall(HEAD)]
    return tuple(dict.fromkeys(found))


def files() -> dict[str, str]:
    """Every file that is printed, by its path in `ops/`."""
    return {"hedge.conf": configuration_of(posts()), **{f"systemd/{name}": text for name, text in units(posts()).items()}}


def main() -> None:
    """Write the files into a folder, `ops` of the repository."""
    for name, text in files().items():
        path = Path(sys.argv[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
