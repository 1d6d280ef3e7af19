"""A place that was made ready for a desk: empty folders, each of whom its program runs as. What is restored there becomes theirs."""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from hedge_assets.backups.shapes import BackupRefused

READY = "desk"
ASIDE = "before"
"""In the hidden folder of a restore: what is put together, and for an instant the folders whose name it gets."""
FILES = 0o666
"""What of a folder's rights its files have as well: nobody runs them."""

Prepared = Mapping[Path, os.stat_result]
"""Folders of the place by their path within it, the place itself as `.`; empty where there is none."""


def prepared(root: Path, called: Path | None = None) -> Prepared:
    """The folders that lie ready. Raises `BackupRefused` where anything else lies there, it would be mixed with what is restored, and
    where nobody may look. It is `called` otherwise while it lies elsewhere."""
    called = called or root
    try:
        found = _folders(root, called)
    except OSError as error:
        raise BackupRefused(f"{called} cannot be looked into ({error.strerror}); restore as root, or name another --data") from error
    if found and not stat.S_ISDIR(found[Path()].st_mode):
        raise BackupRefused(f"{called} is not empty, it is no folder; name another --data, or move it aside")
    return found


def _folders(root: Path, called: Path) -> Prepared:
    found = {Path(): root.lstat()} if os.path.lexists(root) else {}
    for folder, names, files in os.walk(root, onerror=_raised):
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        if files or links:
            there = called / Path(folder).relative_to(root) / [*files, *links][0]
            raise BackupRefused(
                f"{called} is not empty ({there}), a backup is restored into a fresh place only; name another --data, or move it aside"
            )
        found |= {(Path(folder) / name).relative_to(root): (Path(folder) / name).lstat() for name in names}
    return found


def _raised(error: OSError) -> None:
    if not isinstance(error, NotADirectoryError | FileNotFoundError):  # a file is told by what it is
        raise error


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


def swapped(root: Path, holding: Path, places: Prepared) -> None:
    """Put the desk that is ready in the place of the folders that lay there, or leave these as they were.

    They are set aside whole until the desk has the name, since nothing else says whose they are. Raises `OSError` and `BackupRefused` for
    what came to lie there meanwhile.
    """
    aside = holding / ASIDE
    if not places and os.path.lexists(root):
        raise FileExistsError(errno.EEXIST, "something came to lie there meanwhile", str(root))
    with contextlib.ExitStack() as undone:
        if places:
            root.rename(aside)
            undone.callback(aside.rename, root)
        refuse_changed(aside, root, places)
        (holding / READY).rename(root)
        undone.pop_all()
    removed(aside)


def refuse_changed(aside: Path, root: Path, places: Prepared) -> None:
    """Raise `OSError` or `BackupRefused` where the folders are not those that lay ready."""
    if prepared(aside, root).keys() != places.keys():
        raise OSError(errno.EBUSY, "folders came and went meanwhile", str(root))


def put_back(root: Path, holding: Path) -> None:
    """Clear away what a restore that was killed had got together, and give the folders that it had set aside their name again."""
    for path in holding.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name != ASIDE:
                shutil.rmtree(path)
        else:
            path.unlink()
    aside = holding / ASIDE
    if os.path.lexists(root):
        removed(aside)
    elif aside.is_dir():
        aside.rename(root)


def removed(folder: Path) -> None:
    """Take empty folders away; what is not empty stays."""
    for path, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            Path(path).rmdir()
