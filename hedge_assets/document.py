"""The envelope that every state file has in common."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["ok", "empty"]


class Shape(BaseModel):
    """A part of a document: unknown fields refused, nothing but finite numbers, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=False)


class Schema(Shape):
    """A document's form: its name and version."""

    name: str
    version: int


class Input(Shape):
    """What a document was made from: a range of journal sequence numbers, or another document's content hash."""

    name: str
    version: str


class Envelope(Shape):
    """What every file says before its own fields. `event_ts` is the newest raw fact in it, null if none.

    Times are RFC 3339, UTC, microseconds. `n` counts what the numbers rest on; `reason` says why it is
    empty (or what limits it), null otherwise. `account` is null until an executor has booted. `as_of_ts` is
    the moment the numbers speak of; `clock` says whose time that is: the wall's, or a replayed feed's.
    """

    schema_: Schema
    account: str | None
    status: Status
    n: int
    reason: str | None
    event_ts: datetime | None
    written_ts: datetime
    inputs: tuple[Input, ...]
    code_version: str
    as_of_ts: datetime | None = None
    clock: Literal["wall", "feed"] = "wall"


class Document(Shape):
    """What a build function returns: the envelope's three facts about content, and the state's own fields.

    Subclasses add fields. `status`, `n`, `reason` and `event_us` (microseconds UTC) end up in the envelope.
    """

    status: Status
    n: int
    reason: str | None
    event_us: int | None


def moment(us: int) -> datetime:
    """Microseconds UTC as a datetime."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
