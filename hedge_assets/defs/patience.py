"""How often a run was asked for on behalf of each ill state, and when it may be again.

Once at once, then each wait twice as long as the last; from the beginning when the circumstances are others.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

FIRST_WAIT_S = 30.0
MOST_WAIT_S = 300.0
LEAST_GAP_S = 10.0
REMEMBERED_S = 3600.0


@dataclass(frozen=True)
class Tried:
    """What was done for one state. Times in seconds UTC; `asked_s` 0 before the first time, `well_s` null while it is ill.

    `token` stands for the circumstances: what is wrong with it, and what else is wrong that a run could trip over.
    """

    tries: int = 0
    asked_s: float = 0.0
    next_s: float = 0.0
    token: int = 0
    well_s: float | None = None

    def asked(self, now_s: float) -> Self:
        """The same after a run was asked for."""
        wait_s = min(FIRST_WAIT_S * 2.0**self.tries, MOST_WAIT_S)
        return replace(self, tries=min(self.tries + 1, 99), asked_s=now_s, next_s=now_s + wait_s)


Memory = Mapping[str, Tried]


def seen(memory: Memory, ill: Mapping[str, int], now_s: float) -> dict[str, Tried]:
    """The memory after a look: `ill` names what is ill, with the circumstances of each. What is well again is remembered an hour."""
    found = {}
    for name, token in ill.items():
        before = memory.get(name, Tried())
        is_same = name in memory and before.token == token and before.well_s is None
        found[name] = before if is_same else Tried(asked_s=before.asked_s, next_s=now_s, token=token)
    for name, before in memory.items():
        well_s = now_s if before.well_s is None else before.well_s
        if name not in ill and now_s - well_s < REMEMBERED_S:
            found[name] = replace(before, well_s=well_s)
    return found


def due(memory: Memory, ill: Iterable[str], now_s: float) -> list[str]:
    """The ill that are to be asked for: each by its own wait, and none oftener than the gap, however often its circumstances change."""
    return [name for name in ill if now_s >= memory[name].next_s and now_s - memory[name].asked_s >= LEAST_GAP_S]


def remembered(cursor: str | None) -> dict[str, Tried]:
    """From a cursor; nothing, when it is none or of another version."""
    try:
        rows = json.loads(cursor or "{}").items()
        return {
            str(name): Tried(int(tries), float(asked_s), float(next_s), int(token), None if well_s is None else float(well_s))
            for name, (tries, asked_s, next_s, token, well_s) in rows
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def as_cursor(memory: Memory) -> str:
    """As short as it can be: it is stored with every tick."""
    rows = {name: [each.tries, round(each.asked_s), round(each.next_s), each.token, _rounded(each.well_s)] for name, each in memory.items()}
    return json.dumps(rows, separators=(",", ":"))


def _rounded(at_s: float | None) -> int | None:
    return None if at_s is None else round(at_s)
