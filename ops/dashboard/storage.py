"""How much room each thing takes, as the state `storage` says; nothing when it is not there or cannot be read."""

from pathlib import Path
from typing import Annotated

import msgspec

from hedge_assets.store import look
from ops.dashboard.bounds import MOST_ROWS

MOST_BYTES = 1024 * 1024
Bytes = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that grows; `budget_bytes` is null where it has none."""

    name: str
    size_bytes: Bytes
    budget_bytes: Bytes | None = None

    @property
    def filled_frac(self) -> float | None:
        """How much of its budget is taken; null without one."""
        return None if not self.budget_bytes else self.size_bytes / self.budget_bytes


class Storage(msgspec.Struct):
    """The rows of the state."""

    holdings: tuple[Stored, ...] = ()


def stored(state: Path) -> tuple[Stored, ...]:
    """The rows of `storage.json` in a folder of states, the first of them where there are too many."""
    facts = look(state / "storage.json", MOST_BYTES)
    try:
        return () if facts.content is None else msgspec.json.decode(facts.content, type=Storage).holdings[:MOST_ROWS]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
