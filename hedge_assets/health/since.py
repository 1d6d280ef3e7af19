"""Since when each thing is as it is: as the incidents say while somebody keeps them, else as the last health file says, else since now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from hedge_assets.health.condition import Finding
from hedge_assets.health.incident_log import LOG, OLDER, read_incidents
from hedge_assets.health.judge import Verdict
from hedge_assets.health.parsing import Unsound, microseconds, plain_object
from hedge_assets.settings import Place
from hedge_assets.store import look

PREVIOUS = "health.json"
PREVIOUS_BYTES = 1024 * 1024
Key = tuple[str, str]
"""What is wrong (a file's state, a named condition) and with what (an asset, a subject)."""


@dataclass(frozen=True)
class Earlier:
    """What was known before this look, by what and with whom, in microseconds UTC."""

    files: Mapping[Key, int] = field(default_factory=dict)
    findings: Mapping[Key, int] = field(default_factory=dict)


def dated(verdicts: Sequence[Verdict], earlier: Earlier, now_us: int) -> tuple[Verdict, ...]:
    """The same verdicts, each with since when."""
    return tuple(replace(each, since_us=earlier.files.get((each.condition, each.name), now_us)) for each in verdicts)


def found_since(findings: Sequence[Finding], earlier: Earlier, now_us: int) -> tuple[Finding, ...]:
    """The same findings, each with since when."""
    return tuple(replace(each, since_us=earlier.findings.get((each.condition, each.subject), now_us)) for each in findings)


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
    return Earlier(dict(rows_of(told, "files", ("state", "name"))), dict(rows_of(told, "conditions", ("condition", "subject"))))


def rows_of(told: Mapping[str, Any], where: str, names: tuple[str, str]) -> Iterable[tuple[Key, int]]:
    """Each row of a health file that says since when; what cannot be read is passed over."""
    rows = told.get(where)
    for row in rows if isinstance(rows, list) else ():
        try:
            yield (str(row[names[0]]), str(row[names[1]])), microseconds(datetime.fromisoformat(row["since_ts"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue


def open_since(folder: Path) -> Mapping[Key, int]:
    """When each open incident was opened; read again only when the journal changed."""
    logs = [look(folder / name, 0) for name in (OLDER, LOG)]
    return opened(folder, tuple((each.size_bytes, each.mtime_us) for each in logs))


@lru_cache(maxsize=4)
def opened(folder: Path, _: tuple[tuple[int | None, int | None], ...], /) -> Mapping[Key, int]:
    """The open incidents of a journal as it was when it had these sizes and times."""
    return {(each.cause, each.subject): each.opened_us for each in read_incidents(folder) if each.is_open}
