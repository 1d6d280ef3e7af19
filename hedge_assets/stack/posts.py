"""The programs of a box: those of `hedge up`, each with a user, a file of secrets, and its place in the order of starting.

Where things lie is looked up in the environment: a word that begins with a dollar sign. With accounts each has an executor of its own,
which writes below that account's data root.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from executor.accounts import root_of
from hedge_assets.stack.launching import STARTS
from hedge_assets.stack.programs import Ports, Program, Told, dagster_programs, executors, mirror, page, watch

REFUSED = (75, 78)
NAMED = re.compile(r"\$([A-Z_]+)")
GROUP = "hedge"
TRADED, MADE = ("raw", "control", "cassettes"), ("state", "tables")
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


def posts(accounts: Sequence[str] = (), ports: Ports = Ports()) -> tuple[Post, ...]:  # noqa: B008  nothing of it changes
    """Every program in the order of starting. They are stopped in the opposite one: the watch first, for what follows is no incident.

    The executors stop while the rest can still read what they say last. With accounts their ports stand as in `ports`.
    """
    code, web, daemon = dagster_programs(TOLD)
    dagster, mirrored = "HEDGE_DAGSTER_USER", everywhere(accounts, "mirror")
    return (
        Post(tend(TOLD), "HEDGE_TEND_USER", writes=("run", STARTS), memory_mb=256),
        Post(code, dagster, "dagster", ("postgres",), (*everywhere(accounts, *MADE), "dagster"), (STARTS, *mirrored), memory_mb=1024),
        Post(web, dagster, "dagster", ("postgres", "code"), ("dagster",)),
        Post(daemon, dagster, "dagster", ("postgres", "code"), ("dagster",)),
        Post(page(TOLD), "HEDGE_PAGE_USER"),
        Post(mirror(TOLD), "HEDGE_MIRROR_USER", "mirror", writes=mirrored, travels=True),
        *(
            Post(trading, "HEDGE_EXECUTOR_USER", writes=below(account, *TRADED), travels=True)
            for trading, account in zip(executors(TOLD, ("--config", "$HEDGE_CONFIG"), ports, accounts), accounts or ("",), strict=True)
        ),
        Post(watch(TOLD), "HEDGE_WATCH_USER", "watch", writes=everywhere(accounts, "watch"), travels=True),
    )


def everywhere(accounts: Sequence[str], *folders: str) -> tuple[str, ...]:
    """These folders of the desk, and those of each account."""
    return tuple(each for account in ("", *accounts) for each in below(account, *folders))


def below(account: str, *folders: str) -> tuple[str, ...]:
    """These folders of an account, as the desk's data root knows them; the desk's own where it has no name."""
    root = root_of(Path(), account)
    return tuple(str(root / each) for each in folders)


def user_of(post: Post) -> str:
    """The user's name as `ops/box.env` has it."""
    return f"hedge-{post.user.removeprefix('HEDGE_').removesuffix('_USER').lower()}"


def words(command: tuple[str, ...]) -> str:
    """A command as one line, variables as they are."""
    return " ".join(word if NAMED.search(word) else shlex.quote(word) for word in command)
