"""What a power cut takes: whatever no flush had covered. A child notes every flush that came to its end; from what was written beyond,
the rig cuts, garbles or blanks some, as a disk would that was interrupted."""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from executor.journal import ring
from tests.crash_rig.desk import Place

NOTES = "flushed"
SECTOR = 512


def witnessed(place: Place) -> None:
    """From here on this process notes what it made durable: a file, and its size when the flush that covers it was asked for; and what it
    cut off, which is no more."""
    notes = os.open(Path(place.root).parent / NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def noted(held: os.stat_result) -> None:
        os.write(notes, b"%d %d\n" % (held.st_ino, held.st_size))

    def flushing(flush: Callable[[Any], None]) -> Callable[[Any], None]:
        def flushed(file: Any) -> None:
            held = os.fstat(file if isinstance(file, int) else file.fileno())
            flush(file)
            noted(held)

        return flushed

    def truncated(path: Any, length: int) -> None:
        truncate(path, length)
        os.write(notes, b"%d %d cut\n" % (os.stat(path).st_ino, length))  # noqa: PTH116 - a descriptor at times

    truncate = os.truncate
    os.fsync, os.fdatasync, os.truncate = flushing(os.fsync), flushing(os.fdatasync), truncated  # type: ignore[assignment]
    sync = ring.Ring.sync

    def told(self: Any, fd: int, then: Callable[[int], None]) -> None:
        held = os.fstat(fd)

        def landed(error: int) -> None:
            if not error:
                noted(held)
            then(error)

        sync(self, fd, landed)

    ring.Ring.sync = told  # type: ignore[method-assign]


class Disk:
    """The journals of one rig, and what of them a power cut would leave: what was flushed, and what an earlier cut left."""

    def __init__(self, root: Path, chance: Random) -> None:
        self.cuts = self.spoilt_bytes = 0
        self._raw, self._notes, self._chance = root / "raw", root.parent / NOTES, chance
        self._safe: dict[int, int] = {}

    def cut(self) -> None:
        """Every journal loses, or finds garbled, some of what was not flushed; the rest is on the disk for good."""
        self._note()
        for path in self._segments():
            held = path.stat()
            safe = self._safe.get(held.st_ino, 0)
            if held.st_size > safe:
                self._spoil(path, safe, held.st_size)
        self._safe = {held.st_ino: held.st_size for held in (path.stat() for path in self._segments())}
        self.cuts += 1

    def _note(self) -> None:
        if not self._notes.exists():
            return
        for line in self._notes.read_text().splitlines():
            inode, size, *was_cut = line.split()
            least_or_most = min if was_cut else max
            self._safe[int(inode)] = least_or_most(int(size), self._safe.get(int(inode), 0))
        os.truncate(self._notes, 0)

    def _segments(self) -> list[Path]:
        return sorted(self._raw.glob("*/*.jsonl"))

    def _spoil(self, path: Path, safe: int, size: int) -> None:
        self.spoilt_bytes += size - safe
        how = self._chance.choice(("cut", "flip", "flip", "blank"))
        place = self._chance.randrange(safe, size)
        with path.open("r+b") as file:
            if how == "cut":
                file.truncate(place)
                return
            end = place + 1 if how == "flip" else min(size, (place // SECTOR + 1) * SECTOR)
            file.seek(place)
            found = file.read(end - place)
            file.seek(place)
            file.write(bytes([found[0] ^ 1 << self._chance.randrange(8)]) if how == "flip" else bytes(len(found)))
