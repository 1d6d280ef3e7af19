"""Whether a box may start: everything that would stop or endanger it later is asked before, and told at once with its cure.

Questions that only a program's own user can answer (may it read its key, does Dagster's storage open) are asked by that user's process.
"""

import importlib.util
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from executor.accounts import TABLE, names_of, root_of, table_of
from executor.configuration import read_table, settings_from, umask_of
from executor.errors import HedgeError, LockError, SettingsError
from executor.flags import read_flags, refuse_unpermitted_production
from hedge_assets.place import all_places
from hedge_assets.stack.box import needed_names
from hedge_assets.stack.folders import refuse_links, refuse_loose, refuse_open, refuse_wrong
from hedge_assets.stack.installed import SOCKET, Box
from hedge_assets.stack.ports import ports_from
from hedge_assets.stack.programs import executor_name, free, ports_of

UNASKED = "not asked, systemd hands its key to its unit alone; start it, and read what it says (docs/live.md)"
DOCTOR = ("-m", "executor", "doctor")
STORAGE = ("-m", "hedge_assets.defs.storage_ready")
HERE = {"HEDGE_HOME", "HEDGE_DATA", "HEDGE_SECRETS", "HEDGE_CONFIG", "HEDGE_RUN", "DAGSTER_HOME", "HEDGE_DAGSTER"}
"""Variables that name a place: each must be absolute, since every program stands elsewhere."""

HEDGE_NAMES = ("HEDGE_UMASK", "DAGSTER_HOME", "HEDGE_DAGSTER")


@dataclass(frozen=True)
class Finding:
    """One thing that was asked. `code` is what a refusal ends with; a warning refuses nothing."""

    name: str
    detail: str
    code: int = 0
    is_warning: bool = False

    @property
    def line(self) -> str:
        """As it is told."""
        return f"{'FAIL' if self.code else 'warn' if self.is_warning else 'ok  '}  {self.name}: {self.detail}"


def findings(environ: Mapping[str, str], *, may_run: bool, for_units: bool = False) -> Iterator[Finding]:
    """Everything in the order in which a start would meet it; what rests on an earlier answer is not asked without it.

    With `may_run` a box that runs is no refusal, and its ports are its own. `for_units`: systemd may hand each executor its key.
    """
    box = Box(environ)
    named = asked("environment", lambda: names(box))
    yield named
    if named.code:
        return
    yield asked("flags", lambda: flags(box))
    yield asked("settings", lambda: settings(box))
    yield alerts(box)
    users = asked("users", lambda: user_names(box))
    yield users
    yield asked("running", lambda: running(box, may_run=may_run))
    yield asked("ports", lambda: ports(box))
    if users.code:
        return
    yield asked("secrets", lambda: secrets(box))
    owned = asked("folders", lambda: folders(box))
    yield owned
    if not owned.code:
        yield doctored(box, for_units=for_units)
    yield asked("Dagster", lambda: dagster(box))
    yield compiled()


def asked(name: str, ask: Callable[[], str]) -> Finding:
    """One question; what it refuses is its answer."""
    try:
        return Finding(name, ask())
    except HedgeError as error:
        return Finding(name, " ".join(str(error).split()), code=error.exit_code)


def names(box: Box) -> str:
    """Every variable that the programs' commands hold is there, and what names a place names it whole."""
    wanted = (*needed_names(box.posts), *HEDGE_NAMES)
    missing = [name for name in wanted if not box.environ.get(name)]
    if missing:
        raise SettingsError(f"{', '.join(missing)} was not set; add it to box.env (ops/box.env has all of them)")
    loose = [f"{name}={box.environ[name]}" for name in sorted(HERE) if not box.environ[name].startswith("/")]
    if loose:
        raise SettingsError(f"{loose[0]} was no absolute path; write the whole path in box.env")
    return f"{len(set(wanted))} names"


def flags(box: Box) -> str:
    """Production, and permitted."""
    found = read_flags(box.environ)
    if found.env != "prod":
        raise SettingsError(f"ENV was {found.env}, --prod needs prod; set ENV=prod in box.env, or use hedge up without --prod")
    refuse_unpermitted_production(found)
    if umask_of(box.environ) != 0o027 and len({box.environ[post.user] for post in box.posts}) > 1:
        raise SettingsError(
            "HEDGE_UMASK was 077 with several users, they could not read each other's files; set HEDGE_UMASK=027 in box.env"
        )
    return "ENV=prod, ALLOW_PROD_WRITE=1"


def settings(box: Box) -> str:
    """The settings file, by both of its readers, of every account."""
    path = box.place("HEDGE_CONFIG")
    table, told = read_table(path, named_by="HEDGE_CONFIG"), []
    for account in names_of(table) or ("",):
        found = settings_from(table_of(table, account), {})
        told.append(f"{account}{': ' if account else ''}{found.mode} trading on {found.exchange}, feed {found.feed}")
    all_places(box.environ)
    return f"{path}: {'; '.join(told)}"


def alerts(box: Box) -> Finding:
    """Whether anybody would be told; a box may run without."""
    try:
        told = all_places(box.environ)[0].alerts
    except HedgeError:
        return Finding("alerts", "not known, the settings are refused", is_warning=True)
    if not told.channels:
        return Finding(
            "alerts", "no channel in [alerts], nobody is told when something is wrong; add one (docs/health.md)", is_warning=True
        )
    if not told.deadman_url:
        return Finding("alerts", f"{len(told.channels)} channels, no deadman_url: if the whole box goes, nobody is told", is_warning=True)
    return Finding("alerts", f"{len(told.channels)} channels and a dead man's ping")


def compiled() -> Finding:
    """Whether modules are compiled: users who may not write there would do it at every start, and at that of every run."""
    source = str(importlib.util.find_spec("dagster").origin)  # type: ignore[union-attr]
    kept = Path(importlib.util.cache_from_source(source))
    if not kept.is_file() or kept.stat().st_mtime < Path(source).stat().st_mtime:
        folder = Path(sys.prefix).parent
        return Finding(
            "modules", f"not compiled, every run would do it anew; run: {sys.executable} -m compileall -q {folder}", is_warning=True
        )
    return Finding("modules", "compiled")


def user_names(box: Box) -> str:
    """Every user is there, and this process may become each of them."""
    found = {box.environ[post.user]: box.uid(post.user).pw_uid for post in box.posts}
    others = [name for name, uid in found.items() if uid != os.geteuid()]
    if others and os.geteuid() != 0:
        raise SettingsError(f"programs are to run as {', '.join(others)}, only root may start them so; run this as root")
    return f"{', '.join(found)}{'' if box.gid is None else f', of group {box.gid}'}"


def running(box: Box, *, may_run: bool) -> str:
    """Whether the box runs already."""
    if not box.is_running:
        return "no"
    if not may_run:
        if not box.control.processes():
            raise LockError(f"an executor trades on {box.place('HEDGE_DATA')}, whoever started it; stop that one first (systemctl, Ctrl-C)")
        raise LockError(f"a supervisor answers at {box.place('HEDGE_RUN') / SOCKET}; stop that box first, or ask it: supervisorctl")
    return "yes; its ports are its own"


def ports(box: Box) -> str:
    """All different and, unless the box runs, all free."""
    found = ports_from(box.environ, len(box.accounts))
    told = {"web": found.web, "code": found.code, "page": found.page, "watch": found.watch}
    told |= {executor_name(account): port for account, port in ports_of(found, box.accounts).items()}
    if len(set(told.values())) < len(told):
        raise SettingsError(
            f"ports were {', '.join(f'{name} {port}' for name, port in told.items())}, two are the same; change one in box.env"
        )
    taken = [] if box.is_running else [f"{name} {port}" for name, port in told.items() if not free(port)]
    if taken:
        raise SettingsError(f"port of {', '.join(taken)} is taken; stop who listens there, or name another in box.env")
    return ", ".join(f"{name} {port}" for name, port in told.items())


def secrets(box: Box) -> str:
    """Each file of secrets is its user's alone and reads as one; asked here of its facts only, since it is another's."""
    told = []
    for name, post in {post.secrets: post for post in box.posts if post.secrets}.items():
        path, user = box.place("HEDGE_SECRETS") / f"{name}.env", box.uid(post.user)
        try:
            seen = path.lstat()
        except OSError as error:
            raise SettingsError(
                f"{path} was not there ({error.strerror}); copy it from ops/, chown {user.pw_name} it, chmod 0400"
            ) from None
        mode = stat.S_IMODE(seen.st_mode)
        if not stat.S_ISREG(seen.st_mode) or seen.st_uid != user.pw_uid or mode not in (0o400, 0o600):
            raise SettingsError(
                f"{path} was uid {seen.st_uid}'s with mode {mode:04o}, it must be {user.pw_name}'s with 0400; chown and chmod it"
            )
        told.append(path.name)
    return ", ".join(told)


def folders(box: Box) -> str:
    """Every folder that a program writes to is its user's, and nothing of it is for strangers."""
    root, owners = box.place("HEDGE_DATA"), {name: box.uid(post.user) for post in box.posts for name in post.writes}
    for name, user in owners.items():
        refuse_wrong(root, name, user, box.gid)
    for folder in (root, *([root / TABLE] if box.accounts else []), *(root_of(root, account) for account in box.accounts)):
        refuse_loose(folder, box.gid)
    refuse_links(root / "run")
    refuse_open(box.place("HEDGE_RUN"))
    return f"{root} and {len(owners)} below it"


def doctored(box: Box, *, for_units: bool) -> Finding:
    """What the doctor says; with `for_units` a warning where it was not asked of everybody."""
    unasked: list[str] = []

    def ask() -> str:
        unasked.extend(credentialed(box) if for_units else ())
        return doctor(box, unasked)

    told = asked("executor doctor", ask)
    return replace(told, is_warning=bool(unasked) and not told.code)


def credentialed(box: Box) -> list[str]:
    """The accounts that trade at a venue with a key that no file is named for: it is handed over by the process manager."""
    table = read_table(box.place("HEDGE_CONFIG"))
    found = {name: settings_from(table_of(table, name), {}) for name in box.accounts or ("",)}
    return [name for name, each in found.items() if each.mode != "paper" and not each.venue.key_file]


def doctor(box: Box, unasked: Collection[str]) -> str:
    """What `executor doctor` says to the executor's own user of each account. It reads the key, and at a venue it asks for the account."""
    said = {}
    for account in box.accounts or ("",):
        words = (*DOCTOR, "--data", box.environ["HEDGE_DATA"], "--config", box.environ["HEDGE_CONFIG"])
        whose = ("--account", account) if account else ()
        said[account] = UNASKED if account in unasked else box.ask("HEDGE_EXECUTOR_USER", (*words, *whose), {})
    return "; ".join(f"{account}: {each}" if account else each for account, each in said.items())


def dagster(box: Box) -> str:
    """Whether `ops/dagster.yaml` loads with these secrets, its database answers and is of this version, and the definitions load."""
    post = next(post for post in box.posts if post.secrets == "dagster")
    path = box.place("HEDGE_SECRETS") / "dagster.env"
    if os.geteuid() not in (0, box.uid(post.user).pw_uid):
        raise SettingsError(f"{path} can be read by {box.environ[post.user]} and root only; run this as root")
    return box.ask(post.user, STORAGE, {"HEDGE_SECRETS_FILE": str(path)})
