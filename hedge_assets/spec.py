"""The vocabulary of a state file: what a module under `states/` says about itself, once."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hedge_assets.document import Document


class Pace(enum.StrEnum):
    """How often a state is rebuilt."""

    FAST = "fast"
    SLOW = "slow"


class Group(enum.StrEnum):
    """Which part of the desk a state belongs to."""

    ACCOUNT = "account"
    EXECUTION = "execution"
    RESEARCH = "research"
    TUNING = "tuning"
    SHADOW = "shadow"
    HEALTH = "health"


@dataclass(frozen=True)
class Check:
    """One promise about a document: `holds` gives null when it is kept, else what is wrong (what, value, limit).

    A check that is a `gate` keeps a document that breaks it from replacing the old file.
    """

    name: str
    holds: Callable[[Any], str | None]
    gate: bool = True


@dataclass(frozen=True)
class Deadlines:
    """Ages in seconds at which a state is late (`warn_s`) and past its deadline (`fail_s`)."""

    warn_s: float
    fail_s: float


DEADLINES = {Pace.FAST: Deadlines(180, 600), Pace.SLOW: Deadlines(900, 1800)}


@dataclass(frozen=True)
class StateSpec:
    """What a state's file exports as `STATE`.

    Name (the module's), shape (the build function's return annotation), dependencies (its parameter
    names) and description (the module's docstring) are read from the module; see `catalog`.
    `file` is the name under `logs/state/`. `event_deadlines` are for the newest raw fact inside, null
    where that may rightly be old. `may_be_empty` is false where nothing to say would be a fault.
    """

    build: Callable[..., Document]
    file: str
    group: Group
    pace: Pace
    owner: str = "desk"
    deadlines: Deadlines | None = None
    event_deadlines: Deadlines | None = Deadlines(300, 900)
    may_be_empty: bool = True
    max_bytes: int = 4 * 1024 * 1024
    checks: Sequence[Check] = field(default_factory=tuple)
    schema_version: int = 1

    @property
    def written_deadlines(self) -> Deadlines:
        """Deadlines for the age of the file itself; the pace's own unless said otherwise."""
        return self.deadlines or DEADLINES[self.pace]
