"""Since when each thing is as it is: the one place that says so, for a single look and for who looks again and again.

What is stale says itself since when: a deadline passes at a moment that anybody can compute. Of everything else, who looked just now knows
best what began since. Else the open incidents tell, while somebody keeps them; else the
last health file; else it is since now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from hedge_assets.health.condition import Finding
from hedge_assets.health.incident_log import LOG, OLDER, read_incidents
from hedge_assets.health.judge import Verdict
from hedge_assets.health.parsing import Unsound, microseconds, plain_object
from hedge_assets.health.scene import Scene
from hedge_assets.settings import Place
from hedge_assets.store import look

PREVIOUS = "health.json"
PREVIOUS_BYTES = 1024 * 1024
GAP_US = 10_000_000
"""Looks farther apart than this, and than some looks, say nothing of the time between them: what was seen before is forgotten."""
LOOKS_MISSED = 3
Key = tuple[str, str]
"""What is wrong (a file's state, a named condition) and with what (an asset, a subject)."""


@dataclass(frozen=True)
class Earlier:
    """What was known before this look: since when a file was in its state, and a condition held, in microseconds UTC."""

    files: Mapping[Key, int] = field(default_factory=dict)
    findings: Mapping[Key, int] = field(default_factory=dict)


@dataclass
class Memory:
    """What somebody who looks again and again saw last, and since when; `seen_us` is null before the first look."""

    seen_us: int | None = None
    known: Earlier = field(default_factory=Earlier)

    def holds(self, scene: Scene) -> bool:
        """Whether the last look was so little ago that whatever was otherwise then began only now."""
        gap_us = max(GAP_US, round(LOOKS_MISSED * scene.limits.look_every_s * 1e6))
        return self.seen_us is not None and 0 <= scene.now_us - self.seen_us <= gap_us

    def keep(self, verdicts: Sequence[Verdict], findings: Sequence[Finding], now_us: int) -> None:
        """Remember a look whose verdicts and findings are dated."""
        self.seen_us = now_us
        self.known = Earlier(
            {file_key(each): each.since_us for each in verdicts if each.since_us is not None},
            {finding_key(each): each.since_us for each in findings if each.since_us is not None},
        )


def file_key(verdict: Verdict) -> Key:
    """A file as it is: as long as this is the same, nothing began anew."""
    return ("late" if verdict.late else verdict.condition, verdict.name)


def finding_key(finding: Finding) -> Key:
    """A condition and what it is about."""
    return (finding.condition, finding.subject)


def dated(verdicts: Sequence[Verdict], before: Earlier, now_us: int) -> tuple[Verdict, ...]:
    """The same verdicts, each with since when: by its own ages where these tell, else by what was known before, else since now."""
    return tuple(
        each if each.since_us is not None else replace(each, since_us=before.files.get(file_key(each), now_us)) for each in verdicts
    )


def found_since(findings: Sequence[Finding], before: Earlier, now_us: int) -> tuple[Finding, ...]:
    """The same findings, each with since when."""
    return tuple(replace(each, since_us=before.findings.get(finding_key(each), now_us)) for each in findings)


def earlier(place: Place, *, incidents: bool) -> Earlier:
    """What the last health file tells, and, where they are wanted and kept, what the open incidents tell."""
    told = told_by(look(place.state / PREVIOUS, PREVIOUS_BYTES).content or b"")
    if not incidents:
        return told
    opened = open_since(place.watch)
    return Earlier({**told.files, **opened}, {**told.findings, **opened})


@lru_cache(maxsize=2)
def told_by(content: bytes) -> Earlier:
    """What a health file tells; nothing when it cannot be read."""
    try:
        told = plain_object(content)
    except Unsound:
        return Earlier()
    return Earlier(dict(rows_of(told, "files", file_row_key)), dict(rows_of(told, "conditions", condition_row_key)))


def file_row_key(row: Mapping[str, Any]) -> Key:
    """A file as a health file's row says it is."""
    return ("late" if row.get("late") is True else str(row["state"]), str(row["name"]))


def condition_row_key(row: Mapping[str, Any]) -> Key:
    """A condition and what it is about, by a health file's row."""
    return (str(row["condition"]), str(row["subject"]))


def rows_of(told: Mapping[str, Any], where: str, key: Callable[[Mapping[str, Any]], Key]) -> Iterable[tuple[Key, int]]:
    """Each row of a health file that says since when; what cannot be read is passed over."""
    rows = told.get(where)
    for row in rows if isinstance(rows, list) else ():
        try:
            yield key(row), microseconds(datetime.fromisoformat(row["since_ts"]))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
            continue


def open_since(folder: Path) -> Mapping[Key, int]:
    """When each open incident was opened; read again only when the journal changed."""
    logs = [look(folder / name, 0) for name in (OLDER, LOG)]
    return opened(folder, tuple((each.size_bytes, each.mtime_us) for each in logs))


@lru_cache(maxsize=4)
def opened(folder: Path, _: tuple[tuple[int | None, int | None], ...], /) -> Mapping[Key, int]:
    """The open incidents of a journal as it was when it had these sizes and times."""
    return {(each.cause, each.subject): each.opened_us for each in read_incidents(folder) if each.is_open}
