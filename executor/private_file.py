"""A secret in a file: read only where the file is plain, small, and nobody's but ours; judged before a byte of it is read.

From the first byte on, the kernel writes no core file of this process, and no other program of this user may look into it.
"""

import ctypes
import errno
import os
import resource
import stat
from dataclasses import dataclass
from pathlib import Path

from executor.errors import SettingsError

GUARDED = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
PR_SET_DUMPABLE = 4
OWN_MODES = (0o400, 0o600)
NO_CREDENTIALS = Path("/nonexistent")


@dataclass(frozen=True)
class Wanted:
    """What is looked for, in the words of a refusal: a `key` of at most so many bytes, and how one is written down."""

    kind: str
    most_bytes: int
    cure: str


def read_private(path: Path, wanted: Wanted, credentials: Path = NO_CREDENTIALS) -> bytes:
    """All bytes of the file, by one descriptor that was judged before it was read. Refuses in one line that shows nothing of it.

    `credentials` is the folder in which the process manager hands things over (systemd's `CREDENTIALS_DIRECTORY`).
    """
    try:
        handle = os.open(path, GUARDED)
    except (OSError, ValueError) as error:
        raise SettingsError(f"the {wanted.kind}'s file was {str(path)!r}, {_why(error)}; {wanted.cure}") from None
    try:
        _refuse_file(path, os.fstat(handle), wanted, credentials)
        forbid_core_dumps()
        return _read(handle, path, wanted)
    finally:
        os.close(handle)


def forbid_core_dumps() -> bool:
    """No core file of this process, and no other program of this user may look into it; whether the kernel took both."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return int(ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) == 0
    except (OSError, AttributeError):  # not this kernel
        return False


def _read(handle: int, path: Path, wanted: Wanted) -> bytes:
    pieces, length = [], 0
    while length <= wanted.most_bytes and (piece := os.read(handle, wanted.most_bytes + 1 - length)):
        pieces.append(piece)
        length += len(piece)
    if length > wanted.most_bytes:
        raise SettingsError(f"{path} was longer than {wanted.most_bytes} bytes, no {wanted.kind} is; {wanted.cure}")
    return b"".join(pieces)


def _refuse_file(path: Path, seen: os.stat_result, wanted: Wanted, credentials: Path) -> None:
    mode = stat.S_IMODE(seen.st_mode)
    if not stat.S_ISREG(seen.st_mode):
        raise SettingsError(f"the {wanted.kind}'s file was {path}, that is no plain file; {wanted.cure}")
    if seen.st_size > wanted.most_bytes:
        raise SettingsError(f"{path} was {seen.st_size} bytes long, at most {wanted.most_bytes} are read; {wanted.cure}")
    is_own = seen.st_uid == os.geteuid()
    if (is_own and mode in OWN_MODES) or _is_credential(path, seen, credentials):
        return
    if not is_own:
        raise SettingsError(f"{path} belongs to uid {seen.st_uid}, only a file of uid {os.geteuid()} is read; chown it, chmod 0400")
    raise SettingsError(
        f"{path} has mode {mode:04o}, 0400 or 0600 is needed; chmod 0400 it (and take a new {wanted.kind} if others could read it)"
    )


def _is_credential(path: Path, seen: os.stat_result, credentials: Path) -> bool:
    """The process manager mounts what it hands over as root's, mode 0440 at most, in a folder that only root or we can write to."""
    try:
        folder = credentials.stat()
    except OSError:
        return False
    is_inside = os.path.realpath(path.parent) == os.path.realpath(credentials)
    is_guarded = folder.st_uid in (0, os.geteuid()) and not stat.S_IMODE(folder.st_mode) & 0o022
    return is_inside and is_guarded and seen.st_uid == 0 and stat.S_IMODE(seen.st_mode) in (*OWN_MODES, 0o440)


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return "it is a symbolic link, which is not followed" if error.errno == errno.ELOOP else str(error.strerror)
    return "that is no name of a file"
