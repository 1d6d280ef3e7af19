"""The orders' quick way to the disk: written on the loop's own thread, flushed by the kernel's ring, the writing thread left asleep.

One flush at a time. Whatever does not fit this way (a new segment, batches of orders still in line, a flush under way, a ring
that refuses) goes the writing thread's, which is as safe and slower: a disk that hangs holds up one write here, never a second.
"""

import os
from collections.abc import Callable

from executor.errors import JournalError
from executor.journal.lane import Lane
from executor.journal.pen import Pen, unwritable
from executor.journal.ring import REFUSALS, Ring
from executor.journal.scribe import Scribe
from executor.journal.segments import Segment

Then = Callable[[JournalError | None], None]


class Express:
    """One stream's quick way. Used on the loop's thread only."""

    def __init__(self, lane: Lane, pen: Pen, scribe: Scribe, ring: Ring) -> None:
        self._lane, self._pen, self._scribe, self._ring = lane, pen, scribe, ring
        self._waiting: list[Then] | None = None
        self._covers = 0
        self._misplaced: JournalError | None = None

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
            self._ring.sync(self._pen.fd, lambda error: self._landed(segment, error))
        except REFUSALS as fault:
            self._scribe.note_beside()
            return self._refused(fault)
        self._waiting, self._covers = [then], self._lane.appended
        self._scribe.note_beside()
        self._misplaced = self._pen.misplaced()  # while the disk is busy: a look after it would be no surer, and later
        return True

    def attend(self, within_ns: int) -> None:
        """Stay awake for the flush that is under way, at most so long: to be woken takes longer than most of what is left of it."""
        if self._waiting is not None:
            self._ring.hear_within(within_ns)

    def close(self) -> None:
        """Take no answer any more; who still waits is told by what the writing thread found: call it after that was settled."""
        self._ring.close()
        self._tell(self._scribe.failure)

    def _refused(self, fault: Exception) -> bool:
        """A file that takes no bytes ends the journal; a ring that takes no flush leaves it to the writing thread."""
        if isinstance(fault, OSError) and fault.errno is not None:
            self._scribe.fail(unwritable(self._pen.path, fault))
        return False

    def _landed(self, segment: Segment, error: int) -> None:
        failure = unwritable(segment.path, OSError(error, os.strerror(error))) if error else self._misplaced
        if failure is not None:
            self._scribe.fail(failure)
        self._tell(failure)

    def _tell(self, failure: JournalError | None) -> None:
        waiting, self._waiting = self._waiting, None
        for then in waiting or ():
            then(failure)
