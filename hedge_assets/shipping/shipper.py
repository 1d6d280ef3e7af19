"""Brings the raw journals of one data root up, turn by turn: what is new of the live tails first, then sealed segments, oldest first.

Nothing is remembered but what lies at the other end: a new life lists it and goes on behind it. Objects are made and never changed, under
names that say what they hold, so that doing a thing twice does it once. Journals are only read.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from executor.errors import CorruptJournal
from executor.journal.form import NAME as FORM
from executor.journal.pruned import NAME as PRUNED
from executor.journal.segments import Segment, listed, opened
from executor.pulse import MOST_BYTES as PULSE_BYTES
from executor.pulse import NAME as PULSE
from executor.records.streams import STREAMS, Stream
from hedge_assets.object_store import Objects
from hedge_assets.shipping.names import (
    Note,
    Part,
    note_path,
    packed,
    part,
    part_of,
    part_path,
    sealed_lines,
    sealed_of,
    sealed_path,
    tail_folder,
)
from hedge_assets.shipping.owner import claim
from hedge_assets.shipping.tailing import Reach, reach_of, ready
from hedge_assets.store import look

SEALED_A_TURN = 4
"""So many sealed segments go up before the live tails are looked at again."""


@dataclass
class Shipped:
    """What one turn brought up. `more` says that there is more to bring at once."""

    parts: int = 0
    part_bytes: int = 0
    sealed: int = 0
    more: bool = False


@dataclass
class Shipping:
    """One stream: how far each live segment is at the other end, which sealed ones are, and how the journal's end looked last time."""

    stream: Stream
    ends: dict[str, int] = field(default_factory=dict)
    sealed: set[str] = field(default_factory=set)
    end_seen: tuple[str, int] | None = None


class Shipper:
    """One data root's journals on their way to one prefix, which is its own; `account` is empty where the settings name none."""

    def __init__(self, raw: Path, objects: Objects, *, part_bytes: int, account: str = "") -> None:
        self._raw, self._objects, self._part_bytes, self._account = raw, objects, part_bytes, account
        self._is_claimed = False
        self._streams: dict[Stream, Shipping] = {}
        self._notes: dict[str, bytes] = {}

    def turn(self) -> Shipped:
        """Bring up what is new.

        Raises `ObjectError` where the other end fails, `CorruptJournal` where the journal was cut back, `SettingsError`
        where the prefix is another's.
        """
        if not self._is_claimed:
            claim(self._raw, self._account, self._objects)
            self._is_claimed = True
        done = Shipped()
        self._note(FORM)
        self._note(PRUNED)
        for stream in STREAMS:
            if stream not in self._streams:
                self._streams[stream] = self._known(stream)
            self._tails(self._streams[stream], done)
        self._note(PULSE)
        for each in self._streams.values():
            self._seal(each, done)
        return done

    def _known(self, stream: Stream) -> Shipping:
        """What lies at the other end. Parts count as far as they follow each other."""
        known = Shipping(stream)
        known.sealed = {name for path in self._objects.listed(f"sealed/{stream}") if (name := sealed_of(path)) is not None}
        parts = {path: found for path in self._objects.listed(tail_folder(stream)) if (found := part_of(path)) is not None}
        for segment in {each.segment for each in parts.values()} & known.sealed:
            self._replace_parts(stream, segment, self._objects.get(sealed_path(stream, segment)) or b"")
        for each in sorted(each for each in parts.values() if each.segment not in known.sealed):
            if each.start <= known.ends.get(each.segment, 0) < each.end:
                self._refuse_another_past(stream, each)
                known.ends[each.segment] = each.end
        return known

    def _refuse_another_past(self, stream: Stream, each: Part) -> None:
        """A part must be what its segment still says; a segment that was packed is compared as a whole at the other end."""
        path = self._raw / stream / f"{each.segment}.jsonl"
        try:
            with opened(path) as file:
                data = os.pread(file.fileno(), each.end - each.start, each.start)
        except FileNotFoundError:
            return
        if part(each.segment, each.start, data) != each:
            raise self._cut_back(path)

    def _cut_back(self, path: Path) -> CorruptJournal:
        return CorruptJournal(
            f"{path} was cut back or changed after it was shipped to {self._objects.uri}: both are kept as they are; "
            "name another ship.uri for what is written from now on, and receive it into another data root"
        )

    def _tails(self, shipping: Shipping, done: Shipped) -> None:
        """Bring up what is new of every segment that is not packed yet."""
        segments = listed(self._raw / shipping.stream)
        end = end_of(segments)
        if end is not None and shipping.ends.get(end[0]) == end[1]:
            return  # nothing new, and nothing is flushed for nothing: the executor may be about to
        reach = reach_of(segments, still=end is not None and end == shipping.end_seen)
        shipping.end_seen = end
        for segment in segments:
            if not segment.packed and segment.name not in shipping.sealed:
                self._tail(shipping, segment, reach, done)

    def _tail(self, shipping: Shipping, segment: Segment, reach: Reach, done: Shipped) -> None:
        while True:
            start = shipping.ends.get(segment.name, 0)
            try:
                with opened(segment.path) as file:
                    size = os.fstat(file.fileno()).st_size
                    data = os.pread(file.fileno(), self._part_bytes, start)
            except FileNotFoundError:
                return  # packed meanwhile: it goes up as a whole
            if size < start:
                raise self._cut_back(segment.path)
            data = ready(data, reach)
            if not data:
                return
            each = part(segment.name, start, data)
            self._note(FORM)
            self._objects.put_new(part_path(shipping.stream, each), packed(data))
            shipping.ends[segment.name] = each.end
            done.parts, done.part_bytes = done.parts + 1, done.part_bytes + len(data)

    def _seal(self, shipping: Shipping, done: Shipped) -> None:
        """Bring up segments that are packed, and remove the parts that each of them replaces."""
        waiting = [each for each in listed(self._raw / shipping.stream) if each.packed and each.name not in shipping.sealed]
        done.more = done.more or len(waiting) > SEALED_A_TURN
        for segment in waiting[:SEALED_A_TURN]:
            try:
                with opened(segment.path) as file:
                    content = file.read()
            except FileNotFoundError:
                continue  # pruned meanwhile
            self._note(FORM)
            self._put_sealed(shipping.stream, segment, content)
            shipping.sealed.add(segment.name)
            shipping.ends.pop(segment.name, None)
            self._replace_parts(shipping.stream, segment.name, content)
            done.sealed += 1

    def _put_sealed(self, stream: Stream, segment: Segment, content: bytes) -> None:
        """Make it, or see that what lies there is the same."""
        path = sealed_path(stream, segment.name)
        if self._objects.put_new(path, content):
            return
        there = self._objects.get(path)
        if there is None or (there != content and sealed_lines(there) != sealed_lines(content)):
            raise self._cut_back(segment.path)

    def _replace_parts(self, stream: Stream, segment: str, sealed: bytes) -> None:
        """Remove the parts of a segment that is there sealed, having seen that it holds every one of them."""
        parts = {path: found for path in self._objects.listed(tail_folder(stream, segment)) if (found := part_of(path)) is not None}
        lines = sealed_lines(sealed) if parts else b""
        for each in parts.values():
            if part(segment, each.start, lines[each.start : each.end]) != each:
                raise self._cut_back(self._raw / stream / segment)
        self._objects.delete(list(parts))

    def _note(self, name: str) -> None:
        """Bring up a small file if it is another than last time.

        The form goes before what was read of a journal and is looked at after: it is written before the first record of its form.
        """
        facts = look(self._raw / name, PULSE_BYTES)
        if facts.content is None or facts.mtime_us is None:
            return
        note = msgspec.json.encode(Note(facts.mtime_us, facts.content.decode("utf-8", "replace")))
        if self._notes.get(name) != note:
            self._objects.put(note_path(name), note)
            self._notes[name] = note


def end_of(segments: list[Segment]) -> tuple[str, int] | None:
    """How the end of a journal looks: its newest segment and that one's size; null where there is none."""
    if not segments:
        return None
    try:
        return segments[-1].name, segments[-1].path.stat().st_size
    except FileNotFoundError:
        return None
