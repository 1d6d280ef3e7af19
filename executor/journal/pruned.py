"""How far each journal was pruned, noted before it is done: whoever misses older records learns whether they were lost."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from executor.journal.segments import sync_folder
from executor.plain_file import read_plain
from executor.records.streams import Stream

NAME = "pruned.json"
MOST_BYTES = 4096


def read_pruned(raw: Path) -> Mapping[Stream, int]:
    """By stream, the last sequence number that may have been removed, 0 for none; nothing for what cannot be read."""
    try:
        return msgspec.json.decode(read_plain(raw / NAME, MOST_BYTES), type=dict[Stream, int])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


class Pruned:
    """The note of one data root, `raw/pruned.json`. A journal it does not know yet is taken as it is: what precedes `firsts` was pruned."""

    def __init__(self, raw: Path, firsts: Mapping[Stream, int], *, sync: bool) -> None:
        self._raw, self._sync = raw, sync
        known = read_pruned(raw)
        self._upto = {stream: known.get(stream, first_seq - 1) for stream, first_seq in firsts.items()}
        if self._upto != known:
            with contextlib.suppress(OSError):  # noted at the first pruning at the latest
                self._write()

    def note(self, stream: Stream, upto_seq: int) -> None:
        """Say that records up to this one are about to be removed. Raises `OSError`."""
        self._upto[stream] = upto_seq
        self._write()

    def _write(self) -> None:
        beside = self._raw / f".{NAME}.new"
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(self._upto))
            file.flush()
            if self._sync:
                os.fsync(file.fileno())
        beside.replace(self._raw / NAME)
        if self._sync:
            sync_folder(self._raw)
