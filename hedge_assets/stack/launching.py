"""How a program of a box begins: with its secrets, after what it needs, and after a rest when it has fallen again and again.

Supervisor hands every program the same environment, starts one that fell at once and for ever, and starts all of them together. So each
is begun through here, which becomes the program itself: same process, same id. In a container, whose engine knows no final exit, it
stays above the program instead, and stays when that has ended for good.
"""

import contextlib
import os
import pwd
import re
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from executor.endings import ENDINGS
from executor.errors import HedgeError, SettingsError
from executor.private_file import Wanted, read_private
from hedge_assets.stack.ports import listens, port_of
from hedge_assets.store import StoreError, replace

LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")
SECRETS = Wanted("secrets", 64 * 1024, "write one NAME=VALUE a line there, chown it to the program's user, chmod 0400")
POSTGRES = ("HEDGE_PG_HOST", "HEDGE_PG_PORT", "HEDGE_PG_DB", "HEDGE_PG_USER", "HEDGE_PG_PASSWORD")
STARTS = "starts"
"""The folder under the data root in which every program notes its own starts. It is apart from `run/`, where root writes: a link that
somebody else may put there would be followed by whoever opens a log.
"""

ANSWER_S = 3
LOOK_S = 0.2
PATIENCE_S = 90.0
"""How long something is waited for before it is said, by ending with 1, that it does not come: then it is begun and waited for again."""

ENDED = Path(tempfile.gettempdir()) / "hedge-ended"
"""With which code the program of this container ended for good, for its health check; not there while it lives."""

STEADY_S = 60.0
FREE_FALLS = 2
REMEMBERED = 16


class Starts(msgspec.Struct, frozen=True, kw_only=True):
    """When a program was begun, newest last, in microseconds UTC: `starts/NAME.starts`."""

    at_us: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rest:
    """How long a program that falls again and again is left alone: twice as long each time, up to `most_s`."""

    most_s: float

    def after(self, falls: int) -> float:
        """Seconds to wait after so many falls in a row; the first ones cost nothing."""
        return 0.0 if falls <= FREE_FALLS else float(min(self.most_s, 2.0 ** min(falls - FREE_FALLS - 1, 30)))

    def falls(self, at_us: tuple[int, ...], now_us: int) -> int:
        """How many lives in a row up to now were short: each began soon after the one before, its rest not counted."""
        count, after_us = 0, now_us
        for began_us in reversed(at_us):
            lived_s = (after_us - began_us) / 1e6
            if not 0 <= lived_s < STEADY_S + self.most_s:
                break
            count, after_us = count + 1, began_us
        return count


def variables(text: str, where: str) -> dict[str, str]:
    """The names and values of a file of them, one a line as systemd reads them; nothing is expanded. Refuses what is no such line."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", ";")):
            continue
        seen = LINE.fullmatch(stripped)
        if seen is None:
            raise SettingsError(f"line {number} of {where} is no NAME=VALUE; write one a line, without export")
        value = seen[2].strip()
        found[seen[1]] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
    return found


def secrets_in(path: Path) -> dict[str, str]:
    """What a file of secrets says; it must be this user's alone."""
    try:
        return variables(read_private(path, SECRETS).decode("utf-8"), str(path))
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is no text; {SECRETS.cure}") from None


def own_names() -> dict[str, str]:
    """Who this process runs as, and where that user is at home: what was handed down is somebody else's."""
    with contextlib.suppress(KeyError):
        user = pwd.getpwuid(os.geteuid())
        return {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
    return {}


def waits(environ: Mapping[str, str]) -> dict[str, Callable[[], str | None]]:
    """What can be waited for: each says what is missing, null once it is there."""
    return {"postgres": lambda: postgres_fault(environ), "code": lambda: port_fault("HEDGE_CODE_PORT", environ)}


def port_fault(name: str, environ: Mapping[str, str]) -> str | None:
    """Whether somebody listens at the loopback port that a variable names."""
    port = port_of(name, environ)
    return None if listens(port) else f"nobody listens at port {port}"


def postgres_fault(environ: Mapping[str, str]) -> str | None:
    """Why the database does not answer a question; null once it does. Never says the password."""
    import psycopg2  # noqa: PLC0415  most programs wait for no database

    missing = [name for name in POSTGRES if name not in environ]
    if missing:
        raise SettingsError(f"{', '.join(missing)} was not set, Dagster's database cannot be found; write it into dagster.env")
    host, port, name, user, password = (environ[each] for each in POSTGRES)
    try:
        line = psycopg2.connect(host=host, port=port, dbname=name, user=user, password=password, connect_timeout=ANSWER_S)
    except psycopg2.Error as error:
        said = " ".join(str(error).split()) or "no answer"
        return f"Postgres at {host}:{port} does not let {user} in ({said[:200]})"
    try:
        with line.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error as error:
        return f"Postgres at {host}:{port} answers nothing ({' '.join(str(error).split())[:200]})"
    finally:
        line.close()
    return None


def wait_for(name: str, fault: Callable[[], str | None], *, patience_s: float = PATIENCE_S) -> None:
    """Wait until there is no fault. Raises `HedgeError` with what was missing when that takes too long."""
    until_s = time.monotonic() + patience_s
    while (missing := fault()) is not None:
        if time.monotonic() >= until_s:
            raise HedgeError(f"{name} was waited for {patience_s:.0f} s: {missing}; start it, this program is tried again")
        time.sleep(LOOK_S)


def rest(folder: Path, name: str, most_s: float, now_us: int) -> float:
    """Note this start; how long to leave the program alone before it begins. A note that cannot be kept costs the rest, not the start."""
    path = folder / f"{name}.starts"
    try:
        before = msgspec.json.decode(path.read_bytes(), type=Starts).at_us
    except (OSError, msgspec.DecodeError):
        before = ()
    wanted = Rest(most_s)
    with contextlib.suppress(StoreError):
        replace(path, msgspec.json.encode(Starts(at_us=(*before, now_us)[-REMEMBERED:])), durable=False)
    return wanted.after(wanted.falls(before, now_us))


def kept(command: tuple[str, ...], environ: Mapping[str, str]) -> tuple[int, bool]:
    """Run a program below this process until it ends, and hand on to it what asks this one to end.

    Its exit code, as a shell tells it, and whether it was asked to end. Signals wait until they are looked for: none is lost.
    """
    heard = {*ENDINGS, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    pid, was_asked = os.posix_spawnp(command[0], command, environ, setsigmask=()), False
    while True:
        number = signal.sigwait(heard)
        if number in ENDINGS:
            was_asked = True
            os.kill(pid, number)
            continue
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return (code if code >= 0 else 128 - code), was_asked


def forget() -> None:
    """A program begins: whatever was told of another one's end is not its own."""
    with contextlib.suppress(OSError):
        ENDED.unlink()


def note_end(code: int) -> None:
    """A program ended for good: its health check is told, and from here on what asks to end waits until it is looked for."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    with contextlib.suppress(OSError):  # then the program itself is asked, which says nothing any more
        ENDED.write_text(f"{code}\n", "ascii")


def until_asked_to_end() -> None:
    """Do nothing for a program that ended for good: whoever started this one would start it again."""
    signal.sigwait(ENDINGS)
