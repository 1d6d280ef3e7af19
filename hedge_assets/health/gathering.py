"""What services say of themselves, how the disk stands, who holds the lock: everything a scene wants beside the files.

Nothing here trusts what it finds: each note is size-capped, of a known shape, or it counts as not there.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from executor.journal.pruned import read_pruned
from executor.lock import OWNER
from executor.pulse import NAME as PULSE
from executor.pulse import Pulse
from executor.records.streams import STREAMS
from hedge_assets.health.scene import DiskFacts, PulseFacts
from hedge_assets.settings import Place
from hedge_assets.store import look

NOTE_BYTES = 256 * 1024
CHECKPOINT_BYTES = 16 * 1024 * 1024
MOST = 1 << 62
UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
Note = TypeVar("Note", bound=msgspec.Struct)
Said = TypeVar("Said", bound=msgspec.Struct)


class Reached(msgspec.Struct):
    """The one field of the executor's checkpoint that others may know."""

    seqs: dict[str, int]


def pulses(place: Place) -> Mapping[str, PulseFacts]:
    """Each service's pulse; a service that never wrote one is left out."""
    folders = {"executor": place.raw, "dagster": place.tables, "watch": place.watch, "mirror": place.mirrored}
    found = {name: pulse_in(folder) for name, folder in folders.items()}
    return {name: facts for name, facts in found.items() if facts is not None}


def pulse_in(folder: Path) -> PulseFacts | None:
    """The pulse in a folder; null where there is none."""
    facts = look(folder / PULSE, NOTE_BYTES)
    if facts.kind == "absent":
        return None
    if facts.content is None:
        return PulseFacts(None, facts.mtime_us, fault=f"{facts.kind} under the name {PULSE}")
    try:
        return PulseFacts(measured(msgspec.json.decode(facts.content, type=Pulse)), facts.mtime_us)
    except UNREADABLE as error:
        return PulseFacts(None, facts.mtime_us, fault=str(error)[:200])


def note(path: Path, shape: type[Note]) -> Note | None:
    """A note as its shape; null when it is not there or cannot be read."""
    facts = look(path, NOTE_BYTES)
    try:
        return None if facts.content is None else measured(msgspec.json.decode(facts.content, type=shape))
    except UNREADABLE:
        return None


def measured(told: Said) -> Said:
    """The same, having seen that no whole number in it is beyond what is counted or timed; raises ValueError otherwise."""
    waiting: list[Any] = [told]
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.Struct):
            waiting += msgspec.structs.astuple(each)
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, tuple):
            waiting += each
        elif isinstance(each, int) and abs(each) > MOST:
            raise ValueError(f"a number of {len(str(each))} digits is no count and no time")
    return told


def known_seqs(raw: Path) -> Mapping[str, int]:
    """How far the executor's newest checkpoint says each journal reaches; nothing when it cannot be read."""
    facts = look(raw / "checkpoint.json", CHECKPOINT_BYTES)
    try:
        seqs = msgspec.json.decode((facts.content or b"").partition(b"\n")[2], type=Reached).seqs
    except UNREADABLE:
        return {}
    return {f"raw/{stream}": seqs[stream] for stream in STREAMS if stream in seqs}


def pruned_seqs(raw: Path) -> Mapping[str, int]:
    """How far the executor says that it removed each journal's oldest records; nothing of a journal it says nothing of."""
    return {f"raw/{stream}": seq for stream, seq in read_pruned(raw).items()}


def lock_taken_us(raw: Path) -> int | None:
    """When the executor's lock was last taken, by the kernel; null if it never was, or nobody noted it."""
    return look(raw / OWNER, NOTE_BYTES).mtime_us


def disk(root: Path) -> DiskFacts:
    """The room on the disk under the data root."""
    try:
        stat = os.statvfs(root)
    except OSError as error:
        return DiskFacts(fault=error.strerror or "error")
    inodes = stat.f_favail if stat.f_files else None  # some file systems count none
    return DiskFacts(stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize, inodes, bool(stat.f_flag & os.ST_RDONLY))
