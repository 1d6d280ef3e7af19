"""Where two documents first say something else, as a path that a person can follow. Pure."""

import json
from dataclasses import dataclass
from typing import Any

ENVELOPE = ("schema", "account", "status", "n", "reason", "event_ts", "written_ts", "inputs", "code_version", "as_of_ts", "clock")
NAMES = ("window", "symbol", "key", "name", "kind", "rule", "service", "horizon_s", "route", "intent_id")
"""What an entry of a list is called by, the first that it has."""
SHOWN = 120


class Absent:
    """A value that one of two documents does not have."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


@dataclass(frozen=True)
class Where:
    """The path (`windows[0].symbols[2].net_usd`), the same by names (`windows.24h.symbols.ETHUSDT.net_usd`), and both values."""

    path: str
    named: str
    then: Any
    now: Any

    def __str__(self) -> str:
        named = "" if self.named == self.path else f" ({self.named})"
        return f"{self.path}{named}: published {shown(self.then)}, rebuilt {shown(self.now)}"


def first_difference(then: dict[str, Any], now: dict[str, Any]) -> Where | None:
    """The first place at which two documents differ: in what a state says itself, then in its envelope. Null where in none."""
    own = [key for key in (*then, *(key for key in now if key not in then)) if key not in ENVELOPE]
    for key in (*own, *ENVELOPE):
        found = within(then.get(key, ABSENT), now.get(key, ABSENT), Where(key, key, None, None))
        if found is not None:
            return found
    return None


def within(then: Any, now: Any, here: Where) -> Where | None:
    """The first difference in two values that lie at one place."""
    if isinstance(then, dict) and isinstance(now, dict):
        steps = [(f".{key}", f".{key}", then.get(key, ABSENT), now.get(key, ABSENT)) for key in dict.fromkeys((*then, *now))]
    elif isinstance(then, list) and isinstance(now, list):
        pairs = [
            (then[place] if place < len(then) else ABSENT, now[place] if place < len(now) else ABSENT)
            for place in range(longest(then, now))
        ]
        steps = [(f"[{place}]", f".{called(old if old is not ABSENT else new, place)}", old, new) for place, (old, new) in enumerate(pairs)]
    else:
        same = type(then) is type(now) and then == now
        return None if same else Where(here.path, here.named, then, now)
    found = (within(old, new, Where(here.path + step, here.named + name, None, None)) for step, name, old, new in steps)
    return next((each for each in found if each is not None), None)


def longest(one: list[Any], two: list[Any]) -> int:
    """The length of the longer list."""
    return max(len(one), len(two))


def called(entry: Any, place: int) -> str:
    """What an entry of a list is called: by its own name, else by its place."""
    if isinstance(entry, dict):
        for name in NAMES:
            if isinstance(entry.get(name), str | int):
                return str(entry[name])
    return str(place)


def shown(value: Any) -> str:
    """A value in so many letters at most."""
    text = repr(value) if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
