"""The door that suggestion files come in by: read when they change, guarded, and told to the engine as records to write.

While journals are gone through again, what they say was taken or refused then is taken again from them, and no file is
looked at until a loop comes that they do not say was completed.
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from executor.flags import Flags
from executor.plain_file import read_plain
from executor.records.base import Record
from executor.records.orders import PolicyChanged, SuggestionRefused
from executor.records.streams import Stream
from executor.records.tuning import Kind
from executor.steering import Change, Desk, Gone, Known, Steering
from executor.vetting import KINDS, Terms, Unfit, vetted

FILES: dict[Kind, str] = {"router": "router_policy_suggestions_v6.json", "allocator": "risk_allocation_suggestions_v6.json"}
SWITCHES: dict[Kind, str] = {"router": "ROUTER_AUTOTUNE_V6_APPLY_ENABLED", "allocator": "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED"}
FOLDER = "state"
HOUR_US = 3_600_000_000
MOST_TOLD = 512
"""So many refusals are journaled within an hour: a writer gone wild fills no disk."""

Sight = tuple[int, ...] | str
"""A file as a look from outside sees it: identity, times, size and mode, or why it cannot be seen."""


class Ahead(Protocol):
    """The journals, as far as going through them again shows here."""

    @property
    def redoing(self) -> bool:
        """Whether some stream still has records to compare with."""
        ...

    def ahead(self, stream: Stream) -> Record | None:
        """The record that must be appended next, while there are records to compare with."""
        ...


class Suggestions:
    """Both files of one data root, for one process's settings and flags."""

    def __init__(self, root: Path, journals: Ahead, *, terms: Terms, flags: Flags) -> None:
        self._journals = journals
        self._terms = terms
        self._paths = {kind: root / FOLDER / FILES[kind] for kind in KINDS if flags.on(SWITCHES[kind])}
        self._known: dict[Kind, Known] = {}
        self._seen: dict[Kind, Sight] = {}
        self._again_us: dict[Kind, int] = {}
        self._is_new = True
        self._told = (0, 0)

    def due(self, steering: Steering, now_us: int) -> Iterator[Change]:
        """What is to be journaled now, and followed, before the next is asked for."""
        ahead = self._journals.ahead
        while isinstance(told := ahead("orders"), PolicyChanged | SuggestionRefused) and told.ts_us <= now_us:
            yield told
        if told is None and ahead("positions") is None:  # else this loop was completed once, and no more was taken in it
            desk = Desk(steering=steering, terms=self._terms, now_us=now_us)
            if self._is_new:
                yield from self._begun(desk)
            for kind, path in self._paths.items():
                if self._is_news(kind, path, desk):
                    yield from filter(self._is_told, desk.followed(kind, self._known[kind]))
                    self._come_back(kind, desk.waits_until_us(kind, self._known[kind]))
            if steering.symbols:
                yield from desk.ended(self._known)

    def _is_told(self, change: Change) -> bool:
        """Whether a change is journaled: every one but a refusal beyond this hour's most."""
        if isinstance(change, PolicyChanged):
            return True
        hour, count = change.ts_us // HOUR_US, self._told[1]
        self._told = (hour, count + 1 if hour == self._told[0] else 1)
        return self._told[1] <= MOST_TOLD

    def _begun(self, desk: Desk) -> Iterator[Change]:
        """What settings and flags that changed since the last process undo."""
        self._is_new = False
        for kind in KINDS:
            if kind not in self._paths:
                yield from desk.followed(kind, Gone(f"{SWITCHES[kind]} is 0"))
        yield from desk.outgrown()

    def _come_back(self, kind: Kind, at_us: int | None) -> None:
        """Read a file again at that time, even if it does not change."""
        if at_us is not None:
            self._again_us[kind] = at_us

    def _is_news(self, kind: Kind, path: Path, desk: Desk) -> bool:
        """Look at a file; true when there is something new to follow. What did not exist then is not judged while going through again."""
        sight = seen(path)
        if sight == self._seen.get(kind) and desk.now_us < self._again_us.get(kind, desk.now_us + 1):
            return False
        known = desk.believed(kind, read(kind, path, self._terms, desk.now_us))
        self._seen[kind] = sight
        self._known[kind] = known
        self._again_us.pop(kind, None)
        if isinstance(known, Unfit) and known.from_us is not None:
            self._again_us[kind] = known.from_us
            return not self._journals.redoing
        return True


def seen(path: Path) -> Sight:
    """What a look from outside shows; equal looks need no reading."""
    try:
        found = path.lstat()
    except OSError as fault:
        return fault.strerror or "unreadable"
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_mode


def read(kind: Kind, path: Path, terms: Terms, now_us: int) -> Known:
    """What a file has to say; nothing that may lie under its name raises, waits, or is followed elsewhere."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return Unfit(version="", reason="it is no plain file")
        content = read_plain(path, terms.apply.max_bytes, grows=False)
    except FileNotFoundError:
        return Gone(f"{path.name} is gone")
    except OSError as fault:
        return Unfit(version="", reason=f"it cannot be read: {fault.strerror or fault}; apply.max_bytes is {terms.apply.max_bytes}")
    return vetted(kind, content, terms, now_us)
