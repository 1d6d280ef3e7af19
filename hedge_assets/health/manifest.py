"""Which files there must be, and what is promised about each: one row per state and per raw journal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from executor.records.streams import STREAMS, Stream
from hedge_assets.catalog import State
from hedge_assets.document import Document
from hedge_assets.spec import Deadlines

JOURNAL_DEADLINES: dict[Stream, Deadlines | None] = {
    "ticks": Deadlines(60, 180),
    "orders": None,  # nothing need be ordered for days
    "positions": Deadlines(30, 90),
}

WHOLE_UPTO = Deadlines(180, 300)


@dataclass(frozen=True)
class Row:
    """One file and what is promised of it. `path` is relative to the data root; a journal's is its folder.

    Three clocks have deadlines: when it was written, the newest fact in it, and when Dagster last heard of it (its
    freshness policy); null where that clock may rightly stand still. `inputs` are the journals and states it is made
    from. `account` is null for the one that the executor trades. `shape` is null for a journal.
    """

    name: str
    path: str
    kind: Literal["state", "journal"]
    group: str
    owner: str
    pace: str
    written_deadlines: Deadlines | None
    event_deadlines: Deadlines | None
    may_be_empty: bool
    max_bytes: int | None
    schema_version: int
    shape: type[Document] | None = None
    materialized_deadlines: Deadlines | None = None
    inputs: tuple[str, ...] = ()
    account: str | None = None


def journal_rows() -> tuple[Row, ...]:
    """A row for each raw journal; the executor is alive while they grow."""
    return tuple(
        Row(
            name=f"raw/{stream}",
            path=f"raw/{stream}",
            kind="journal",
            group="raw",
            owner="executor",
            pace="watched",
            written_deadlines=None,
            event_deadlines=JOURNAL_DEADLINES[stream],
            may_be_empty=stream == "orders",
            max_bytes=None,
            schema_version=1,
            materialized_deadlines=WHOLE_UPTO,
        )
        for stream in STREAMS
    )


def state_row(state: State) -> Row:
    """The row of one state, derived from its spec."""
    spec = state.spec
    return Row(
        name=state.name,
        path=f"state/{spec.file}",
        kind="state",
        group=spec.group.value,
        owner=spec.owner,
        pace=spec.pace.value,
        written_deadlines=spec.written_deadlines,
        event_deadlines=spec.event_deadlines,
        may_be_empty=spec.may_be_empty,
        max_bytes=spec.max_bytes,
        schema_version=spec.schema_version,
        shape=state.shape,
        materialized_deadlines=spec.written_deadlines,
        inputs=(*(f"raw/{stream}" for stream in state.streams), *state.upstream),
    )


def manifest(states: Iterable[State]) -> tuple[Row, ...]:
    """Every file there must be: raw journals first, then states in the order they are built."""
    return (*journal_rows(), *(state_row(state) for state in states))
