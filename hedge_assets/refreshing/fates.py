"""What became of each state the last time it was built, and what the last refresh cost: `tables/fates.json`.

Whoever did not see the refresh itself learns from here why a file stayed as it was.
"""

import contextlib
from pathlib import Path
from typing import Literal

import msgspec

from hedge_assets.store import StoreError, look, replace

FILE = "fates.json"
MOST_BYTES = 1024 * 1024


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """The last try to write one state. `reason` is null when it was written; `kept` is where a damaged file lies now."""

    at_us: int
    fate: Literal["written", "gated", "failed"]
    reason: str | None = None
    kept: str | None = None
    kept_us: int | None = None


class Fates(msgspec.Struct, frozen=True, kw_only=True):
    """Every state ever tried, and of the newest refresh: when it ended, how long it took, and its processor time."""

    at_us: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    states: dict[str, Fate] = {}


def read_fates(tables: Path) -> Fates | None:
    """The last word on each state; null where there is none, or none that can be read."""
    facts = look(tables / FILE, MOST_BYTES)
    try:
        return None if facts.content is None else msgspec.json.decode(facts.content, type=Fates)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def keep_fates(tables: Path, newest: Fates) -> None:
    """Put these fates over those of earlier refreshes; what cannot be written is told by the states themselves."""
    before = read_fates(tables)
    earlier = {} if before is None else before.states
    states = {name: after(earlier.get(name), fate) for name, fate in newest.states.items()}
    with contextlib.suppress(StoreError):
        replace(tables / FILE, msgspec.json.encode(msgspec.structs.replace(newest, states={**earlier, **states})))


def after(before: Fate | None, fate: Fate) -> Fate:
    """The new fate, which remembers where the last damaged file was put."""
    if fate.kept is not None or before is None:
        return fate
    return msgspec.structs.replace(fate, kept=before.kept, kept_us=before.kept_us)
