"""What lay damaged under a state's name is kept aside for whoever wants to know why: `tables/damaged/<name>.<UTC time>.<why>`.

A plain file is linked there first, so that its name is never without a file before the new one takes it. A directory,
a link or a special file is moved as it is, never what it points at. What is too large is kept by its beginning.
"""

import contextlib
import os
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hedge_assets.settings import Health, Place
from hedge_assets.store import StoreError

FOLDER = "damaged"
OWN_FILES = ("folds.msgpack", "fates.json", "healing.json", "pulse.json", "runs.jsonl", ".refresh.lock")
BEGINNING_BYTES = 64 * 1024
HALF_MADE_S = 3600.0
FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Kept:
    """Where it lies now, null when it could not be kept; `note` says what of it is not there, null when it is whole."""

    path: Path | None
    note: str | None = None


def set_aside(place: Place, path: Path, *, why: str, now_us: int) -> Kept:
    """Keep what lies under a name; raises StoreError when it cannot be, and leaves it where it is."""
    folder = place.tables / FOLDER
    kept = folder / f"{path.name}.{datetime.fromtimestamp(now_us / 1e6, UTC):%Y%m%dT%H%M%S.%f}Z.{why}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        found = os.lstat(path)
        note = None
        if not stat.S_ISREG(found.st_mode):
            path.rename(kept)
        elif found.st_size > place.health.damaged_bytes:
            note = f"only the first {BEGINNING_BYTES} of its {found.st_size} bytes are kept"
            _beginning(path, kept)
        else:
            _linked(path, kept)
    except OSError as error:
        raise StoreError(f"{path} cannot be kept in {folder} ({error.strerror}); move it away by hand") from error
    keep_within(folder, place.health, now_us)
    return Kept(kept, note)


def _linked(path: Path, kept: Path) -> None:
    """Both names for one file; moved, where that is not allowed."""
    try:
        os.link(path, kept, follow_symlinks=False)
    except PermissionError:
        path.rename(kept)


def _beginning(path: Path, kept: Path) -> None:
    handle = os.open(path, FLAGS)
    with os.fdopen(handle, "rb") as file:
        content = file.read(BEGINNING_BYTES)
    kept.write_bytes(content)
    kept.chmod(kept.stat().st_mode & 0o640)


def clear_way(place: Place, now_us: int) -> None:
    """Move away whatever is no folder under `state`, and no file where a refresh keeps its own; what cannot be moved is told later."""
    wrong = [place.state] if os.path.lexists(place.state) and not place.state.is_dir() else []
    own = [place.tables / name for name in OWN_FILES]
    wrong += [path for path in own if os.path.lexists(path) and (path.is_symlink() or not path.is_file())]
    for path in wrong:
        with contextlib.suppress(StoreError):
            set_aside(place, path, why="in_the_way", now_us=now_us)
            _gone(path)


def _gone(path: Path) -> None:
    """A plain file has been linked; its own name must be free."""
    with contextlib.suppress(OSError):
        path.unlink()


def take_back(kept: Kept) -> None:
    """Keep no second name for a file that is still under its own."""
    with contextlib.suppress(OSError):
        if kept.path is not None and os.lstat(kept.path).st_nlink > 1:
            kept.path.unlink()


def keep_within(folder: Path, limits: Health, now_us: int) -> list[str]:
    """Remove what is older than it may be, then the oldest until the rest fits; the newest stays whatever its size. What went."""
    found = sorted(_inside(folder), key=lambda path: (when(path), path.name), reverse=True)
    total, gone = 0, []
    for number, path in enumerate(found):
        total += bytes_of(path)
        is_old = now_us / 1e6 - when(path) > limits.damaged_days * 86_400
        if is_old or (number and total > limits.damaged_bytes):
            remove(path)
            gone.append(path.name)
    return gone


def when(path: Path) -> float:
    """When it was set aside, by its name, in seconds; long ago where the name does not say."""
    for part in path.name.split("."):
        with contextlib.suppress(ValueError):
            return datetime.strptime(part, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()
    return 0.0


def bytes_of(path: Path) -> int:
    """Bytes of one thing and all that is in it, links not followed."""
    try:
        status = os.lstat(path)
        return sum(bytes_of(each) for each in path.iterdir()) if stat.S_ISDIR(status.st_mode) else status.st_size
    except OSError:
        return 0


def remove(path: Path) -> None:
    """Remove one thing, a link itself and never what it points at; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def swept(folder: Path, now_us: int) -> list[str]:
    """Files that a writer left half-made when it was killed, an hour ago or longer, removed; their names."""
    old = [each for each in _inside(folder) if is_half_made(each) and now_us / 1e6 - _written_s(each, now_us) > HALF_MADE_S]
    for path in old:
        remove(path)
    return [path.name for path in old]


def is_half_made(path: Path) -> bool:
    """`.nav.json.1234.new` and the like."""
    return path.name.startswith(".") and path.name.endswith(".new")


def _written_s(path: Path, now_us: int) -> float:
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return now_us / 1e6


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
