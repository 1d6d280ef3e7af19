"""What a journal's segments hold, day by day: every line's checksum and number verified before anything is made of it.

How far back in time a segment reaches is not in its name: a clock may have gone back. So it is looked up once, and kept for
segments that are finished in `tables/spans/<stream>.json`; what cannot be read of that is found out again.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import IO

import msgspec
import numpy as np

from executor.errors import CorruptJournal
from executor.journal.decoding import first_broken
from executor.journal.segments import Segment, chunks, listed
from executor.plain_file import read_plain
from executor.records.streams import Stream
from hedge_assets.store import replace
from hedge_assets.tables.days import end_us, start_us

CHUNK_BYTES = 4 * 1024 * 1024
MOST_BYTES = 256 * 1024 * 1024
NEVER = 1 << 62


class Stamp(msgspec.Struct, gc=False):
    """A line's time."""

    ts_us: int


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One segment: how many records, and the earliest and the latest time of any."""

    name: str
    first_seq: int
    rows: int = 0
    least_us: int = NEVER
    most_us: int = -NEVER

    def reaches(self, day: date) -> bool:
        """Whether it may hold records of a day."""
        return self.least_us < end_us(day) and self.most_us >= start_us(day)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """How many records of one day, and the numbers of the first and last; null where there is none.

    `backward` counts those whose time is before that of the record before them in the journal, or in the segment.
    """

    rows: int = 0
    backward: int = 0
    first_seq: int | None = None
    last_seq: int | None = None

    @property
    def strays(self) -> int:
        """Records between the first and the last that are of other days."""
        return 0 if self.first_seq is None or self.last_seq is None else self.last_seq - self.first_seq + 1 - self.rows

    def and_then(self, later: "Held") -> "Held":
        """Both, the later behind."""
        first_seq = self.first_seq if self.first_seq is not None else later.first_seq
        last_seq = later.last_seq if later.last_seq is not None else self.last_seq
        backward = self.backward + later.backward
        return Held(rows=self.rows + later.rows, backward=backward, first_seq=first_seq, last_seq=last_seq)


STAMPS = msgspec.json.Decoder(Stamp)
SPANS = msgspec.json.Decoder(dict[str, Span])


def batches(segment: Segment, stream: Stream, *, is_open: bool) -> Iterator[tuple[int, bytes, list[bytes]]]:
    """A segment's whole lines, verified, some at a time: the number of the first, all their bytes, and each line."""
    seq, rest = segment.first_seq, b""
    for chunk in chunks(segment, CHUNK_BYTES):
        *lines, after = (rest + chunk).split(b"\n")
        broken = first_broken(lines, seq)
        if broken is not None:
            raise CorruptJournal(
                f"journal damaged: {stream} record {broken} in {segment.path} is missing or broken; "
                "restore the segment from a backup, then build the day again"
            )
        if lines:
            yield seq, (rest + chunk)[: len(rest) + len(chunk) - len(after)], lines
        seq, rest = seq + len(lines), after
    if rest and not is_open:
        raise CorruptJournal(f"journal damaged: {segment.path} ends with {len(rest)} bytes that are no line; restore it from a backup")


def measured(
    segment: Segment, stream: Stream, *, day: date | None = None, is_open: bool = False, into: IO[bytes] | None = None
) -> tuple[Span, Held]:
    """A segment's span, and what of one day it holds; whole lines are copied where something is handed in for them."""
    rows, least_us, most_us, held, last_us = 0, NEVER, -NEVER, Held(), -NEVER
    for seq, content, lines in batches(segment, stream, is_open=is_open):
        times = np.fromiter((each.ts_us for each in STAMPS.decode_lines(content)), dtype=np.int64, count=len(lines))
        rows += len(lines)
        least_us, most_us = min(least_us, int(times.min())), max(most_us, int(times.max()))
        if day is not None:
            inside = np.flatnonzero((times >= start_us(day)) & (times < end_us(day)))
            if len(inside):
                backward = int((np.diff(times, prepend=last_us)[inside] < 0).sum())
                held = held.and_then(
                    Held(rows=len(inside), backward=backward, first_seq=seq + int(inside[0]), last_seq=seq + int(inside[-1]))
                )
            last_us = int(times[-1])
        if into is not None:
            into.write(content)
    return Span(name=segment.name, first_seq=segment.first_seq, rows=rows, least_us=least_us, most_us=most_us), held


def surveyed(raw: Path, tables: Path, stream: Stream, *, day: date, copied: Path | None = None) -> list[tuple[Segment, Span, Held]]:
    """Every segment with its span and what it holds of a day, oldest first; those that may hold any of it were read whole just now.

    With a place to copy to, what is whole of the segment that is being written goes there, so that nothing is torn when it is
    read again, and spans are kept. Raises where a line is broken, or a segment does not go on where the one before it ended.
    """
    path = tables / "spans" / f"{stream}.json"
    known = _known(path)
    segments = listed(raw / stream)
    found = []
    for segment in segments:
        span, held = known.get(segment.name), Held()
        if segment is segments[-1]:
            with ExitStack() as stack:
                into = None if copied is None else stack.enter_context(copied.open("wb"))
                span, held = measured(segment, stream, day=day, is_open=True, into=into)
        elif span is None or span.reaches(day):
            span, held = measured(segment, stream, day=day)
        found.append((segment, span, held))
    _refuse_holes([span for _, span, _ in found], stream)
    finished = {span.name: span for _, span, _ in found[:-1]}
    if copied is not None and finished != known:
        replace(path, msgspec.json.encode(finished))
    return found


def _known(path: Path) -> dict[str, Span]:
    try:
        return SPANS.decode(read_plain(path, MOST_BYTES))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _refuse_holes(found: Sequence[Span], stream: Stream) -> None:
    for before, after in itertools.pairwise(found):
        if before.first_seq + before.rows != after.first_seq:
            raise CorruptJournal(
                f"journal damaged: {stream} record {before.first_seq + before.rows} is missing before {after.name}; "
                "restore the segments from a backup, then build the day again"
            )
