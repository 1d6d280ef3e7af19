"""How every file has been over the last day, from the journal of incidents and from when anybody looked.

    incidents ──opened, changed, closed──▶ word by word ─┐
    looks ────────nobody looked──────────▶ unwatched ────┴▶ stretches of one word, without a gap, up to now

A file without an incident was ok (or rightly empty) while somebody looked. What nobody looked at, and what the journal has lost,
is `unwatched`, whatever incident was open meanwhile.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from hedge_assets.health.incidents import FILE_CAUSES, Entry
from hedge_assets.health.looks import GAP_US, WRITTEN_EVERY_US, Looks

Word = Literal["ok", "late", "stale", "missing", "invalid", "unwatched"]
WORST_FIRST: tuple[Word, ...] = ("missing", "invalid", "stale", "late", "unwatched", "ok")
DAY_US = 86_400_000_000
CELLS = 288
"""A lane with more stretches than this is told in so many cells of equal length instead, each by the worst in it."""


@dataclass(frozen=True)
class Stretch:
    """A time in which a file was as one word says (microseconds UTC), why, and the incident that tells of it (null where it was well)."""

    word: Word
    from_us: int
    until_us: int
    reason: str | None = None
    incident_id: str | None = None


@dataclass(frozen=True)
class Lane:
    """One file's day: stretches that follow each other from its beginning to now, and the share of the time somebody looked in which it
    was well (0..1, null where nobody looked)."""

    name: str
    stretches: tuple[Stretch, ...]
    ok_frac: float | None


def timeline(names: Sequence[str], told: Iterable[Entry], looks: Looks, now_us: int, *, span_us: int = DAY_US) -> tuple[Lane, ...]:
    """A lane for each file, in the order of names; `told` are the journal's lines."""
    start_us = now_us - span_us
    entries: dict[str, list[Entry]] = {name: [] for name in names}
    for each in told:
        if each.incident.subject in entries and each.incident.cause in FILE_CAUSES:
            entries[each.incident.subject].append(each)
    watched = list(watched_from(looks, start_us, now_us))
    return tuple(lane(name, changes(entries[name]), watched, (start_us, now_us)) for name in names)


def lane(name: str, found: Sequence[Stretch], watched: Sequence[tuple[int, int]], span: tuple[int, int]) -> Lane:
    """One file's lane: what incidents say where somebody looked."""
    stretches = tuple(joined(seen(found, watched, span)))
    looked_us = sum(each.until_us - each.from_us for each in stretches if each.word != "unwatched")
    well_us = sum(each.until_us - each.from_us for each in stretches if each.word == "ok")
    shown = stretches if len(stretches) <= CELLS else in_cells(stretches, span)
    return Lane(name, shown, well_us / looked_us if looked_us else None)


def changes(told: Sequence[Entry]) -> list[Stretch]:
    """What a file was from each moment on at which that changed, in order; `until_us` is not known here and is the same."""
    found, known = [], set()
    for each in sorted(told, key=lambda entry: entry.at_us):
        incident = each.incident
        if incident.id not in known and incident.opened_us < each.at_us:  # its first line is not in the journal any more
            found.append(Stretch(word_of(incident.cause), incident.opened_us, incident.opened_us, incident.reason, incident.id))
        known.add(incident.id)
        if each.event == "closed":
            found.append(Stretch("ok", each.at_us, each.at_us))
        else:
            found.append(Stretch(word_of(incident.cause), each.at_us, each.at_us, incident.reason, incident.id))
    return sorted(found, key=lambda change: change.from_us)


def word_of(cause: str) -> Word:
    """A file's cause as the timeline says it."""
    return next(word for word in WORST_FIRST if word == cause)


def watched_from(looks: Looks, start_us: int, now_us: int) -> Iterator[tuple[int, int]]:
    """When somebody looked, of this time; up to now where the newest word of it is fresh."""
    from_us = max(start_us, looks.lost_upto_us)
    for place, each in enumerate(looks.stretches, start=1):
        is_newest = place == len(looks.stretches)
        until_us = now_us if is_newest and now_us - each.until_us <= GAP_US + WRITTEN_EVERY_US else each.until_us
        if max(each.from_us, from_us) < min(until_us, now_us):
            yield max(each.from_us, from_us), min(until_us, now_us)


def seen(found: Sequence[Stretch], watched: Sequence[tuple[int, int]], span: tuple[int, int]) -> Iterator[Stretch]:
    """Stretches without a gap between them: what changed, where somebody looked, else unwatched."""
    at_us, end_us = span
    for from_us, until_us in (*watched, (end_us, end_us)):
        if at_us < from_us:
            yield Stretch("unwatched", at_us, from_us)
        yield from said(found, from_us, until_us)
        at_us = max(at_us, until_us)


def said(found: Sequence[Stretch], from_us: int, until_us: int) -> Iterator[Stretch]:
    """What was known between two moments, by what changed before and within."""
    before = [change for change in found if change.from_us <= from_us]
    now = before[-1] if before else Stretch("ok", from_us, from_us)
    for change in (*(each for each in found if from_us < each.from_us < until_us), Stretch("ok", until_us, until_us)):
        if change.from_us > from_us:
            yield replace(now, from_us=from_us, until_us=change.from_us)
        now, from_us = change, change.from_us


def joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Neighbours that say the same of the same incident are one."""
    last: Stretch | None = None
    for each in stretches:
        if last is not None and (last.word, last.incident_id, last.until_us) == (each.word, each.incident_id, each.from_us):
            last = replace(last, until_us=each.until_us)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def in_cells(stretches: Sequence[Stretch], span: tuple[int, int]) -> tuple[Stretch, ...]:
    """The same told in cells of equal length, each by the worst of what lies in it."""
    start_us, end_us = span
    edges = [start_us + (end_us - start_us) * place // CELLS for place in range(CELLS + 1)]
    cells, first = [], 0
    for from_us, until_us in pairwise(edges):
        while stretches[first].until_us <= from_us:
            first += 1
        last = first
        while last + 1 < len(stretches) and stretches[last + 1].from_us < until_us:
            last += 1
        worst = min(stretches[first : last + 1], key=lambda each: WORST_FIRST.index(each.word))
        cells.append(replace(worst, from_us=from_us, until_us=until_us))
    return tuple(joined(cells))
