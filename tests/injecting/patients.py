"""The files that are made ill and well again, and what was true of each of them at every moment."""

import json
import os
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hedge_assets.health.manifest import Row
from tests.injecting.ills import Ill, renewed

RENEWED_US = 20_000_000
JOURNAL_ILLS = (Ill("missing", "missing", lambda *_: None), Ill("corrupt", "invalid", lambda *_: None))


def now_us() -> int:
    return time.time_ns() // 1_000


@dataclass
class Span:
    """A word that may be true of a file between two moments (microseconds); while a file is replaced two words may be."""

    word: str
    from_us: int
    upto_us: int | None = None


@dataclass
class Patient(ABC):
    """One file, and what was true of it so far. `aged` are words for one that is well and only no longer young."""

    row: Row
    root: Path
    ills: tuple[Ill, ...]
    well: str = "ok"
    aged: tuple[str, ...] = ("late",)
    spans: list[Span] = field(default_factory=list)
    renewed_us: int = 0

    @property
    def path(self) -> Path:
        return self.root / self.row.path

    @property
    def name(self) -> str:
        return self.row.name

    def read(self, word: str | None) -> str | None:
        """What is shown of it, its age left aside."""
        return self.well if word in self.aged else word

    def harm(self, ill: Ill, chance: Random) -> int:
        """Make it ill at once; gives the moment from which it is."""
        from_us = now_us() + ill.begins_us
        self.put(ill, chance)
        return self.turned(ill.word, from_us, now_us() + ill.begins_us)

    def heal(self) -> int:
        """Make it well at once; gives the moment from which it is."""
        from_us = now_us()
        self.restore()
        return self.turned(self.well, from_us, now_us())

    def turned(self, word: str, from_us: int, surely_us: int) -> int:
        """Another word is true from a moment on at the earliest, and the one before until it surely is; gives that."""
        before = self.spans[-1] if self.spans else Span(self.well, 0)
        before.upto_us = surely_us
        self.spans = [*self.spans[-20:], *([] if self.spans else [before]), Span(word, from_us)]
        return surely_us

    def truths(self, from_us: int, upto_us: int) -> set[str]:
        """The words that were true of it at some moment of a time."""
        known = self.spans or [Span(self.well, 0)]
        return {each.word for each in known if each.from_us <= upto_us and (each.upto_us is None or each.upto_us >= from_us)}

    @abstractmethod
    def put(self, ill: Ill, chance: Random) -> None:
        """Make it ill."""

    @abstractmethod
    def restore(self) -> None:
        """Make it what it was."""

    def renew(self) -> None:  # noqa: B027  a journal needs no keeping
        """Keep it young while it is well."""


@dataclass
class StateFile(Patient):
    """A state; what is restored is its own document, written again now."""

    content: bytes = b""

    def __post_init__(self) -> None:
        self.content = self.path.read_bytes()
        self.well = json.loads(self.content)["status"]
        self.restore()

    def put(self, ill: Ill, chance: Random) -> None:
        at_us = now_us()
        self.replace(ill.damage(renewed(self.content, at_us), self.row, at_us, chance))

    def restore(self) -> None:
        self.renewed_us = now_us()
        self.replace(renewed(self.content, self.renewed_us))

    def renew(self) -> None:
        if now_us() - self.renewed_us > RENEWED_US:
            self.restore()

    def replace(self, content: bytes | None) -> None:
        if content is None:
            self.path.unlink()
            return
        beside = self.path.with_name(f".{self.path.name}.injected")
        beside.write_bytes(content)
        beside.replace(self.path)


@dataclass
class JournalFolder(Patient):
    """A raw journal that nobody writes to: an executor whose journal is replaced under its pen stops. It grows stale meanwhile."""

    aged: tuple[str, ...] = ("late", "stale")
    segment: Path | None = None

    @property
    def aside(self) -> Path:
        return self.root / "aside" / self.row.path

    def put(self, ill: Ill, chance: Random) -> None:
        self.aside.parent.mkdir(parents=True, exist_ok=True)
        if ill.word == "missing":
            self.path.rename(self.aside)
            return
        self.segment = max(self.path.glob("*.jsonl"))
        damaged = self.aside.with_name(f"{self.aside.name}.damaged")
        whole = self.segment.read_bytes()
        place = chance.randrange(whole.rindex(b"\n", 0, -1) + 1, len(whole) - 1) if whole.count(b"\n") > 1 else len(whole) // 2
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0x80]) + whole[place + 1 :])
        os.link(self.segment, self.aside)
        damaged.replace(self.segment)

    def restore(self) -> None:
        if self.segment is None:
            self.aside.rename(self.path)
        else:
            self.aside.replace(self.segment)
            self.segment = None


def state_files(root: Path, rows: tuple[Row, ...], ills: tuple[Ill, ...]) -> list[Patient]:
    """Every state."""
    return [StateFile(row, root, ills) for row in rows if row.kind == "state"]


def journals(root: Path, rows: tuple[Row, ...]) -> list[Patient]:
    """Every raw journal, once nobody writes there."""
    return [JournalFolder(row, root, JOURNAL_ILLS) for row in rows if row.kind == "journal"]
