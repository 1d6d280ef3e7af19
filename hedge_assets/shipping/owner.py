"""Whose a prefix is: that of the data root which shipped to it first, and nobody else's.

Segments of two accounts may bear the same names, and then nothing else at the other end would tell them apart. So a data root has a word
of its own (`<root>/ship/owner`), and a prefix keeps the word of whoever came first (`note/owner`). A root that has lost its word, as one
restored from a backup has, is known by its journals: some of what lies there must be what lies here.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from executor.errors import SettingsError
from executor.journal.segments import content, listed, opened
from executor.records.streams import STREAMS, Stream
from hedge_assets.object_store import Objects
from hedge_assets.shipping.names import note_path, part, part_of, sealed_lines, sealed_of, sealed_path, tail_folder
from hedge_assets.shipping.past import stranger
from hedge_assets.store import look, replace

NAME = "owner"
MOST_BYTES = 4096


class Owner(msgspec.Struct, frozen=True):
    """A data root's word, and the account that it is of; empty where the settings name none."""

    word: str
    account: str = ""


def claim(raw: Path, account: str, objects: Objects) -> None:
    """See that a prefix is this data root's, or make it so. Raises `SettingsError` for another's, `ObjectError` for an outage."""
    kept = raw.parent / "ship" / NAME
    here, there = owner_in(look(kept, MOST_BYTES).content), _owner_there(objects)
    if there is None:
        if is_used(objects) and not is_continued(raw, objects):
            raise _refused(objects, "it has journals that are not this data root's")
        here = here or Owner(secrets.token_hex(16), account)
        replace(kept, msgspec.json.encode(here))  # first: a word that nobody kept would shut out its own root
        objects.put_new(note_path(NAME), msgspec.json.encode(Owner(here.word, account)))
        there = _owner_there(objects)
    if there is None or there.account != account:
        raise _refused(objects, f"it is of account {there.account!r}, this is {account!r}" if there else "its owner is gone again")
    if here is None and is_continued(raw, objects):
        replace(kept, msgspec.json.encode(there))
    elif here is None or here.word != there.word:
        raise _refused(objects, "another data root ships to it")


def owner_in(note: bytes | None) -> Owner | None:
    """What a note says; null where there is none that can be read."""
    try:
        return None if note is None else msgspec.json.decode(note, type=Owner)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _owner_there(objects: Objects) -> Owner | None:
    note = objects.get(note_path(NAME))
    found = owner_in(note)
    if note is not None and found is None:
        raise _refused(objects, f"{note_path(NAME)} there cannot be read")
    return found


def _refused(objects: Objects, why: str) -> SettingsError:
    return SettingsError(f"{objects.uri} cannot be shipped to, {why}; give each account a prefix of its own: another ship.uri, or --uri")


def is_used(objects: Objects) -> bool:
    """Whether there are journals at a prefix."""
    return any(objects.listed(folder) for folder in ("sealed", "tail"))


def is_continued(raw: Path, objects: Objects) -> bool:
    """Whether the journals here are those there: some newest piece that both have is the same, and none is another."""
    while True:
        try:
            seen = [same for stream in STREAMS for same in _compared(raw, stream, objects)]
        except FileNotFoundError:
            continue  # packed meanwhile
        return bool(seen) and all(seen)


def _compared(raw: Path, stream: Stream, objects: Objects) -> Iterator[bool]:
    """Of a stream the newest sealed segment that both ends have, and every part whose segment is still plain here.

    A segment that is only there, and was not pruned here, is another past.
    """
    segments = {each.name: each for each in listed(raw / stream)}
    sealed = set(filter(None, map(sealed_of, objects.listed(f"sealed/{stream}"))))
    parts = list(filter(None, map(part_of, objects.listed(tail_folder(stream)))))
    if stranger(raw, stream, sealed | {each.segment for each in parts}) is not None:
        yield False
    for name in sorted(sealed & set(segments))[-1:]:
        yield content(segments[name]) == sealed_lines(objects.get(sealed_path(stream, name)) or b"")
    for each in parts:
        segment = segments.get(each.segment)
        if segment is not None and not segment.packed:
            with opened(segment.path) as file:
                yield part(each.segment, each.start, os.pread(file.fileno(), each.end - each.start, each.start)) == each
