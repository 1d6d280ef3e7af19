"""Which bytes of a segment that is still written to may leave: whole lines in sequence that the executor will never take back.

A crash of the machine can take back lines that were written and not yet flushed. Each line says up to which record everything was
flushed when it was appended (`d`); what lies at or before the newest such number stays. Where a journal has stood still since the last
look, nobody is writing, and it is flushed from here.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from executor.journal.frame import MAX_LINE_BYTES, marks_of
from executor.journal.recovery import valid_prefix
from executor.journal.segments import Segment, opened


@dataclass(frozen=True)
class Reach:
    """How far a stream may leave: up to record `seq`, or to its end when it is `still`."""

    seq: int
    still: bool = False

    def allows(self, seq: int) -> bool:
        """Whether a record may leave."""
        return self.still or seq <= self.seq


def reach_of(segments: list[Segment], *, still: bool) -> Reach:
    """How far the stream of these segments may leave; when it stands still its plain segments are flushed first."""
    plain = [each for each in segments if not each.packed]
    if still:
        for each in plain:
            with contextlib.suppress(FileNotFoundError):  # packed meanwhile: it goes up as a whole
                flush(each.path)
        return Reach(0, still=True)
    for each in reversed(plain):
        try:
            last = last_lines(each.path)
        except FileNotFoundError:
            continue  # packed meanwhile: the one before it knows less, which is safe
        marks = next((found for line in reversed(last) if (found := marks_of(line)) is not None), None)
        if marks is not None:
            return Reach(marks.d)
    return Reach(0)


def flush(path: Path) -> None:
    """Make a file's bytes durable."""
    with opened(path) as file:
        os.fdatasync(file.fileno())


def last_lines(path: Path) -> list[bytes]:
    """The last whole lines of a file, without what is still being written; the first of them may be cut."""
    with opened(path) as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - MAX_LINE_BYTES - 1))
        return file.read().split(b"\n")[:-1]


def ready(data: bytes, reach: Reach) -> bytes:
    """Of bytes that begin with a line, the whole valid lines that may leave."""
    line, newline, _ = data.partition(b"\n")
    first = marks_of(line) if newline else None
    if first is None:
        return b""
    good, last_seq = valid_prefix(data, first.seq)
    if reach.allows(last_seq):
        return data[:good]
    kept = data[:good].split(b"\n")[: max(0, reach.seq - first.seq + 1)]
    return b"".join(each + b"\n" for each in kept)
