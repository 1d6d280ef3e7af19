"""One stream's open file: bytes go to its end, a new segment is begun when the name changes, and loss of the file is noticed."""

import os
from pathlib import Path

from executor.errors import JournalError
from executor.journal.archive import Archive
from executor.journal.recovery import Tail
from executor.journal.segments import PLAIN, Segment, sync_folder, written_whole
from executor.records.streams import Stream

APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
NEW = APPENDING | os.O_CREAT | os.O_EXCL


class Pen:
    """Used by the writing thread, and by the express while that thread has nothing for it. `size`: bytes in the open segment."""

    def __init__(self, stream: Stream, folder: Path, *, tail: Tail, sync: bool) -> None:
        self.segment = tail.segment
        self.size = tail.size if tail.segment is not None else 0
        self._stream: Stream = stream
        self._folder = folder
        self._sync = sync
        self._dirty = False
        self._fd = -1
        self._where, self._held = str(self.path), (0, 0)
        if self.segment is not None:
            self._fd = os.open(self.segment.path, APPENDING)
            self._held = inode_of(os.fstat(self._fd))
            if sync:  # what a killed process left may not have reached the disk, and will be called durable
                os.fdatasync(self._fd)

    @property
    def path(self) -> Path:
        """What is being written."""
        return self._folder if self.segment is None else self.segment.path

    def write(self, name: str, data: bytes, archive: Archive) -> None:
        """Add bytes to the segment of this name, sealing the one before it."""
        if self.segment is None or self.segment.name != name:
            self._begin(name, archive)
        self.jot(data)

    def jot(self, data: bytes) -> None:
        """Add bytes to the open segment."""
        self._dirty = True
        written_whole(self._fd, data)
        self.size += len(data)

    @property
    def fd(self) -> int:
        """The open segment's descriptor."""
        return self._fd

    def sync(self) -> None:
        """Make what was written durable, and make sure that it is still where a reader looks."""
        if self._dirty:
            self._dirty = False  # before, not after: what is jotted meanwhile wants a flush of its own
            if self._sync:
                os.fdatasync(self._fd)
            check_place(self._where, self._held)

    def misplaced(self) -> JournalError | None:
        """Why the file that is held open is not where a reader looks; null where it is."""
        try:
            check_place(self._where, self._held)
        except OSError as fault:
            return unwritable(self.path, fault)
        except JournalError as fault:
            return fault
        return None

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _begin(self, name: str, archive: Archive) -> None:
        sealed = self.segment
        self.sync()
        self.close()
        path = self._folder / f"{name}{PLAIN}"
        self.segment = Segment(int(name.partition("-")[0]), name, path.parent, packed=False)
        self.size, self._where = 0, str(path)
        self._fd = os.open(path, NEW, 0o640)
        self._held = inode_of(os.fstat(self._fd))
        if self._sync:
            sync_folder(self._folder)
        if sealed is not None:
            archive.seal(self._stream, sealed, self.segment)


def unwritable(path: Path | None, fault: OSError) -> JournalError:
    """In words, that the journal's file takes no bytes or does not keep them."""
    return JournalError(
        f"journal cannot be written: {path}: {fault.strerror or fault} (errno {fault.errno}); "
        "make room or repair the disk, then start again: recovery keeps every committed record"
    )


def inode_of(found: os.stat_result) -> tuple[int, int]:
    """Which file it is, as long as anybody holds it: device and inode."""
    return found.st_dev, found.st_ino


def check_place(path: str, held: tuple[int, int]) -> None:
    """Raise JournalError where a path no longer leads to the file that is held open; OSError where it leads nowhere."""
    found = inode_of(os.stat(path, follow_symlinks=False))  # noqa: PTH116  a Path takes three times as long, and orders wait
    if held != found:
        raise JournalError(
            f"journal file replaced while it was written: {path} is inode {found[1]}, ours is {held[1]}; "
            "find out who writes there, then start again"
        )
