"""Two data roots with object storage between them: real journals at one end, whatever arrives at the other."""

import itertools
import shutil
from pathlib import Path

from executor.journal.segments import content, listed
from executor.journal.writer import Journals
from executor.records.streams import STREAMS
from executor.settings import Journal
from hedge_assets.object_store import Objects
from hedge_assets.shipping.receiver import Receiver
from hedge_assets.shipping.shipper import Shipper
from tests.hedge_assets.builders import SECOND, T0, account, boot, heartbeat, intent, quote
from tests.hedge_assets.journals import stream_of


class Writer:
    """An executor's journals, written a few loops at a time; it can be ended and begun again."""

    def __init__(self, root: Path, *, rotate_bytes: int = 4096, begin_us: int = T0) -> None:
        self.root, self._settings, self._begin_us = root, Journal(fsync="group", rotate_bytes=rotate_bytes), begin_us
        self._loops = itertools.count(1)
        self._boots = itertools.count(1)
        self.begin()

    def begin(self) -> None:
        self.journals = Journals(self.root, self._settings, boot=f"b{next(self._boots)}")
        self._append(boot(self._begin_us, time="wall"))

    def _append(self, record: object) -> None:
        self.journals.append(stream_of(record), record)

    def loops(self, count: int) -> None:
        """So many loops, each committed."""
        for loop in itertools.islice(self._loops, count):
            at_us = self._begin_us + loop * SECOND
            for record in (quote(at_us), quote(at_us + 1), account(at_us), heartbeat(at_us, loop)):
                self._append(record)
            if loop % 3 == 0:
                self._append(intent(at_us, f"i{loop}"))
            self.journals.commit()

    def end(self) -> None:
        self.journals.close()


def lines(root: Path) -> dict[str, bytes]:
    """Every line of every stream, packed or not, also while segments are being packed."""
    return {stream: content_of(root / "raw" / stream) for stream in STREAMS}


def content_of(folder: Path) -> bytes:
    while True:
        try:
            return b"".join(content(segment) for segment in listed(folder))
        except FileNotFoundError:
            continue


def packed_only(root: Path, to: Path) -> Path:
    """A copy of a data root as it was when the newest segment of each stream that is packed had just been completed."""
    shutil.copytree(root, to)
    for path in to.glob("raw/*/*.jsonl"):
        path.unlink()
    return to


def shipper(root: Path, objects: Objects) -> Shipper:
    return Shipper(root / "raw", objects, part_bytes=2 * 1024 * 1024)


def settled(ship: Shipper, receive: Receiver) -> None:
    """Turn both until nothing moves."""
    idle = 0
    while idle < 2:
        done, got = ship.turn(), receive.turn()
        idle = 0 if done.parts or done.sealed or got.parts or got.sealed else idle + 1
