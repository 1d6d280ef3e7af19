"""What an incident is: one fault of one thing, from when it was first seen until it was over."""

from typing import Literal

import msgspec

from hedge_assets.health.condition import Severity

Event = Literal["opened", "changed", "closed"]

FILE_CAUSES = ("missing", "invalid", "stale", "late")
"""What can be wrong with a file, the worst first; any other cause is a named condition."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the incidents journal. Times are microseconds UTC, null while they have not come.

    `cause` is a file's state (missing, invalid, stale, late) or a named condition; `subject` the asset or service.
    `seen_by` is who saw it first, `healed_by` what ended it (a rebuild, a restart, by itself), null while open.
    `reach` is the cause's: above 0 other things become ill because of it.
    """

    id: str
    cause: str
    subject: str
    severity: Severity
    opened_us: int
    seen_by: str
    reason: str
    cure: str | None = None
    escalated_us: int | None = None
    closed_us: int | None = None
    healed_by: str | None = None
    reach: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return self.closed_us is None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal: what happened to an incident when, and the whole incident after it."""

    event: Event
    at_us: int
    incident: Incident
