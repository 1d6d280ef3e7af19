"""The folders of a box: whose they are and who may write there, and the command that makes each right."""

import os
import pwd
import stat
from pathlib import Path

from executor.errors import SettingsError
from hedge_assets.stack.launching import STARTS
from hedge_assets.stack.posts import GROUP

OTHERS, GROUP_WRITES, OTHERS_WRITE = 0o007, 0o020, 0o022
NEEDED, OF_GROUP = 0o3700, 0o070
SHARED = {STARTS: "3770", "mirror": "2770"}
"""Folders in which others of the group write as well, with their modes: notes of each program's starts, a pass that Dagster makes."""
MODES = {**SHARED, "run": "2750"}
"""Modes of the folders that are not 0750. The group reads what root writes into `run/` by that folder's mode alone."""


def refuse_wrong(root: Path, name: str, user: pwd.struct_passwd, gid: int | None) -> None:
    """Refuse a folder below the data root that is not there, not this user's, open to strangers, or shut for the others of the group.

    `gid` is the group that all programs have in common, null where one user runs them all.
    """
    folder = root / name
    try:
        seen = folder.stat()
    except OSError as error:
        raise SettingsError(f"{folder} was not there ({error.strerror}); make it: {making(folder, user)}") from None
    mode, wanted = stat.S_IMODE(seen.st_mode), int(mode_of(folder), 8)
    wrong = mode & ~wanted & (OTHERS | GROUP_WRITES) or wanted & ~mode & (NEEDED | needed_of(gid))
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != user.pw_uid or wrong or gid not in (None, seen.st_gid):
        raise SettingsError(f"{folder} was {owners_of(seen)} with mode {mode:04o}; make it right: {making(folder, user)}")


def refuse_loose(folder: Path, gid: int | None) -> None:
    """Refuse a folder of folders where others than root could move these, or which the group cannot enter."""
    seen = folder.stat()
    mode = stat.S_IMODE(seen.st_mode)
    shut = gid is not None and (seen.st_gid != gid or ~mode & 0o050)
    if mode & (OTHERS | GROUP_WRITES) or seen.st_uid not in (0, os.geteuid()) or shut:
        raise SettingsError(
            f"{folder} was {owners_of(seen)} with mode {mode:04o}, only root may move what lies there, and the group must read it; "
            f"make it right: install -d -o root -g {GROUP} -m 0750 {folder}"
        )


def refuse_open(folder: Path) -> None:
    """Refuse a folder that holds what root's supervisor reads, where others could put something there. One that is not there is made."""
    try:
        seen = folder.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise SettingsError(f"{folder} cannot be looked at ({error.strerror}); name another folder in HEDGE_RUN") from None
    mode = stat.S_IMODE(seen.st_mode)
    if not stat.S_ISDIR(seen.st_mode) or mode & OTHERS_WRITE or seen.st_uid not in (0, os.geteuid()):
        raise SettingsError(
            f"{folder} was {owners_of(seen)} with mode {mode:04o}, root's supervisor reads from there; "
            f"make it right: install -d -o root -m 0700 {folder}"
        )


def needed_of(gid: int | None) -> int:
    """What the group must be able to do, where there is one."""
    return 0 if gid is None else OF_GROUP


def owners_of(seen: os.stat_result) -> str:
    """Whose something is, in words."""
    return f"uid {seen.st_uid}'s and gid {seen.st_gid}'s"


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
