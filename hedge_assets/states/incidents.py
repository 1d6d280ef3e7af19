"""Everything that went wrong: what is open, what ended and how, how often, and how long it took to heal."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from statistics import fmean, median
from typing import Literal

from pydantic import Field

from hedge_assets.document import Document, Shape, moment
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import seconds_between
from hedge_assets.spec import Check, Group, Pace, StateSpec

SHOWN = 200
DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US


class IncidentRow(Shape):
    """One fault of one thing, from when it was first seen until it was over."""

    id: str
    cause: str = Field(description="missing, invalid, stale, late, or a named condition")
    subject: str = Field(description="the asset, service or disk")
    severity: Literal["warn", "error"]
    opened_ts: datetime
    escalated_ts: datetime | None = Field(description="when it grew from a warning to an error; null if it did not")
    closed_ts: datetime | None
    lasted_s: float = Field(description="from opened to closed, or until now while it is open")
    seen_by: str
    healed_by: str | None = Field(description="what ended it; null while it is open")
    reason: str
    cure: str | None


class CauseCount(Shape):
    """How often one cause opened an incident."""

    cause: str
    day: int = Field(description="in the last 24 hours")
    week: int = Field(description="in the last 7 days")


class SubjectCount(Shape):
    """How often one thing was concerned in the last 7 days, and how many of these are still open."""

    subject: str
    week: int
    open: int


class Healing(Shape):
    """How long incidents closed in the last 7 days lasted, in seconds; null with a reason when there were none."""

    n: int
    mean_s: float | None
    median_s: float | None
    longest_s: float | None
    reason: str | None


class Incidents(Document):
    """The incidents journal as it stands: all that is open, and the newest that are over."""

    open: tuple[IncidentRow, ...]
    closed: tuple[IncidentRow, ...] = Field(description=f"the newest {SHOWN}, by when they ended")
    by_cause: tuple[CauseCount, ...]
    by_subject: tuple[SubjectCount, ...]
    healing: Healing


def incidents(incidents: tuple[Incident, ...], looked_us: int) -> Incidents:
    """All incidents the journal still holds, by the wall's clock also on a replay; `n` counts them."""
    still = sorted((each for each in incidents if each.is_open), key=lambda each: (-each.opened_us, each.id))
    over = sorted((each for each in incidents if not each.is_open), key=lambda each: (-(each.closed_us or 0), each.id))
    return Incidents(
        status="ok" if incidents else "empty",
        n=len(incidents),
        reason=None if incidents else "no incident so far",
        event_us=None,  # an incident is no raw fact, and its clock is not the feed's
        open=tuple(row(each, looked_us) for each in still),
        closed=tuple(row(each, looked_us) for each in over[:SHOWN]),
        by_cause=by_cause(incidents, looked_us),
        by_subject=by_subject(incidents, looked_us),
        healing=healing([each for each in over if is_within(each.closed_us, looked_us, WEEK_US)]),
    )


def row(incident: Incident, looked_us: int) -> IncidentRow:
    """An incident as the document has it."""
    return IncidentRow(
        id=incident.id,
        cause=incident.cause,
        subject=incident.subject,
        severity=incident.severity,
        opened_ts=moment(incident.opened_us),
        escalated_ts=None if incident.escalated_us is None else moment(incident.escalated_us),
        closed_ts=None if incident.closed_us is None else moment(incident.closed_us),
        lasted_s=lasted_s(incident, looked_us),
        seen_by=incident.seen_by,
        healed_by=incident.healed_by,
        reason=incident.reason,
        cure=incident.cure,
    )


def lasted_s(incident: Incident, looked_us: int) -> float:
    """How long it lasted, or has lasted so far; never negative, though clocks may be set back."""
    return max(seconds_between(incident.opened_us, looked_us if incident.closed_us is None else incident.closed_us), 0.0)


def by_cause(incidents: Sequence[Incident], looked_us: int) -> tuple[CauseCount, ...]:
    """Incidents opened, by cause, the most frequent of the week first."""
    week = Counter(each.cause for each in incidents if is_within(each.opened_us, looked_us, WEEK_US))
    day = Counter(each.cause for each in incidents if is_within(each.opened_us, looked_us, DAY_US))
    return tuple(CauseCount(cause=cause, day=day[cause], week=n) for cause, n in sorted(week.items(), key=lambda each: (-each[1], each[0])))


def by_subject(incidents: Sequence[Incident], looked_us: int) -> tuple[SubjectCount, ...]:
    """Incidents opened in the week or still open, by subject, the most frequent first."""
    week = Counter(each.subject for each in incidents if is_within(each.opened_us, looked_us, WEEK_US))
    still = Counter(each.subject for each in incidents if each.is_open)
    found = [SubjectCount(subject=subject, week=week[subject], open=still[subject]) for subject in {*week, *still}]
    return tuple(sorted(found, key=lambda each: (-each.week, each.subject)))


def healing(over: Sequence[Incident]) -> Healing:
    """The mean, the middle and the longest of closed incidents' lengths."""
    lasted = [lasted_s(each, 0) for each in over]
    if not lasted:
        return Healing(n=0, mean_s=None, median_s=None, longest_s=None, reason="no incident ended in the last 7 days")
    return Healing(n=len(lasted), mean_s=fmean(lasted), median_s=median(lasted), longest_s=max(lasted), reason=None)


def is_within(at_us: int | None, looked_us: int, span_us: int) -> bool:
    """Whether a time is no longer ago than that; one ahead of a clock that was set back counts."""
    return at_us is not None and looked_us - at_us <= span_us


def every_incident_is_there(document: Incidents) -> str | None:
    """Open ones are all there and are open, closed ones are closed, none is told twice."""
    ids = [each.id for each in (*document.open, *document.closed)]
    if len(set(ids)) != len(ids):
        return f"{len(ids) - len(set(ids))} incidents are told twice"
    if any(each.closed_ts is not None for each in document.open) or any(each.closed_ts is None for each in document.closed):
        return "an incident stands among the open and is closed, or the other way round"
    hidden = max(document.n - len(document.open) - SHOWN, 0)
    told = document.n - hidden
    return None if told == len(ids) else f"n was {document.n}, {len(ids)} are told, {told} must be"


STATE = StateSpec(
    build=incidents,
    file="incidents.json",
    group=Group.HEALTH,
    pace=Pace.FAST,
    event_deadlines=None,  # long may nothing happen
    checks=(Check("every_incident", every_incident_is_there),),
)
