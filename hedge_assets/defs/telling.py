"""What the sensor said last, so that it says only what is new; kept in its cursor, which is stored with every tick."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

ALL_EVERY_S = 900.0


@dataclass(frozen=True)
class Told:
    """What was said, and when. `states` holds only what is not simply well; `marks` each journal's watermark and when it was told.

    `names` is a sum over everything there is to speak of: when that changes, all is told anew. `all_s` is when all of an account was
    told, `now_s` when this telling began; whoever is told of everything is told what is well too.
    """

    names: int
    all_s: Mapping[str, float] = field(default_factory=dict)
    now_s: float = 0.0
    tells_all: bool = True
    states: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None, names: Iterable[str]) -> Self:
        """From a cursor; nothing was told, when it is none, of other names, or of another version."""
        sum_ = zlib.crc32("\n".join(names).encode())
        try:
            before = json.loads(cursor or "{}")
            marks = {name: (int(us), float(s)) for name, (us, s) in before["marks"].items()}
            states = {str(name): str(state) for name, state in before["states"].items()}
            all_s = {str(account): float(s) for account, s in before["all_s"].items()}
            known = cls(sum_, all_s, states=states, marks=marks)
            return known if before["names"] == sum_ else replace(known, all_s={})
        except (ValueError, TypeError, AttributeError, KeyError):
            return cls(sum_)

    def begun(self, now_s: float, account: str = "") -> Self:
        """A telling of one account at this time: of all there is of it, when that is due."""
        tells_all = not 0 <= now_s - self.all_s.get(account, 0.0) < ALL_EVERY_S
        all_s = {**self.all_s, account: now_s} if tells_all else self.all_s
        return replace(self, now_s=now_s, tells_all=tells_all, all_s=all_s)

    def is_news(self, name: str, state: str) -> bool:
        """Whether this is to be said."""
        return self.tells_all or self.states.get(name, "") != state

    def said(self, name: str, state: str) -> Self:
        """The same, with this said."""
        others = {each: what for each, what in self.states.items() if each != name}
        return replace(self, states={**others, name: state} if state else others)

    def marked(self, name: str, mark_us: int) -> Self:
        """The same, with a journal materialized up to here."""
        return replace(self, marks={**self.marks, name: (mark_us, round(self.now_s))})

    def written(self) -> str:
        """As a cursor, as short as it can be."""
        kept = {
            "names": self.names,
            "all_s": {account: round(at_s) for account, at_s in self.all_s.items()},
            "states": dict(self.states),
            "marks": dict(self.marks),
        }
        return json.dumps(kept, separators=(",", ":"))
