"""What is told when: gathered, once, not too often, not at night, and nothing silently lost.

Pure: the open incidents and those that just closed in, at most one message's lines out; time is handed in.

    opened ─▶ waits gather_s ─▶ told ─▶ (worse: told again) ─▶ (still open: reminded) ─▶ closed: told as over
        └─ closed before it was told: told as "was"; unheard in quiet hours: only counted
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from msgspec.structs import replace as changed

from hedge_assets.health.incidents import Incident
from hedge_assets.quiet_hours import Quiet
from hedge_assets.settings import Alerts
from hedge_assets.watch.damping import Damper
from hedge_assets.watch.messages import Line, What

HOUR_US = 3_600_000_000
FOLLOW_US = 30_000_000
"""Files grow stale one after the other, each at its own deadline: once one is told, or what makes them so, the next wait for company."""

AGES = ("stale", "late")
RANKS = {"warn": 0, "error": 1, "none": 2}


@dataclass(frozen=True)
class Waiting:
    """A line that is to be told at `due_us`, or with the next message before it."""

    line: Line
    due_us: int


@dataclass(frozen=True)
class Told:
    """What people know of an incident: it as it was told, and when."""

    incident: Incident
    at_us: int


@dataclass(frozen=True)
class Telling:
    """The lines of one message, and what is remarked below them."""

    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


class Policy:
    """Remembers what people know. `held_back` counts messages that the hourly limit merged into later ones."""

    def __init__(self, alerts: Alerts, started_us: int) -> None:
        self._alerts = alerts
        self._quiet = Quiet.of(alerts.quiet_hours)
        self._started_us = started_us
        self._gather_us = round(alerts.gather_s * 1e6)
        self._damper = Damper()
        self._told: dict[str, Told] = {}
        self._waiting: dict[str, Waiting] = {}
        self._held: set[tuple[str, What]] = set()
        self._sent_us: tuple[int, ...] = ()
        self._last_us = started_us
        self._unheard = 0
        self._merged = 0
        self.held_back = 0

    def hear(self, open_now: Iterable[Incident], closed: Iterable[Incident], now_us: int) -> Telling | None:
        """What is to be told now, if anything. Call it every look: time alone makes things due."""
        self._mend_time(now_us)
        open_ones = {each.id: each for each in self._damper.damp(open_now, now_us) if self._matters(each) or self._knows(each.id)}
        ended = {each.id: each for each in closed}
        inherited = [each for each in ended.values() if self._was_told_before(each)]
        for incident in open_ones.values():
            self._arrive(incident, now_us)
        for name in [name for name in {**self._waiting, **self._told} if name not in open_ones]:
            self._leave(name, ended, now_us)
        for incident in inherited:
            self._told[incident.id] = Told(incident, now_us)
            self._wait("over", incident, now_us)
        self._remind(now_us)
        return self._flush(now_us)

    def _matters(self, incident: Incident) -> bool:
        return RANKS[incident.severity] >= RANKS[self._alerts.least]

    def _was_told_before(self, incident: Incident) -> bool:
        """Whether the watch before this one most likely told of it."""
        return incident.opened_us < self._started_us and self._matters(incident) and not self._knows(incident.id)

    def _knows(self, name: str) -> bool:
        return name in self._told or name in self._waiting

    def _wait(self, what: What, incident: Incident, now_us: int, wait_us: int | None = None) -> None:
        """Have a line told after a while; a line that waits already keeps its turn."""
        before = self._waiting.get(incident.id)
        due_us = now_us + (self._gather_us if wait_us is None else wait_us)
        self._waiting[incident.id] = Waiting(Line(what, incident), due_us if before is None else min(before.due_us, due_us))

    def _arrive(self, incident: Incident, now_us: int) -> None:
        """An incident is open: is that news?"""
        told, waiting = self._told.get(incident.id), self._waiting.get(incident.id)
        if told is None:
            self._wait("opened", incident, now_us, max(FOLLOW_US, self._gather_us) if self._follows(incident) else None)
        elif RANKS[incident.severity] > RANKS[told.incident.severity]:
            self._wait("worse", incident, now_us)
        elif waiting is not None and waiting.line.what == "still":
            self._waiting[incident.id] = replace(waiting, line=Line("still", incident))
        elif waiting is not None:
            del self._waiting[incident.id]

    def _follows(self, incident: Incident) -> bool:
        """Whether people were told already of what this most likely comes from."""
        known = (each.incident for each in self._told.values())
        return incident.cause in AGES and any(each.reach > 0 or each.cause in AGES for each in known)

    def _leave(self, name: str, ended: Mapping[str, Incident], now_us: int) -> None:
        """An incident is open no more: told as over to whoever knows of it."""
        told, waiting = self._told.get(name), self._waiting.get(name)
        known = waiting.line.incident if waiting is not None else told.incident if told is not None else None
        if known is None or (waiting is not None and waiting.line.what in ("was", "over")):
            return
        last = ended.get(name) or changed(known, closed_us=now_us)
        if told is not None:
            worst = told.incident.severity  # of it people know, and it is what quiet hours go by
            self._wait("over", changed(last, severity=worst), now_us)
        elif self._may_be_heard(last, now_us):
            self._wait("was", last, now_us)
        else:
            del self._waiting[name]
            self._unheard += 1

    def _remind(self, now_us: int) -> None:
        """When anything was last told of too long ago, all that is open is told again, together."""
        every_us = round(self._alerts.remind_s * 1e6)
        silent = {name: told for name, told in self._told.items() if name not in self._waiting}
        if every_us and any(now_us - told.at_us >= every_us for told in silent.values()):
            for told in silent.values():
                self._wait("still", told.incident, now_us, 0)

    def _may_be_heard(self, incident: Incident, now_us: int) -> bool:
        return not self._quiet.holds(now_us) or RANKS[incident.severity] >= RANKS[self._alerts.quiet_least]

    def _flush(self, now_us: int) -> Telling | None:
        """The lines that may be heard, once one of them is due and the hour has room."""
        heard = {name: each for name, each in self._waiting.items() if self._may_be_heard(each.line.incident, now_us)}
        due = {(name, each.line.what) for name, each in heard.items() if each.due_us <= now_us}
        if not due:
            return None
        if not self._has_room(heard.values(), now_us):
            if not due <= self._held:
                self._held |= due
                self._merged += 1
                self.held_back += 1
            return None
        telling = Telling(tuple(each.line for each in heard.values()), self._remarks())
        self._note(heard, now_us)
        return telling

    def _has_room(self, lines: Iterable[Waiting], now_us: int) -> bool:
        """Whether another message may go this hour; a quarter of them is kept for news of errors."""
        self._sent_us = tuple(us for us in self._sent_us if now_us - us < HOUR_US)
        most = self._alerts.most_per_hour
        is_urgent = any(each.line.what in ("opened", "worse") and each.line.incident.severity == "error" for each in lines)
        return len(self._sent_us) < (most if is_urgent else max(1, most - most // 4))

    def _remarks(self) -> tuple[str, ...]:
        """What would otherwise be lost without a word."""
        unheard, merged = self._unheard, self._merged
        return (
            *((f"{merged} messages were held back by the hourly limit and are summed up here",) if merged else ()),
            *((f"{unheard} incidents came and went in quiet hours; the incidents journal has them",) if unheard else ()),
        )

    def _note(self, heard: Mapping[str, Waiting], now_us: int) -> None:
        """Remember what people know now."""
        for name, each in heard.items():
            del self._waiting[name]
            if each.line.what in ("was", "over"):
                self._told.pop(name, None)
            else:
                self._told[name] = Told(each.line.incident, now_us)
        self._sent_us = (*self._sent_us, now_us)
        self._held.clear()
        self._unheard = self._merged = 0

    def _mend_time(self, now_us: int) -> None:
        """A clock that was set back makes nothing wait longer than it would have."""
        back_us = max(0, self._last_us - now_us)
        self._last_us = now_us
        if back_us:
            self._waiting = {name: replace(each, due_us=each.due_us - back_us) for name, each in self._waiting.items()}
            self._told = {name: replace(told, at_us=told.at_us - back_us) for name, told in self._told.items()}
            self._sent_us = tuple(us - back_us for us in self._sent_us)
