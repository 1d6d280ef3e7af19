"""The incidents journal on disk: one JSON object a line, appended and flushed by the watch, read by whoever wants to know.

`incidents.jsonl` is written, `incidents.1.jsonl` is what was written before it was turned over. A line that cannot be
read, or is longer than any of ours, is passed over: the newest whole line of an incident is what it is. When the file is
turned over the lines of open incidents are told again at the top of the new one, so that neither file alone forgets them.
So they are when the file was taken away or replaced. What is no plain file under its name is moved aside.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from executor.errors import HedgeError
from executor.plain_file import clear_way
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.store import look, replace

LOG = "incidents.jsonl"
OLDER = "incidents.1.jsonl"
MOST_BYTES = 64 * 1024 * 1024
LINE_BYTES = 16 * 1024
LATEST_US = 1 << 53  # the year 2255; a later one is no date, and no document could be made of it
MOST_WAITING = 10_000
PRUNE_US = 3_600_000_000
DAY_US = 86_400_000_000
READER = msgspec.json.Decoder(Entry)
FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def entries(folder: Path) -> Iterator[Entry]:
    """Every whole line, oldest first."""
    for name in (OLDER, LOG):
        yield from entries_in(folder / name)


def entries_in(path: Path) -> Iterator[Entry]:
    """Every whole line of one file, oldest first."""
    content = look(path, MOST_BYTES).content or b""
    for line in content.split(b"\n"):
        try:
            entry = READER.decode(line) if len(line) <= LINE_BYTES else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if entry is not None and is_in_time(entry):
            yield entry


def is_in_time(entry: Entry) -> bool:
    """Whether every time in it is one: a date of this era, and an end not before the beginning."""
    told = entry.incident
    ends_us = told.opened_us if told.closed_us is None else told.closed_us
    times = (entry.at_us, told.opened_us, ends_us, told.opened_us if told.escalated_us is None else told.escalated_us)
    return all(0 <= each < LATEST_US for each in times) and ends_us >= told.opened_us


def read_incidents(folder: Path) -> tuple[Incident, ...]:
    """Every incident as it is now, the newest first, open ones before closed ones."""
    return newest_first(entry.incident for entry in entries(folder))


def newest_first(told: Iterable[Incident]) -> tuple[Incident, ...]:
    """The last word on each incident, in the order a person reads them."""
    known = {incident.id: incident for incident in told}
    return tuple(sorted(known.values(), key=lambda each: (not each.is_open, -each.opened_us, each.id)))


def lines_of(told: Iterable[Entry]) -> bytes:
    """Entries as the journal has them."""
    return b"".join(msgspec.json.encode(each) + b"\n" for each in told)


class IncidentLog:
    """The journal's one writer. What the disk refuses waits in memory and is tried again at the next `append`.

    `max_bytes` bounds both files together; lines of incidents closed more than `max_days` ago go. `fault` says why
    the last try failed, null when it did not; `waiting` is how many lines are not on disk yet, `lost` how many gave
    way when too many waited. Of what was over before `lost_upto_us` some may not be told any more: 0 while all is.
    """

    def __init__(self, folder: Path, *, max_bytes: int, max_days: float) -> None:
        self._folder, self._turn_bytes, self._max_us = folder, max(max_bytes // 2, 1), int(max_days * DAY_US)
        self._open: dict[str, Entry] = {entry.incident.id: entry for entry in last_words(entries(folder)) if entry.incident.is_open}
        self._waiting: list[Entry] = []
        self._pruned_us: int | None = None
        self._ours = mark(folder / LOG)
        self.fault: str | None = None
        self.lost = 0
        self.lost_upto_us = 0

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that are not over, as the journal has them."""
        return tuple(entry.incident for entry in self._open.values())

    @property
    def waiting(self) -> int:
        """How many lines are not on disk yet."""
        return len(self._waiting)

    def append(self, told: Sequence[Entry], now_us: int) -> None:
        """Put entries on disk, flushed, with whatever waited; a refusal is kept in `fault` and raises nothing."""
        for entry in told:
            self._open[entry.incident.id] = entry
            if not entry.incident.is_open:
                del self._open[entry.incident.id]
        self._waiting += told
        if len(self._waiting) > MOST_WAITING:
            kept = list(last_words(self._waiting))[-MOST_WAITING // 2 :]
            self.lost += len(self._waiting) - len(kept)
            self.lost_upto_us = now_us
            self._waiting = kept
        try:
            self._store(now_us)
        except OSError as error:
            self.fault = f"{self._folder / LOG} cannot be written ({error.strerror}); free space, the name or permission"
        except HedgeError as error:
            self.fault = str(error)
        else:
            self.fault = None

    def _store(self, now_us: int) -> None:
        log = self._folder / LOG
        clear_way(log, now_us)
        is_ours = self._ours is not None and mark(log) == self._ours
        if self._ours is not None and not is_ours:
            self.lost_upto_us = now_us
        if self._waiting or (self._open and not is_ours):
            told = self._waiting if is_ours else [*self._carried(), *self._waiting]
            try:
                append(log, lines_of(told))
            finally:  # a part of it that the disk took is ours as well
                self._ours = mark(log) if is_ours else None
            self._waiting = []
            if log.stat().st_size > self._turn_bytes:
                self._turn_over()
        if self._pruned_us is None or not 0 <= now_us - self._pruned_us < PRUNE_US:
            self._prune(now_us)
            self._pruned_us = now_us
        self._ours = mark(log)

    def _carried(self) -> list[Entry]:
        """Lines of open incidents that do not wait to be written anyway."""
        waiting = {entry.incident.id for entry in self._waiting}
        return [entry for key, entry in self._open.items() if key not in waiting]

    def _turn_over(self) -> None:
        """Begin a new file with what is open; were this cut off in between, the next start reads what is open from the older.

        What is so long that nobody reads it is none of ours, and goes.
        """
        log, older = self._folder / LOG, self._folder / OLDER
        self.lost_upto_us = max((entry.at_us for entry in entries_in(older)), default=self.lost_upto_us)
        log.replace(older)
        if older.stat().st_size > MOST_BYTES:
            older.unlink()
        replace(self._folder / LOG, lines_of(self._open.values()))

    def _prune(self, now_us: int) -> None:
        """Drop the lines of incidents that were over too long ago."""
        over = {
            entry.incident.id
            for entry in entries(self._folder)
            if entry.incident.closed_us is not None and now_us - entry.incident.closed_us > self._max_us
        }
        for name in (OLDER, LOG) if over else ():
            told = list(entries_in(self._folder / name))
            kept = [entry for entry in told if entry.incident.id not in over]
            if len(kept) < len(told):
                replace(self._folder / name, lines_of(kept))


def last_words(told: Iterable[Entry]) -> Iterable[Entry]:
    """The last entry of each incident, in the order in which those came."""
    known: dict[str, Entry] = {}
    for entry in told:
        known.pop(entry.incident.id, None)
        known[entry.incident.id] = entry
    return known.values()


def mark(path: Path) -> tuple[int, int] | None:
    """Which file lies there and how long it is; null where there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size


def append(path: Path, content: bytes) -> None:
    """Add whole lines to a file and flush them; a line that was cut off before is left to itself. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    handle = os.open(path, FLAGS, 0o640)
    try:
        known = os.fstat(handle)
        if not stat.S_ISREG(known.st_mode):
            raise OSError(errno.EINVAL, "what lies there is no plain file")
        size = known.st_size
        is_torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        left = memoryview(b"\n" + content if is_torn else content)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)
