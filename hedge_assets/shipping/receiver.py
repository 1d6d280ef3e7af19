"""Brings a prefix down into the raw journals of a data root, turn by turn; everything downstream reads them as if they were written here.

While the other machine's pulse says that its executor lives, the receiver holds the executor's lock here: nobody else may write these
journals, and whoever looks at health sees an executor that holds its lock, and when it falls silent.
"""

import os
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import msgspec

from executor.errors import CorruptJournal, SettingsError
from executor.journal import form
from executor.journal.pruned import NAME as PRUNED
from executor.lock import take_lock
from executor.plain_file import clear_way
from executor.pulse import NAME as PULSE
from executor.pulse import Pulse
from executor.records.streams import STREAMS, Stream
from hedge_assets.object_store import Objects
from hedge_assets.shipping.disk import at_disk
from hedge_assets.shipping.landing import Landing
from hedge_assets.shipping.names import (
    Note,
    Part,
    first_seq_of,
    note_path,
    part_of,
    part_path,
    sealed_of,
    sealed_path,
    tail_folder,
    unpacked,
)

MENDED = "it is waited for, and comes once `hedge ship` begins anew or the segment is sealed"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


@dataclass
class Received:
    """What one turn brought down. `waiting` says by stream which records must come before what lies there already."""

    parts: int = 0
    part_bytes: int = 0
    sealed: int = 0
    pruned: int = 0
    waiting: dict[str, str] = field(default_factory=dict)


def kept(segments: list[str], pruned_seq: int) -> list[str]:
    """Of segments in sequence those that the executor still has, by how far it says that it removed them."""
    firsts = [first_seq_of(each) for each in segments[1:]]
    return segments[sum(first_seq - 1 <= pruned_seq for first_seq in firsts) :]


@dataclass(frozen=True)
class There:
    """What lies at the other end of one stream."""

    sealed: frozenset[str]
    parts: dict[str, list[Part]]

    @property
    def segments(self) -> list[str]:
        """Every segment of which there is anything, in sequence."""
        return sorted({*self.sealed, *self.parts}, key=first_seq_of)


class Receiver:
    """One prefix on its way into one data root."""

    def __init__(self, raw: Path, objects: Objects) -> None:
        self._raw, self._objects = raw, objects
        with at_disk(raw):
            self._landings = {stream: Landing(raw, stream) for stream in STREAMS}
        self._lock: int | None = None
        self._notes: dict[str, bytes] = {}

    def turn(self) -> Received:
        """Bring down what is new.

        Raises `ObjectError` where the other end fails, `DiskError` where the disk here does, `CorruptJournal` for what came damaged.
        Raises `SettingsError` for journals of a form that this version does not know; nothing of what it was looked at for is taken.
        """
        with at_disk(self._raw):
            return self._turn()

    def _turn(self) -> Received:
        done = Received()
        there = {stream: self._there(landing) for stream, landing in self._landings.items()}
        self._form()  # after the look: it went up before whatever lies there
        pruned = self._pruned()
        for stream, landing in self._landings.items():
            self._stream(landing, there[stream], pruned.get(stream, 0), done)
        self._pulse()
        return done

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _stream(self, landing: Landing, there: There, pruned_seq: int, done: Received) -> None:
        for segment in landing.plain:
            if segment in there.sealed:
                self._seal(landing, segment, done)
        segments = kept(there.segments, pruned_seq)
        self._refuse_another_past(landing, segments)
        for segment in segments:
            if not self._segment(landing, segment, there, pruned_seq=pruned_seq, done=done):
                break
        done.pruned += landing.prune(pruned_seq)

    def _there(self, landing: Landing) -> There:
        """What lies there, from the oldest segment on that is not packed here."""
        parts: dict[str, list[Part]] = {}
        for each in sorted(found for path in self._objects.listed(tail_folder(landing.stream)) if (found := part_of(path)) is not None):
            parts.setdefault(each.segment, []).append(each)
        oldest = next(iter(landing.plain), None if landing.last is None else landing.last.name)
        before = None if oldest is None else f"sealed/{landing.stream}/{oldest}"
        sealed = self._objects.listed(f"sealed/{landing.stream}", after=before)  # second: what is sealed meanwhile is seen in one of them
        return There(frozenset(name for path in sealed if (name := sealed_of(path)) is not None), parts)

    def _segment(self, landing: Landing, segment: str, there: There, *, pruned_seq: int, done: Received) -> bool:
        """Bring down what is new of one segment; false where what follows must wait for it."""
        if landing.last is not None and first_seq_of(segment) < landing.last.first_seq:
            return True
        if landing.offset(segment) is None:
            if landing.last is not None and segment == landing.last.name:
                return True
            if first_seq_of(segment) < landing.next_seq:
                raise self._another_past(landing, segment)
            if not self._may_jump(landing, segment, pruned_seq, done):
                return False
            landing.jump(segment)  # also where a journal begins whose first records are long gone
        if segment in there.sealed:
            return self._seal(landing, segment, done)
        return all(self._part(landing, each, done) for each in there.parts[segment])

    def _refuse_another_past(self, landing: Landing, segments: list[str]) -> None:
        """No two segments there begin with one record, and none begins within what is here under another name."""
        here = landing.names
        oldest_seq = first_seq_of(here[0]) if here else landing.next_seq
        inside = [each for each in segments if each not in here and oldest_seq <= first_seq_of(each) < landing.next_seq]
        twice = [each for each, after in pairwise(segments) if first_seq_of(each) == first_seq_of(after)]
        for each in [*inside, *twice]:
            raise self._another_past(landing, each)

    def _another_past(self, landing: Landing, segment: str) -> CorruptJournal:
        return CorruptJournal(
            f"{segment} of {landing.stream} at {self._objects.uri} holds records that another segment holds too: the journal was cut "
            "back and shipped there again; name another ship.uri for what is written from now on, and receive it into another data root"
        )

    def _may_jump(self, landing: Landing, segment: str, pruned_seq: int, done: Received) -> bool:
        """Whether records before a segment were removed by the executor's own budget; if not, they are waited for."""
        first_seq = first_seq_of(segment)
        if first_seq - 1 <= pruned_seq:
            return True
        done.waiting[landing.stream] = f"records {landing.next_seq} to {first_seq - 1} of {landing.stream} are not at {self._objects.uri}"
        return False

    def _seal(self, landing: Landing, segment: str, done: Received) -> bool:
        path = sealed_path(landing.stream, segment)
        body = self._objects.get(path)
        if body is None:
            done.waiting[landing.stream] = f"{path} is gone from {self._objects.uri}; it comes again once `hedge ship` begins anew"
            return False
        landing.seal(segment, body)
        done.sealed += 1
        return True

    def _part(self, landing: Landing, each: Part, done: Received) -> bool:
        """Append what is new of one part; false where it does not follow what is here, or cannot be had: the next turn looks again."""
        offset = landing.offset(each.segment)
        if offset is None or each.end <= offset:
            return True
        if each.start > offset:
            what = f"bytes {offset} to {each.start} of {tail_folder(landing.stream, each.segment)} are not at {self._objects.uri}"
            done.waiting[landing.stream] = f"{what}; {MENDED}"
            return False
        path = part_path(landing.stream, each)
        body = self._objects.get(path)
        data = None if body is None else unpacked(each, body)
        if data is None:
            self._wait_for(landing.stream, each, "is gone" if body is None else "is damaged: it is not what its name says", done)
            return False
        landing.append(each.segment, data[offset - each.start :])
        done.parts, done.part_bytes = done.parts + 1, done.part_bytes + each.end - offset
        return True

    def _wait_for(self, stream: Stream, each: Part, ill: str, done: Received) -> None:
        """Say what ails a part, unless the sealed segment lies there meanwhile: then the next turn brings that."""
        if self._objects.get(sealed_path(stream, each.segment)) is None:
            done.waiting[stream] = f"{part_path(stream, each)} at {self._objects.uri} {ill}; {MENDED}"

    def _form(self) -> None:
        """The form of the journals there, noted here before anything of it comes; a newer one than this version knows is refused."""
        content = self._objects.get(note_path(form.NAME))
        if content is None:
            return
        try:
            note = msgspec.json.decode(content, type=Note)
            newest = msgspec.json.decode(note.content, type=form.Note).form
        except UNREADABLE as error:
            raise CorruptJournal(
                f"{form.NAME} at {self._objects.uri} cannot be read ({error}); ship again with the executor's version"
            ) from error
        if newest > form.FORM:
            raise SettingsError(
                f"journals at {self._objects.uri} have form {newest}, this version reads up to {form.FORM}; "
                "receive them with the version that wrote them or a newer one"
            )
        self._put(form.NAME, note)

    def _pruned(self) -> dict[Stream, int]:
        """How far the executor removed its oldest records; noted here before anything goes."""
        note = self._noted(PRUNED)
        try:
            found = {} if note is None else msgspec.json.decode(note.content, type=dict[Stream, int])
        except UNREADABLE:
            return {}
        if note is not None:
            self._put(PRUNED, note)
        return found

    def _pulse(self) -> None:
        """The executor's pulse as it was there, with the time it was written there; the lock goes by what it says."""
        note = self._noted(PULSE)
        try:
            pulse = None if note is None else msgspec.json.decode(note.content, type=Pulse)
        except UNREADABLE:
            return
        if note is None or pulse is None:
            return
        if pulse.ended is not None:
            self.close()
        elif self._lock is None:
            self._lock = take_lock(self._raw)
        self._put(PULSE, note)

    def _noted(self, name: str) -> Note | None:
        content = self._objects.get(note_path(name))
        try:
            return None if content is None else msgspec.json.decode(content, type=Note)
        except UNREADABLE:
            return None

    def _put(self, name: str, note: Note) -> None:
        content = note.content.encode()
        if self._notes.get(name) == content:
            return
        path, beside = self._raw / name, self._raw / f".{name}.new"
        for each in (path, beside):
            clear_way(each, note.mtime_us)
        beside.write_bytes(content)
        beside.chmod(beside.stat().st_mode & 0o640)
        os.utime(beside, ns=(note.mtime_us * 1000, note.mtime_us * 1000))
        beside.replace(path)
        self._notes[name] = content
