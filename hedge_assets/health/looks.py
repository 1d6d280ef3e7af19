"""When somebody looked: stretches of time in which the watch's looks followed each other, so that what nobody saw is not called well.

`watch/looks.json` is replaced every few seconds by the watch alone. What was not written is not known to have been looked at.
"""

import contextlib
from pathlib import Path

import msgspec

from executor.plain_file import clear_way
from hedge_assets.health.gathering import note
from hedge_assets.store import StoreError, replace

NAME = "looks.json"
GAP_US = 10_000_000
"""Looks farther apart than this say nothing of the time between them."""
WRITTEN_EVERY_US = 5_000_000
STRETCHES_KEPT = 1_000


class Looked(msgspec.Struct, frozen=True, array_like=True):
    """From the first to the last of looks that followed each other, in microseconds UTC."""

    from_us: int
    until_us: int


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """The newest 1,000 stretches, oldest first. Of incidents that were over before `lost_upto_us` the journal may have lost some."""

    stretches: tuple[Looked, ...] = ()
    lost_upto_us: int = 0


def looked(before: Looks, now_us: int, *, lost_upto_us: int = 0) -> Looks:
    """The same with one more look. A clock that was set back begins a stretch anew, and takes back what lies ahead of it."""
    known = [Looked(each.from_us, min(each.until_us, now_us)) for each in before.stretches if each.from_us <= now_us]
    if known and now_us - known[-1].until_us <= GAP_US:
        known[-1] = Looked(known[-1].from_us, now_us)
    else:
        known.append(Looked(now_us, now_us))
    return Looks(stretches=tuple(known[-STRETCHES_KEPT:]), lost_upto_us=max(before.lost_upto_us, lost_upto_us))


def read_looks(folder: Path) -> Looks:
    """What the watch of this folder left; nothing where that cannot be read."""
    return note(folder / NAME, Looks) or Looks()


class LooksLog:
    """The file's one writer: told of every look, it writes when a stretch begins and then every few seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written_us: int | None = None
        self.looks = read_looks(folder)

    def look(self, now_us: int, *, is_told: bool, lost_upto_us: int = 0) -> None:
        """One more look, written down once what it saw is in the journal (`is_told`); a disk that refuses is tried again at the next."""
        before, self.looks = self.looks, looked(self.looks, now_us, lost_upto_us=lost_upto_us)
        is_news = len(self.looks.stretches) != len(before.stretches) or self.looks.lost_upto_us != before.lost_upto_us
        is_due = is_news or self._written_us is None or not 0 <= now_us - self._written_us < WRITTEN_EVERY_US
        if is_told and is_due:
            self.write(now_us)

    def write(self, now_us: int) -> None:
        """Write what is known."""
        with contextlib.suppress(StoreError, OSError):
            clear_way(self._folder / NAME, now_us)
            replace(self._folder / NAME, msgspec.json.encode(self.looks), durable=False)
            self._written_us = now_us
