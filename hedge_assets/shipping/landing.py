"""One stream's folder at the receiving end: lines come in whole, verified and in sequence, or not at all.

Where it stands is read from the folder itself, so that a life that was cut off in the middle of a write goes on with the next byte:
what is not a whole valid line at the end is cut off first, and comes again.
"""

import os
from itertools import pairwise
from pathlib import Path

from executor.errors import CorruptJournal
from executor.journal.recovery import valid_prefix
from executor.journal.segments import (
    HALF_MADE,
    PACKED,
    PLAIN,
    Segment,
    content,
    listed,
    made_private,
    opened,
    sync_folder,
    unpacked,
    written_whole,
)
from executor.records.streams import Stream
from hedge_assets.shipping.names import first_seq_of

AGAIN = "receive it again into another data root; if it is damaged there as well, restore it from the executor's machine"


class Landing:
    """See the module. `last` is the newest segment (null before the first), `size` its bytes of lines, `next_seq` what must come next.

    A journal begins with record 1, or wherever `jump` says.
    """

    def __init__(self, raw: Path, stream: Stream) -> None:
        self.folder, self.stream = raw / stream, stream
        made_private([raw.parent, raw, self.folder])
        for half_made in self.folder.glob(f"*{HALF_MADE}"):
            half_made.unlink()
        self.last: Segment | None = None
        self.size = 0
        self.next_seq = 1
        self._find_the_end()

    def _find_the_end(self) -> None:
        segments = listed(self.folder)
        while segments:
            last = segments.pop()
            data = content(last)
            good, last_seq = valid_prefix(data, last.first_seq)
            if good < len(data):
                self._cut(last, good)
            if good:
                self.last, self.size, self.next_seq = last, good, last_seq + 1
                return
            last.path.unlink()

    def _cut(self, segment: Segment, good: int) -> None:
        if segment.packed:
            raise CorruptJournal(f"{segment.path} is damaged at byte {good} of its lines; move it away: it is received again")
        os.truncate(segment.path, good)

    @property
    def names(self) -> list[str]:
        """The segments that are here, in sequence."""
        return [each.name for each in listed(self.folder)]

    @property
    def plain(self) -> list[str]:
        """The segments that are here and not packed."""
        return [each.name for each in listed(self.folder) if not each.packed]

    def offset(self, segment: str) -> int | None:
        """From which byte on lines of this segment are wanted; null where none are, because it is complete or must wait for another."""
        if self.last is not None and segment == self.last.name:
            return None if self.last.packed else self.size
        return 0 if first_seq_of(segment) == self.next_seq else None

    def jump(self, segment: str) -> None:
        """Go on with this segment although records before it are not here: they were removed before they could be received."""
        self.next_seq = first_seq_of(segment)

    def append(self, segment: str, data: bytes) -> None:
        """Lines that follow what is here. Raises `CorruptJournal` for what is no sequence of whole lines; nothing of it is kept."""
        begins = self.last is None or segment != self.last.name
        expected = first_seq_of(segment) if begins else self.next_seq
        good, last_seq = valid_prefix(data, expected)
        if good != len(data):
            raise CorruptJournal(f"{self.stream} record {last_seq + 1} of {segment} came broken; {AGAIN}")
        path, size = self.folder / f"{segment}{PLAIN}", 0 if begins else self.size
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        try:
            if os.fstat(handle).st_size > size:  # what a disk that was full took of an earlier try
                os.ftruncate(handle, size)
            written_whole(handle, data)
        finally:
            os.close(handle)
        if begins:
            sync_folder(self.folder)
        self.last = Segment(first_seq_of(segment), segment, self.folder, packed=False)
        self.size, self.next_seq = size + len(data), last_seq + 1

    def seal(self, segment: str, body: bytes) -> None:
        """Put a packed segment in the place of its lines: the same bytes and more, or `CorruptJournal`, and what is here stays."""
        half_made = self.folder / f"{segment}{HALF_MADE}"
        try:
            written(half_made, body)
            size, last_seq = self._proved(segment, unpacked(half_made))
        except (CorruptJournal, OSError):
            half_made.unlink(missing_ok=True)
            raise
        packed = self.folder / f"{segment}{PACKED}"
        half_made.rename(packed)
        sync_folder(self.folder)
        (self.folder / f"{segment}{PLAIN}").unlink(missing_ok=True)
        if self.last is None or first_seq_of(segment) >= self.last.first_seq:
            self.last, self.size, self.next_seq = Segment(first_seq_of(segment), segment, self.folder, packed=True), size, last_seq + 1

    def _proved(self, segment: str, data: bytes) -> tuple[int, int]:
        good, last_seq = valid_prefix(data, first_seq_of(segment))
        if not data or good != len(data):
            raise CorruptJournal(f"{self.stream} record {last_seq + 1} of sealed {segment} came broken; {AGAIN}")
        plain = self.folder / f"{segment}{PLAIN}"
        try:
            with opened(plain) as file:
                here = file.read()
        except FileNotFoundError:
            return good, last_seq
        if not data.startswith(here):
            raise CorruptJournal(f"sealed {segment} of {self.stream} is not what was received of it line by line in {plain}; {AGAIN}")
        return good, last_seq

    def prune(self, upto_seq: int) -> int:
        """Remove segments whose every record the executor has removed as well; how many."""
        segments = listed(self.folder)
        gone = [each for each, after in pairwise(segments) if after.first_seq - 1 <= upto_seq]
        for each in gone:
            each.path.unlink(missing_ok=True)
            (self.folder / f"{each.name}{PLAIN}").unlink(missing_ok=True)
        return len(gone)


def written(path: Path, data: bytes) -> None:
    """Make a file, or make it anew, durably."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        written_whole(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
