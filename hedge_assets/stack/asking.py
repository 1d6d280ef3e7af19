"""A question that only a program's own user can answer, asked by a process of that user."""

import os
import pwd
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from executor.errors import SettingsError
from hedge_assets.stack.launching import own_names, secrets_in

ASKED_S = 120.0


def as_user(user: pwd.struct_passwd, words: Sequence[str], *, folder: str, environ: Mapping[str, str]) -> str:
    """Ask a program of ours as that user; its last line, or what went wrong in its own words."""
    told = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name} if user.pw_uid != os.geteuid() else own_names()
    is_root = os.geteuid() == 0
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter, and words of ours
            [sys.executable, *words],
            cwd=folder,
            env={**environ, **told},
            capture_output=True,
            text=True,
            timeout=ASKED_S,
            check=False,
            umask=0o027,
            user=user.pw_uid if is_root else None,
            group=user.pw_gid if is_root else None,
            extra_groups=os.getgrouplist(user.pw_name, user.pw_gid) if is_root else None,
        )
    except subprocess.TimeoutExpired:
        raise SettingsError(f"{shlex.join(words)} did not answer within {ASKED_S:.0f} s; run it by hand as {user.pw_name}") from None
    except OSError as error:
        raise SettingsError(
            f"{sys.executable} cannot be started by {user.pw_name} in {folder} ({error.strerror}); let users reach both (chmod a+rx)"
        ) from None
    lines = [line for line in (*done.stdout.splitlines(), *done.stderr.splitlines()) if line.strip()]
    wrong = [line.removeprefix("FAIL  ") for line in lines if line.startswith("FAIL")]
    if done.returncode:
        raise SettingsError("; ".join(wrong or lines[-1:] or [f"{shlex.join(words)} ended with {done.returncode}"]))
    return lines[-1] if lines else "well"


def secrets_of(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets that a question is asked with: of the file that was named to it."""
    named = environ.get("HEDGE_SECRETS_FILE")
    return secrets_in(Path(named)) if named else {}
