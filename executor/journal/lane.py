"""What one stream's next record is numbered, framed as, and which segment it belongs to; decided when it is appended.

No disk here: the same records and commits give the same bytes and the same segments, whenever the writing happens.
"""

from zlib import crc32

import msgspec

from executor.errors import JournalError
from executor.journal.frame import MAX_LINE_BYTES, trailer
from executor.journal.recovery import Tail
from executor.journal.segments import Segment, segment_name
from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.soundness import is_bounded, is_sound
from executor.records.streams import Stream
from executor.settings import Journal

NONE_HINT, INFINITE_HINT, HUGE_HINT = b'NaN"', b'Infinity"', b"E+"
"""A line without any of these holds no decimal that is none: the quick look."""


class Lane:
    """One stream on its way to the disk. `appended` and `durable` are sequence numbers."""

    def __init__(self, stream: Stream, tail: Tail, *, settings: Journal, boot: str) -> None:
        self.stream: Stream = stream
        self.appended = tail.last_seq
        self.durable = tail.last_seq
        self._boot = boot
        self._is_exact = stream != "ticks"  # the market's numbers are no decimals
        self._rotate_us = max(1, round(settings.rotate_s * 1e6))
        self._rotate_bytes = settings.rotate_bytes
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        self._done: list[tuple[str, bytes]] = []
        self._trail = trailer(boot, self.durable)
        self._segment = tail.segment.name if tail.segment is not None else ""
        self._size = tail.size if self._segment else 0
        self._from_us = self._until_us = 0
        if self._segment:
            self._bound(tail.first_ts_us)

    def append(self, record: Record) -> int:
        """Number and frame a record; the bytes wait here until they are taken."""
        if not self._from_us <= record.ts_us < self._until_us or self._size >= self._rotate_bytes:
            self._turn(record.ts_us)
        seq = self.appended + 1
        trail = self._trail if record.__class__ is not Boot else trailer(None, self.durable)
        try:
            told = self._encode(record)
        except (ValueError, OverflowError) as error:
            raise unwritten(self.stream, record, str(error)) from error
        if self._is_exact and (NONE_HINT in told or INFINITE_HINT in told or HUGE_HINT in told) and not is_sound(record, is_bounded):
            raise unwritten(self.stream, record, "a number that is none, or an absurd one")
        body = b"%b%b%d" % (told[:-1], trail, seq)  # what `framed` does, without the calls: every quote passes here
        line = b'%b,"crc":"%08x"}\n' % (body, crc32(body))
        size = len(line)
        if size > MAX_LINE_BYTES:
            raise JournalError(
                f"record too long for the journal: {self.stream} {type(record).__name__} of {size} bytes, "
                f"limit {MAX_LINE_BYTES}; shorten what it carries"
            )
        self.appended = seq
        self._size += size
        self._lines.append(line)
        return seq

    def take(self) -> list[tuple[str, bytes]]:
        """Everything appended since the last taking, as (segment name, bytes) in order."""
        if self._lines:
            self._done.append((self._segment, b"".join(self._lines)))
            self._lines = []
        taken, self._done = self._done, []
        return taken

    def continues(self, segment: Segment) -> bool:
        """Whether all that waits to be taken, if anything does, belongs at the end of this segment."""
        return not self._done and (not self._lines or segment.name == self._segment)

    @property
    def waiting(self) -> int:
        """Records that wait to be taken."""
        return len(self._lines)

    def settle(self, upto: int | None = None) -> None:
        """Everything appended (up to that number, where one is given) is durable, and later records may say so."""
        durable = self.appended if upto is None else max(upto, self.durable)
        if self.durable != durable:
            self.durable = durable
            self._trail = trailer(self._boot, durable)

    def _turn(self, ts_us: int) -> None:
        if self._lines:
            self._done.append((self._segment, b"".join(self._lines)))
            self._lines = []
        self._segment = segment_name(self.appended + 1, ts_us)
        self._size = 0
        self._bound(ts_us)

    def _bound(self, ts_us: int) -> None:
        """A segment's period, and one before it: a little disorder begins no segment, another clock does."""
        period = ts_us // self._rotate_us
        self._from_us = (period - 1) * self._rotate_us
        self._until_us = (period + 1) * self._rotate_us


def unwritten(stream: Stream, record: Record, why: str) -> JournalError:
    """In words, that a record is not written: once on the disk, every start would meet it again."""
    return JournalError(
        f"record refused by the journal: {stream} {type(record).__name__} at {record.ts_us} holds {why}; "
        "find out who told it, then start again: nothing of it was written"
    )
