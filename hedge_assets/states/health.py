"""Every file there must be, judged, and what else is wrong: what state it is in, how old, since when, why, and what to do."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hedge_assets.document import Document, Shape, moment
from hedge_assets.health.condition import Finding
from hedge_assets.health.judge import Verdict
from hedge_assets.spec import Check, Group, Pace, StateSpec


class FileRow(Shape):
    """One file of the manifest, as it lay on disk after the other states were written."""

    name: str = Field(description="asset key")
    path: str = Field(description="under the data root")
    group: str
    state: Literal["ok", "empty", "stale", "missing", "invalid"]
    reason: str | None
    cure: str | None = Field(description="what to do; null when healthy")
    late: bool = Field(description="past the warning age, before the deadline")
    since_ts: datetime | None = Field(description="since when it is in this state, as far as is known")
    n: int | None
    event_ts: datetime | None = Field(description="the newest raw fact in it")
    written_ts: datetime | None
    event_age_s: float | None
    written_age_s: float | None
    size_bytes: int | None


class ConditionRow(Shape):
    """One sign of a named condition: with what, how bad, since when, why, and what to do."""

    condition: str
    subject: str
    severity: Literal["warn", "error"]
    since_ts: datetime | None
    reason: str
    cure: str


class Health(Document):
    """All files and conditions, judged together. `unhealthy` counts files that are stale, missing or invalid."""

    unhealthy: int
    late: int
    replayed: bool = Field(description="event ages are measured against the end of a replayed feed, not the wall clock")
    files: tuple[FileRow, ...]
    conditions: tuple[ConditionRow, ...] = Field(description="what is wrong beside single files; empty when nothing is")


def health(verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...], now_us: int) -> Health:
    """The verdicts as a document; itself always ok, for it speaks when others do not."""
    ill = [each for each in verdicts if not each.is_healthy]
    events = [each.event_us for each in verdicts if each.event_us is not None]
    replayed = any(each.is_replayed for each in verdicts)
    said = (
        [f"{len(ill)} of {len(verdicts)} files need attention: " + ", ".join(f"{each.name} {each.condition}" for each in ill)]
        if ill
        else []
    )
    said += [f"{each.condition} ({each.subject}): {each.reason}" for each in findings if each.is_error]
    note = [f"replayed data, as of {moment(now_us):%Y-%m-%d %H:%M:%S} UTC"] if replayed else []
    return Health(
        status="ok",
        n=len(verdicts),
        reason="; ".join(said + note) or None,
        event_us=max(events, default=None),
        unhealthy=len(ill),
        late=sum(each.late for each in verdicts),
        replayed=replayed,
        files=tuple(_row(each) for each in verdicts),
        conditions=tuple(
            ConditionRow(
                condition=each.condition,
                subject=each.subject,
                severity=each.severity,
                since_ts=_moment(each.since_us),
                reason=each.reason,
                cure=each.cure,
            )
            for each in findings
        ),
    )


def _row(verdict: Verdict) -> FileRow:
    return FileRow(
        name=verdict.name,
        path=verdict.path,
        group=verdict.group,
        state=verdict.condition,
        reason=verdict.reason,
        cure=verdict.cure,
        late=verdict.late,
        since_ts=_moment(verdict.since_us),
        n=verdict.n,
        event_ts=_moment(verdict.event_us),
        written_ts=_moment(verdict.written_us),
        event_age_s=_rounded(verdict.event_age_s),
        written_age_s=_rounded(verdict.written_age_s),
        size_bytes=verdict.size_bytes,
    )


def _moment(us: int | None) -> datetime | None:
    return None if us is None else moment(us)


def _rounded(age_s: float | None) -> float | None:
    return None if age_s is None else round(age_s, 3)


def every_row_is_counted(document: Health) -> str | None:
    """The counts are the rows'."""
    ill = sum(row.state not in ("ok", "empty") for row in document.files)
    if (len(document.files), ill) == (document.n, document.unhealthy):
        return None
    return f"n was {document.n} and unhealthy {document.unhealthy}, the rows give {len(document.files)} and {ill}"


STATE = StateSpec(
    build=health,
    file="health.json",
    group=Group.HEALTH,
    pace=Pace.FAST,
    event_deadlines=None,  # it must be able to say that everything else is dead
    may_be_empty=False,
    schema_version=2,
    checks=(Check("counts", every_row_is_counted),),
)
