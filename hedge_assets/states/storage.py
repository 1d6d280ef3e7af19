"""What is kept on disk: the bytes of everything that grows, the budget of each, and how far back it reaches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from hedge_assets.document import Document, Shape, moment
from hedge_assets.health.holdings import Holding
from hedge_assets.spec import Check, Group, Pace, StateSpec


class HoldingRow(Shape):
    """One thing that grows. Lines are null where it has none of that kind."""

    name: str
    path: str = Field(description="under the data root")
    owner: Literal["executor", "dagster", "watch", "mirror", "supervisor"] = Field(description="who writes and prunes it")
    size_bytes: int
    files: int
    budget_bytes: int | None
    filled_frac: float | None = Field(description="share of the budget that is taken; above 1 is over")
    share_frac: float | None = Field(description="share of all that is kept; null while nothing is")
    keep_days: float | None = Field(description="nothing in it is older, as far as its owner prunes by age")
    oldest_ts: datetime | None = Field(description="of its oldest part, by its records' own time where they say")
    needed_bytes: int | None = Field(description="what of it must stay to rebuild every state inside its window")
    over: bool
    reason: str | None = Field(description="why it is over its budget, or what could not be looked into")


class Storage(Document):
    """Everything that grows, the fullest first. `over` counts what is above its budget."""

    total_bytes: int
    over: int
    holdings: tuple[HoldingRow, ...]


def storage(holdings: tuple[Holding, ...]) -> Storage:
    """What was measured, as a document."""
    total_bytes = sum(each.size_bytes for each in holdings)
    rows = sorted((row(each, total_bytes) for each in holdings), key=lambda each: (-(each.filled_frac or 0.0), -each.size_bytes, each.name))
    said = [f"{each.name}: {each.reason}" for each in rows if each.reason is not None]
    return Storage(
        status="ok" if holdings else "empty",
        n=len(rows),
        reason="; ".join(said) or (None if holdings else "nothing was measured"),
        event_us=None,
        total_bytes=total_bytes,
        over=sum(each.over for each in rows),
        holdings=tuple(rows),
    )


def row(holding: Holding, total_bytes: int) -> HoldingRow:
    """One measured thing."""
    budget = holding.budget_bytes
    return HoldingRow(
        name=holding.name,
        path=holding.path,
        owner=holding.owner,
        size_bytes=holding.size_bytes,
        files=holding.files,
        budget_bytes=budget,
        filled_frac=None if not budget else round(holding.size_bytes / budget, 6),
        share_frac=None if not total_bytes else round(holding.size_bytes / total_bytes, 6),
        keep_days=holding.keep_days,
        oldest_ts=None if holding.oldest_us is None else moment(holding.oldest_us),
        needed_bytes=holding.needed_bytes,
        over=is_over(holding),
        reason="; ".join(why(holding)) or None,
    )


def is_over(holding: Holding) -> bool:
    """Whether it holds more than its budget."""
    return holding.budget_bytes is not None and holding.size_bytes > holding.budget_bytes


def why(holding: Holding) -> Sequence[str]:
    """What is to be said of it, in words."""
    said = [] if holding.fault is None else [holding.fault]
    if is_over(holding):
        needed, budget = holding.needed_bytes, holding.budget_bytes or 0
        all_needed = needed is not None and needed > budget
        cause = f"{needed} of them are needed to rebuild states" if all_needed else f"{holding.owner} prunes it at its next turn"
        said.append(f"{holding.size_bytes} bytes are kept, the budget is {budget}; {cause}")
    return said


def every_byte_is_counted(document: Storage) -> str | None:
    """The totals are the rows'."""
    total, over = sum(row.size_bytes for row in document.holdings), sum(row.over for row in document.holdings)
    if (document.total_bytes, document.over) == (total, over):
        return None
    return f"total_bytes was {document.total_bytes} and over {document.over}, the rows give {total} and {over}"


STATE = StateSpec(
    build=storage,
    file="storage.json",
    group=Group.HEALTH,
    pace=Pace.SLOW,
    event_deadlines=None,  # it speaks of the disk, not of the market
    may_be_empty=False,
    checks=(Check("counts", every_byte_is_counted),),
)
