"""The disk here that says no: full, or not to be read. It is borne like an outage of the other end."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from executor.errors import HedgeError
from hedge_assets.object_store import ObjectFault


class DiskError(HedgeError):
    """A journal here that could not be read or written; what is there stays, and the next turn tries again."""

    def __init__(self, fault: ObjectFault, reason: str) -> None:
        super().__init__(reason)
        self.fault: ObjectFault = fault


@contextlib.contextmanager
def at_disk(raw: Path) -> Iterator[None]:
    """Whatever the disk refuses below, in one line: a path of its own where the system names one, else that of the journals."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody reads what is said: no matter of a disk
    except OSError as error:
        fault: ObjectFault = "refused" if isinstance(error, PermissionError) else "unreachable"
        path = error.filename if isinstance(error.filename, str | Path) else raw
        why = f"{path} cannot be read or written ({error.strerror or error}); free space or give permission, nothing here is lost by it"
        raise DiskError(fault, why) from error
