"""Brings the raw journals of one data root up, turn by turn: what is new of the live tails first, then sealed segments, oldest first.

Nothing is remembered but what lies at the other end: a new life lists it and goes on behind it. Objects are made and never changed
but for one that is damaged, under names that say what they hold, so that doing a thing twice does it once. Journals are only read.
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
from hedge_assets.shipping.disk import at_disk
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
    unpacked,
)
from hedge_assets.shipping.owner import claim
from hedge_assets.shipping.past import lines_here, stranger
from hedge_assets.shipping.tailing import Reach, reach_of, ready
from hedge_assets.store import look

SEALED_A_TURN = 4
"""So many sealed segments go up before the live tails are looked at again."""

READ_BACK = 64
"""So many of a live segment's newest parts a new life reads back: a crash of the store can tear them. Of others it sees the size."""


@dataclass
class Shipped:
    """What one turn brought up, and `mended` of what was damaged there. `more` says that there is more to bring at once."""

    parts: int = 0
    part_bytes: int = 0
    sealed: int = 0
    mended: int = 0
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

        Raises `ObjectError` where the other end fails, `DiskError` where the disk here does, `CorruptJournal` where the journal was
        cut back, `SettingsError` where the prefix is another's.
        """
        with at_disk(self._raw):
            return self._turn()

    def _turn(self) -> Shipped:
        if not self._is_claimed:
            claim(self._raw, self._account, self._objects)
            self._is_claimed = True
        done = Shipped()
        self._note(FORM)
        self._note(PRUNED)
        for stream in STREAMS:  # all of them are looked at before anything of one goes up
            if stream not in self._streams:
                self._streams[stream] = self._known(stream, done)
        for each in self._streams.values():
            self._tails(each, done)
        self._note(PULSE)
        for each in self._streams.values():
            self._seal(each, done)
        return done

    def _known(self, stream: Stream, done: Shipped) -> Shipping:
        """What lies at the other end, having seen that it is the past of what is here; what is damaged there is put again."""
        known = Shipping(stream)
        listing = self._objects.listed(f"sealed/{stream}")
        sealed = {name: size for path, size in listing.items() if (name := sealed_of(path)) is not None}
        parts: dict[str, dict[Part, int]] = {}
        for path, size in self._objects.listed(tail_folder(stream)).items():
            if (each := part_of(path)) is not None:
                parts.setdefault(each.segment, {})[each] = size
        if (found := stranger(self._raw, stream, {*sealed, *parts})) is not None:
            raise self._cut_back(self._raw / stream, f" ({found} lies there and not here)")
        here = {each.name: each for each in listed(self._raw / stream)}
        for name, size in sealed.items():
            if name in here and not here[name].packed:
                self._known_plain(known, here[name])
            else:
                self._known_sealed(known, here.get(name), name, size=size, has_parts=name in parts, done=done)
        for name in sorted({*parts} - {*sealed}):
            known.ends[name] = self._known_parts(stream, name, parts[name], done)
        return known

    def _known_plain(self, known: Shipping, segment: Segment) -> None:
        """A segment that is sealed there and not here: the journal was cut back, unless only its packing was lost."""
        lines = lines_here(segment.folder, segment.name) or b""
        if lines != sealed_lines(self._objects.get(sealed_path(known.stream, segment.name)) or b""):
            raise self._cut_back(segment.path)
        known.ends[segment.name] = len(lines)  # and compared again when it is packed: it may still be written to

    def _known_sealed(self, known: Shipping, segment: Segment | None, name: str, *, size: int, has_parts: bool, done: Shipped) -> None:
        """A segment that is sealed there, and here or pruned: compared where its size is another, or it takes the place of parts."""
        try:
            if segment is not None and (has_parts or segment.path.stat().st_size != size):
                with opened(segment.path) as file:
                    content = file.read()
                self._put_sealed(known.stream, segment, content, done)
        except FileNotFoundError:
            pass  # pruned meanwhile
        if has_parts:
            self._replace_parts(known.stream, name, self._objects.get(sealed_path(known.stream, name)) or b"")
        known.sealed.add(name)

    def _known_parts(self, stream: Stream, segment: str, sizes: dict[Part, int], done: Shipped) -> int:
        """How far the parts of a segment follow each other. They must be what the segment here says; a damaged one is put again."""
        lines, parts, end = lines_here(self._raw / stream, segment), sorted(sizes), 0
        newest = set(parts[-READ_BACK:])
        for each in parts:
            if lines is None or not each.start <= end < each.end:
                continue  # pruned here, or behind a hole: that comes again
            data = lines[each.start : each.end]
            if part(segment, each.start, data) != each:
                raise self._cut_back(self._raw / stream / segment)
            body = packed(data)
            if each in newest or sizes[each] != len(body):
                done.mended += self._mended(stream, each, body)
            end = each.end
        return end

    def _mended(self, stream: Stream, each: Part, body: bytes) -> bool:
        """Whether a part was not what its name says, and was put again."""
        there = self._objects.get(part_path(stream, each))
        if there is not None and unpacked(each, there) is not None:
            return False
        self._objects.put(part_path(stream, each), body)
        return True

    def _cut_back(self, path: Path, found: str = "") -> CorruptJournal:
        return CorruptJournal(
            f"{path} was cut back or changed after it was shipped to {self._objects.uri}{found}: both are kept as they are; "
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
            self._put_sealed(shipping.stream, segment, content, done)
            shipping.sealed.add(segment.name)
            shipping.ends.pop(segment.name, None)
            self._replace_parts(shipping.stream, segment.name, content)
            done.sealed += 1

    def _put_sealed(self, stream: Stream, segment: Segment, content: bytes, done: Shipped) -> None:
        """Make it, or see that what lies there is the same; what is damaged there is made again."""
        path = sealed_path(stream, segment.name)
        if self._objects.put_new(path, content):
            return
        there = self._objects.get(path)
        if there == content:
            return
        lines = b"" if there is None else sealed_lines(there)
        if not lines:
            self._objects.put(path, content)
            done.mended += 1
        elif lines != sealed_lines(content):
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
