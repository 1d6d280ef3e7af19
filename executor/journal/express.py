"""The orders' quick way to the disk: written on the loop's own thread, flushed by the kernel's ring, the writing thread left asleep.

One flush at a time. Whatever does not fit this way (a new segment, batches of orders still in line, a flush under way, a ring
that refuses) goes the writing thread's, which is as safe and slower: a disk that hangs holds up one write here, never a second.
"""

import os
from collections.abc import Callable

from executor.errors import JournalError
from executor.journal.lane import Lane
from executor.journal.pen import Pen, check_place
from executor.journal.ring import REFUSALS, Ring
from executor.journal.scribe import Scribe, unwritable
from executor.journal.segments import Segment

Then = Callable[[JournalError | None], None]


class Express:
    """One stream's quick way. Used on the loop's thread only."""

    def __init__(self, lane: Lane, pen: Pen, scribe: Scribe, ring: Ring) -> None:
        self._lane, self._pen, self._scribe, self._ring = lane, pen, scribe, ring
        self._waiting: list[Then] | None = None
        self._covers = 0

    def promise(self, then: Then) -> bool:
        """Call `then` once everything appended is on the disk, or with what failed. False, and nothing was done, where this way is shut."""
        if self._waiting is not None:
            if self._covers != self._lane.appended:
                return False
            self._waiting.append(then)
            return True
        segment = self._pen.segment
        if segment is None or self._scribe.has_in_line(self._lane.stream) or not self._lane.continues(segment):
            return False
        try:
            self._pen.jot(b"".join(data for _, data in self._lane.take()))
            self._scribe.note_beside()
            held = os.fstat(self._pen.fd)
            self._ring.sync(self._pen.fd, lambda error: self._landed(segment, held, error))
        except REFUSALS as fault:
            return self._refused(fault)
        self._waiting, self._covers = [then], self._lane.appended
        return True

    def close(self) -> None:
        """Take no answer any more; who still waits is told by what the writing thread found: call it after that was settled."""
        self._ring.close()
        self._tell(self._scribe.failure)

    def _refused(self, fault: Exception) -> bool:
        """A file that takes no bytes ends the journal; a ring that takes no flush leaves it to the writing thread."""
        if isinstance(fault, OSError) and fault.errno is not None:
            self._scribe.fail(unwritable(self._pen.path, fault))
        return False

    def _landed(self, segment: Segment, held: os.stat_result, error: int) -> None:
        failure = self._failure_of(segment, held, error)
        if failure is not None:
            self._scribe.fail(failure)
        self._tell(failure)

    def _failure_of(self, segment: Segment, held: os.stat_result, error: int) -> JournalError | None:
        if error:
            return unwritable(segment.path, OSError(error, os.strerror(error)))
        try:
            check_place(segment.path, held)
        except (JournalError, OSError) as fault:
            if self._pen.segment is not segment:
                return None  # sealed since, and looked at then by the writing thread
            return unwritable(segment.path, fault) if isinstance(fault, OSError) else fault
        return None

    def _tell(self, failure: JournalError | None) -> None:
        waiting, self._waiting = self._waiting, None
        for then in waiting or ():
            then(failure)
