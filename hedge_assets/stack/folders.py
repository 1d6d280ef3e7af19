"""The folders of a box: whose they are and who may write there, and the command that makes each right."""

import os
import pwd
import stat
from pathlib import Path

from executor.errors import SettingsError
from hedge_assets.stack.launching import STARTS
from hedge_assets.stack.posts import GROUP

OTHERS, GROUP_WRITES, HANDED_ON = 0o007, 0o020, 0o2000
SHARED = {STARTS: "3770", "mirror": "2770"}
"""Folders in which others of the group write as well, with their modes: notes of each program's starts, a pass that Dagster makes."""
MODES = {**SHARED, "run": "2750"}
"""Modes of the folders that are not 0750. The group reads what root writes into `run/` by that folder's mode alone."""


def refuse_wrong(root: Path, name: str, user: pwd.struct_passwd) -> None:
    """Refuse a folder below the data root that is not there, not this user's, or open to strangers."""
    folder = root / name
    try:
        seen = folder.stat()
    except OSError as error:
        raise SettingsError(f"{folder} was not there ({error.strerror}); make it: {making(folder, user)}") from None
    mode, wanted = stat.S_IMODE(seen.st_mode), int(mode_of(folder), 8)
    wrong = mode & ~wanted & (OTHERS | GROUP_WRITES) or wanted & ~mode & HANDED_ON
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != user.pw_uid or wrong:
        raise SettingsError(f"{folder} was uid {seen.st_uid}'s with mode {mode:04o}; make it right: {making(folder, user)}")


def refuse_loose(folder: Path) -> None:
    """Refuse a folder of folders where others than root could move these."""
    whose, mode = folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)
    if mode & (OTHERS | GROUP_WRITES) or whose not in (0, os.geteuid()):
        raise SettingsError(
            f"{folder} was uid {whose}'s with mode {mode:04o}, only root may move what lies there; "
            f"make it right: install -d -o root -g {GROUP} -m 0750 {folder}"
        )


def refuse_links(logs: Path) -> None:
    """Refuse a link among the logs, which somebody may have left when the group could still write there: root would follow it."""
    for path in sorted(logs.iterdir()):
        if path.is_symlink():
            raise SettingsError(f"{path} was a link to {path.readlink()}, root would write there; remove it: rm {path}")


def making(folder: Path, user: pwd.struct_passwd) -> str:
    """The command that makes a folder as it must be."""
    return f"install -d -o {user.pw_name} -g {GROUP} -m {mode_of(folder)} {folder}"


def mode_of(folder: Path) -> str:
    """The mode that a folder must have, by its own name, as `install` takes it."""
    return MODES.get(folder.name, "0750")
