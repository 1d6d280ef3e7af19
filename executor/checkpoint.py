"""Where a restart begins: everything the loop had in mind at some point of the journals.

The journals stay the truth. A checkpoint only says from where to go through the feed again; what was
journaled after it is compared, record by record, with what is decided again (`journal.redo`).
"""

import os
import zlib
from pathlib import Path
from typing import Any, Literal

import msgspec

from executor.configuration import carried
from executor.errors import CorruptJournal, JournalError
from executor.journal.form import CHECKPOINT_FORMAT, refuse_newer
from executor.parts import Progress
from executor.plain_file import read_plain
from executor.records.streams import Stream
from executor.settings import Settings

FORMAT = CHECKPOINT_FORMAT
NAME = "checkpoint.json"
MOST_BYTES = 256 * 1024 * 1024
CURE = "move it aside, then everything is gone through again from the beginning"


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of the loop. `seqs` are the journals' newest sequence numbers then; `start_us` is the feed's start,
    `flags` as the environment spells them. `dropped` names settings of an older version that this one does not know: they were left
    out when it was loaded, and nothing is decided by them."""

    format: int
    feed: str
    time: Literal["wall", "feed"]
    boots: int
    start_us: int
    settings: Settings
    seqs: dict[Stream, int]
    progress: Progress
    router: Any
    exchange: Any
    feed_state: Any
    flags: dict[str, str] = {}
    dropped: tuple[str, ...] = ()


class Head(msgspec.Struct, frozen=True):
    """What is read of a checkpoint before anything else of it is understood."""

    format: int


def save(raw: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint file whole: written beside, flushed, renamed."""
    body = msgspec.json.encode(checkpoint)
    beside = raw / f".{NAME}.new"
    try:
        with beside.open("wb") as file:
            file.write(b"%08x\n%b" % (zlib.crc32(body), body))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(raw / NAME)
    except OSError as error:
        raise JournalError(
            f"{raw / NAME} could not be written ({error.strerror}); free space or repair the disk, then start again"
        ) from error


def load(raw: Path) -> Checkpoint | None:
    """The newest checkpoint; null when there never was one. Raises `SettingsError` where the journals beside it are of a newer version."""
    refuse_newer(raw)
    path = raw / NAME
    try:
        content = read_plain(path, MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CorruptJournal(f"{path} cannot be read ({error.strerror}); {CURE}") from error
    crc, _, body = content.partition(b"\n")
    if crc != b"%08x" % zlib.crc32(body):
        raise CorruptJournal(f"{path} is damaged (checksum differs); {CURE}")
    try:
        head = msgspec.json.decode(body, type=Head)
        if head.format > FORMAT:
            raise CorruptJournal(
                f"{path} has format {head.format}, this version reads up to {FORMAT}; start the version that wrote it, or {CURE}"
            )
        return brought_up(msgspec.json.decode(body))
    except msgspec.ValidationError as error:
        raise CorruptJournal(f"{path} was written by another version ({error}); start that version once and stop it, or {CURE}") from error


def brought_up(plain: dict[str, Any]) -> Checkpoint:
    """A checkpoint of this or an older version as this one has it. Raises `msgspec.ValidationError` where that cannot be.

    Fields that came since have their defaults. Settings that went are left out: should a record after the checkpoint have been decided by
    one of them, it is decided otherwise now, and the start is refused at that record.
    """
    settings, dropped = carried(plain.get("settings", {}), Settings)
    return msgspec.convert({**plain, "format": FORMAT, "settings": settings, "dropped": dropped}, type=Checkpoint)
