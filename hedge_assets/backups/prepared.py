"""A place that was made ready for a desk: empty folders, each of whom its program runs as. What is restored there becomes theirs."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from hedge_assets.backups.shapes import BackupRefused

FILES = 0o666
"""What of a folder's rights its files have as well: nobody runs them."""

Prepared = Mapping[Path, os.stat_result]
"""Folders of the place by their path within it, the place itself as `.`; empty where there is none."""


def prepared(root: Path) -> Prepared:
    """The folders that lie ready. Raises `BackupRefused` where anything else lies there: it would be mixed with what is restored."""
    if not os.path.lexists(root):
        return {}
    found = {Path(): root.lstat()}
    for folder, names, files in os.walk(root):
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        if files or links:
            raise BackupRefused(
                f"{root} is not empty ({Path(folder) / [*files, *links][0]}), a backup is restored into a fresh place only; "
                "name another --data, or move it aside"
            )
        found |= {(Path(folder) / name).relative_to(root): (Path(folder) / name).lstat() for name in names}
    if not stat.S_ISDIR(found[Path()].st_mode):
        raise BackupRefused(f"{root} is not empty, it is no folder; name another --data, or move it aside")
    return found


def hand_over(staging: Path, places: Prepared) -> None:
    """Give what lies below each folder to whoever that folder is of, with its rights; folders that are not there yet are made."""
    for name in sorted(places, key=lambda each: len(each.parts)):
        (staging / name).mkdir(exist_ok=True)
        for path in (staging / name, *(staging / name).rglob("*")):
            give(path, places[name])


def give(path: Path, seen: os.stat_result) -> None:
    """Make one file or folder somebody's; only root can make it another's."""
    rights = stat.S_IMODE(seen.st_mode)
    if os.geteuid() == 0:
        os.chown(path, seen.st_uid, seen.st_gid, follow_symlinks=False)
    path.chmod(rights if path.is_dir() else rights & FILES)


def make_room(root: Path, places: Prepared) -> None:
    """Take the empty folders away, the place itself but for its name; what came to lie in one meanwhile raises `OSError`."""
    for name in sorted(places, key=lambda each: len(each.parts), reverse=True):
        if name != Path():
            (root / name).rmdir()
