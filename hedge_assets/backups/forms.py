"""In which forms the files of a data root were written, read from the files themselves: journals, checkpoint, states."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from executor.errors import SettingsError
from executor.journal.form import form_of
from executor.plain_file import read_plain
from executor.records.streams import STREAMS
from hedge_assets.backups.shapes import is_text

CHECKPOINT = "checkpoint.json"
MOST_BYTES = 256 * 1024 * 1024
STATE_BYTES = 64 * 1024 * 1024


class Schema(msgspec.Struct, frozen=True):
    """A state file's form."""

    name: str
    version: int


class Stated(msgspec.Struct, frozen=True):
    """What is read of a state file here."""

    schema: Schema


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a checkpoint here: its format, up to which records it reaches, and the settings that it was taken under."""

    format: int
    seqs: dict[str, int] = {}
    settings: dict[str, Any] = {}


@dataclass(frozen=True)
class Forms:
    """The forms of one root. `checkpoint` is null where there is none; `states` are schema versions by file name."""

    journals: int
    checkpoint: Kept | None
    states: Mapping[str, int]


def forms_of(root: Path) -> Forms:
    """Everything at once. Raises `SettingsError` for a note or checkpoint that cannot be read."""
    return Forms(form_of(root / "raw"), checkpoint_of(root / "raw"), schemas_of(root / "state"))


def checkpoint_of(raw: Path) -> Kept | None:
    """What the checkpoint says of itself; null where there is none."""
    path = raw / CHECKPOINT
    try:
        return msgspec.json.decode(read_plain(path, MOST_BYTES).partition(b"\n")[2], type=Kept)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}); move it aside, then everything is gone through again") from error


def checkpoint_format(raw: Path) -> int:
    """The checkpoint's format; 0 where there is none that can be read, which hinders no backup."""
    with contextlib.suppress(SettingsError):
        kept = checkpoint_of(raw)
        return 0 if kept is None else kept.format
    return 0


def schemas_of(state: Path) -> dict[str, int]:
    """The schema version of each state file that says one, by file name."""
    found: dict[str, int] = {}
    for path in sorted(path for path in state.glob("[!.]*.json") if is_text(path.name)):
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found[path.name] = msgspec.json.decode(read_plain(path, STATE_BYTES), type=Stated).schema.version
    return found


def last_seqs(raw: Path) -> dict[str, int]:
    """The newest record of each journal, by reading its last segment from the end."""
    from executor.journal.reader import tail  # noqa: PLC0415  only who asks waits for it

    newest = {stream: tail(raw, stream, 1) for stream in STREAMS}
    return {stream: found[-1][0] if found else 0 for stream, found in newest.items()}
