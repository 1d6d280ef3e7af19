"""Everything the named conditions are judged by: what every service, the disk and the files showed at one look."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from executor.pulse import Pulse
from executor.records.account import Heartbeat
from hedge_assets.document import Document
from hedge_assets.health.evidence import JournalFacts
from hedge_assets.health.judge import Verdict
from hedge_assets.settings import Health

FRESH_S = 10.0
PROGRAMS_FRESH_S = 15.0
BEATS_MISSED = 3


@dataclass(frozen=True)
class PulseFacts:
    """A service's pulse as found. `mtime_us` is when the kernel says it was written; `fault` why it cannot be read."""

    pulse: Pulse | None
    mtime_us: int | None = None
    fault: str | None = None

    def age_s(self, now_us: int) -> float | None:
        """How long ago it was written, by the kernel; null if unknown, 0 where the asker's own clock is behind."""
        return None if self.mtime_us is None else max(0.0, (now_us - self.mtime_us) / 1e6)

    def beating(self, now_us: int) -> Pulse | None:
        """The pulse of a service that lives: not ended, and written within some of its own beats; null otherwise."""
        age_s = self.age_s(now_us)
        if self.pulse is None or self.pulse.ended is not None or age_s is None:
            return None
        return self.pulse if age_s <= max(FRESH_S, BEATS_MISSED * self.pulse.every_s) else None


@dataclass(frozen=True)
class DiskFacts:
    """The disk under the data root. `fault` says why it could not be asked, null when it could."""

    free_bytes: int | None = None
    size_bytes: int | None = None
    free_inodes: int | None = None
    is_read_only: bool = False
    fault: str | None = None


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """One program under the supervisor. `falls_us` are the newest times it went down unasked.

    `mute_s` is for how long it has not answered at its port, `fault` what it was asked in vain; null while it answers, or has no port.
    """

    name: str
    state: str
    pid: int = 0
    exit_code: int = 0
    since_us: int = 0
    falls_us: tuple[int, ...] = ()
    mute_s: float | None = None
    fault: str | None = None


class Programs(msgspec.Struct, frozen=True, kw_only=True):
    """What `hedge up` sees of its programs: `run/programs.json`, replaced every two seconds while it runs."""

    at_us: int
    programs: tuple[Program, ...]


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """How far the whole of one journal was read through: sealed segments once each, and the first fault found."""

    segments: int
    upto_seq: int | None = None
    fault: str | None = None


class Audits(msgspec.Struct, frozen=True, kw_only=True):
    """The slow reading of whole journals, by stream: `watch/audit.json`."""

    at_us: int
    streams: dict[str, Audited]


class Healing(msgspec.Struct, frozen=True, kw_only=True):
    """What is being done about one state: runs asked for so far, when the next may be, what failed, what was kept aside.

    `runs` are the newest ids asked for; `kept` is where the damaged file lies now, under the data root.
    """

    name: str
    tries: int = 0
    asked_us: int | None = None
    next_us: int | None = None
    failure: str | None = None
    kept: str | None = None
    kept_us: int | None = None


class Healings(msgspec.Struct, frozen=True, kw_only=True):
    """Every state that is being mended or was lately: `tables/healing.json`."""

    at_us: int
    states: tuple[Healing, ...]


class Mirroring(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with one sink of the mirror. Times are microseconds UTC, null where there is none.

    `owed` are the documents whose newest content it does not have, since `owed_since_us`; `refused` those it will not take, with why.
    `failures` counts tries in a row that failed, `fault` is what the newest said; `is_held_back` while the quota makes some wait.
    """

    sink: str
    target: str
    documents: int
    acknowledged: int
    owed: tuple[str, ...] = ()
    owed_since_us: int | None = None
    is_held_back: bool = False
    refused: dict[str, str] = {}
    failures: int = 0
    failing_since_us: int | None = None
    next_try_us: int | None = None
    fault: str | None = None
    pushed_us: int | None = None
    written_today: int = 0
    writes_per_day: int = 0


class Mirrored(msgspec.Struct, frozen=True, kw_only=True):
    """What stands after a turn of the mirror: `mirror/standing.json`. `off` says why nothing is mirrored, null when something is.

    The next turn follows within `every_s`. What is owed for longer than `late_s` is late, for longer than `fail_s` a fault. `fault` is
    what is wrong on this side.
    """

    at_us: int
    late_s: float
    fail_s: float
    every_s: float = 1.0
    off: str | None = None
    fault: str | None = None
    unread: dict[str, str] = {}
    sinks: tuple[Mirroring, ...] = ()
    ended: str | None = None


@dataclass(frozen=True)
class Scene:
    """One look at everything but the files' own verdicts' insides.

    `known_seqs` is how far the executor's checkpoint says each journal reaches, `pruned_seqs` how far it says that it
    removed what was old; `documents` are the sound state
    files that some condition asked for by name. `lock_taken_us` is when the executor's lock was last taken.
    The look began at `now_us` and `took_us` until all was read: what is so much younger was written meanwhile.
    What was not found is null or absent: unknown is no fault.
    """

    now_us: int
    limits: Health
    verdicts: tuple[Verdict, ...]
    journals: Mapping[str, JournalFacts] = field(default_factory=dict)
    heartbeat: Heartbeat | None = None
    feed_end_us: int | None = None
    executor_is_held: bool = False
    known_seqs: Mapping[str, int] = field(default_factory=dict)
    pruned_seqs: Mapping[str, int] = field(default_factory=dict)
    pulses: Mapping[str, PulseFacts] = field(default_factory=dict)
    programs: Programs | None = None
    disk: DiskFacts | None = None
    audits: Audits | None = None
    healings: Healings | None = None
    mirrored: Mirrored | None = None
    documents: Mapping[str, Document] = field(default_factory=dict)
    lock_taken_us: int | None = None
    took_us: int = 0

    @property
    def until_us(self) -> int:
        """When the last was read: nothing that was seen can be younger, where all clocks are right."""
        return self.now_us + self.took_us

    @property
    def beating(self) -> Mapping[str, Pulse]:
        """The pulses of the services that live, by service."""
        found = {name: facts.beating(self.now_us) for name, facts in self.pulses.items()}
        return {name: pulse for name, pulse in found.items() if pulse is not None}

    @property
    def supervised(self) -> Mapping[str, Program]:
        """The supervisor's programs by name, while it is there to tell of them."""
        if self.programs is None or abs(self.now_us - self.programs.at_us) > PROGRAMS_FRESH_S * 1e6:
            return {}
        return {each.name: each for each in self.programs.programs}
