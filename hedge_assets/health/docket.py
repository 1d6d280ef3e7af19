"""Which incidents are open after each look: opened at once, closed when the subject was well twice in a row.

    survey ──faults──▶ step(docket, survey) ──▶ docket, entries (opened, changed, closed)

A file has one incident at a time, whatever is wrong with it; a named condition has one per subject. Only another
cause or severity makes a line, never an age that runs on: worse at once, milder when it was so twice in a row.

A desk that nobody watched for a minute may be starting. What is ill at the first look then has a minute's grace,
once: stale and late files, named conditions, and missing files where there are none of their kind at all. An
invalid file, and a file that is missing among others, opens at the first look: that needs no start to be wrong.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from hedge_assets.health.condition import Severity
from hedge_assets.health.healed import healed_by
from hedge_assets.health.incidents import FILE_CAUSES, Entry, Incident
from hedge_assets.health.judge import Verdict
from hedge_assets.health.survey import Survey

Key = tuple[str, str]
FILE = "file"
NEVER_EXCUSED = ("invalid", "disk_full", "clock_off")
SEEN_BY = "watch"
HOLD_LOOKS = 2
GRACE_US = 60_000_000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong at one look, by the name an incident has it under."""

    cause: str
    subject: str
    severity: Severity
    reason: str
    cure: str | None
    reach: int = 0

    @property
    def key(self) -> Key:
        """What there is at most one open incident of."""
        return key_of(self.cause, self.subject)


@dataclass(frozen=True)
class Docket:
    """What is open, and what must be remembered from look to look.

    `well` counts the looks in a row at which nothing was wrong with an incident's subject, `milder` those at which it
    was at least better than the incident says. `excused` are the faults of the first look that may be a start's (null
    before the first look). `is_continued`: somebody watched until just now, so nothing is excused.
    """

    began_us: int
    is_continued: bool = False
    open: Mapping[Key, Incident] = field(default_factory=dict)
    well: Mapping[Key, int] = field(default_factory=dict)
    milder: Mapping[Key, int] = field(default_factory=dict)
    excused: frozenset[Key] | None = None


def key_of(cause: str, subject: str) -> Key:
    """The kind of fault and its subject: all that can be wrong with a file is of one kind."""
    return (FILE if cause in FILE_CAUSES else cause, subject)


def docket(incidents: Iterable[Incident], began_us: int, *, is_continued: bool = False) -> Docket:
    """A docket that takes up what is open in the journal."""
    taken_up = {key_of(each.cause, each.subject): each for each in incidents if each.is_open}
    return Docket(began_us, is_continued, taken_up)


def faults(survey: Survey) -> dict[Key, Fault]:
    """All that is wrong, the worst word on each subject."""
    found: dict[Key, Fault] = {}
    for fault in (*files(survey.verdicts), *conditions(survey)):
        if fault.key not in found or fault.severity == "error":
            found[fault.key] = fault
    return found


def files(verdicts: Iterable[Verdict]) -> Iterator[Fault]:
    """Files that are stale, missing or invalid, as errors; late ones as warnings."""
    for each in verdicts:
        if not each.is_healthy:
            yield Fault(each.condition, each.name, "error", each.reason or each.condition, each.cure)
        elif each.late:
            yield Fault("late", each.name, "warn", each.reason or "late", each.cure)


def conditions(survey: Survey) -> Iterator[Fault]:
    """Signs of named conditions."""
    for each in survey.findings:
        yield Fault(each.condition, each.subject, each.severity, each.reason, each.cure, each.reach)


def step(before: Docket, survey: Survey) -> tuple[Docket, tuple[Entry, ...]]:
    """The docket after one look, and what happened in it."""
    now_us, found = survey.scene.now_us, faults(survey)
    excused = still_excused(before, found, survey)
    well = {key: before.well.get(key, 0) + 1 for key in before.open if key not in found}
    milder = {key: before.milder.get(key, 0) + 1 for key, incident in before.open.items() if is_milder(incident, found.get(key))}
    entries = [entry for key, fault in found.items() if key not in excused and (entry := seen(before.open.get(key), fault, milder, now_us))]
    over = [incident for key, incident in before.open.items() if well.get(key, 0) >= HOLD_LOOKS]
    entries += [Entry(event="closed", at_us=now_us, incident=closed(each, survey)) for each in over]
    now_open = dict(before.open)
    for entry in entries:
        key = key_of(entry.incident.cause, entry.incident.subject)
        milder.pop(key, None)
        well.pop(key, None)
        if entry.event == "closed":
            del now_open[key]
        else:
            now_open[key] = entry.incident
    return replace(before, open=now_open, well=well, milder=milder, excused=excused), tuple(entries)


def is_milder(incident: Incident, fault: Fault | None) -> bool:
    """Whether its subject is better than the incident says: well, or only worth a warning where it was an error."""
    return fault is None or (fault.severity == "warn" and incident.severity == "error")


def seen(incident: Incident | None, fault: Fault, milder: Mapping[Key, int], now_us: int) -> Entry | None:
    """What a fault does to its incident: opens it, changes it, or nothing."""
    if incident is None:
        return Entry(event="opened", at_us=now_us, incident=opened(fault, now_us))
    if (fault.cause, fault.severity) == (incident.cause, incident.severity) or 0 < milder.get(fault.key, 0) < HOLD_LOOKS:
        return None
    is_worse = fault.severity == "error" and incident.severity == "warn"
    after = msgspec.structs.replace(
        incident,
        cause=fault.cause,
        severity=fault.severity,
        reason=fault.reason,
        cure=fault.cure,
        reach=fault.reach,
        escalated_us=now_us if is_worse else incident.escalated_us,
    )
    return Entry(event="changed", at_us=now_us, incident=after)


def opened(fault: Fault, now_us: int) -> Incident:
    """A new incident."""
    return Incident(
        id=f"{now_us}-{fault.cause}-{fault.subject}",
        cause=fault.cause,
        subject=fault.subject,
        severity=fault.severity,
        opened_us=now_us,
        seen_by=SEEN_BY,
        reason=fault.reason,
        cure=fault.cure,
        reach=fault.reach,
    )


def closed(incident: Incident, survey: Survey) -> Incident:
    """The incident when it is over; a clock that was set back does not close it before it opened."""
    over_us = max(survey.scene.now_us, incident.opened_us)
    return msgspec.structs.replace(incident, closed_us=over_us, healed_by=healed_by(incident, survey.scene))


def still_excused(before: Docket, found: Mapping[Key, Fault], survey: Survey) -> frozenset[Key]:
    """The faults of the first look that are still there and may still be a start's."""
    if before.is_continued or not 0 <= survey.scene.now_us - before.began_us < GRACE_US:
        return frozenset()
    if before.excused is None:
        bare = {is_raw(each.name) for each in survey.verdicts} - {
            is_raw(each.name) for each in survey.verdicts if each.condition != "missing"
        }
        return frozenset(key for key, fault in found.items() if key not in before.open and is_excusable(fault, bare))
    return frozenset(key for key in before.excused if key in found and found[key].cause not in NEVER_EXCUSED)


def is_excusable(fault: Fault, bare: set[bool]) -> bool:
    """Whether a start explains it; `bare` names the kinds of file of which there is none (journals: true, states: false)."""
    return fault.cause not in NEVER_EXCUSED and (fault.cause != "missing" or is_raw(fault.subject) in bare)


def is_raw(name: str) -> bool:
    """Whether a file is one of the executor's journals."""
    return name.startswith("raw/")
