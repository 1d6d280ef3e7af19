"""The watch's round: look at everything, keep the incidents, tell whoever wants to know, and say that it still looks.

survey ──▶ docket (what opened, changed, closed) ──▶ incidents.jsonl, flushed ──▶ tell
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from executor.clock import Clock
from executor.pulse import Pulse, crashes_upto, write_pulse
from hedge_assets.health.condition import Condition
from hedge_assets.health.docket import GRACE_US, docket, step
from hedge_assets.health.gathering import pulse_in
from hedge_assets.health.incident_log import IncidentLog
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.health.judge import one_line
from hedge_assets.health.looks import LooksLog
from hedge_assets.health.manifest import Row
from hedge_assets.health.survey import Survey, survey
from hedge_assets.settings import Place

LOOK_DUE_S = 2.0

Tell = Callable[[Sequence[Entry], Survey], None]
Figures = Mapping[str, float | int | str | None]


@dataclass(frozen=True)
class Who:
    """What the watch says of itself in its pulse: process, flags and versions in force, the port of its metrics (null if none)."""

    pid: int
    flags: Mapping[str, str]
    versions: Mapping[str, str]
    metrics_port: int | None = None


class Keeper:
    """The incidents of one data root, kept look by look. `seen` is the newest survey, null before the first.

    `telling` are called with the entries of each look (also when there are none) and the survey; they must not block;
    `notes` give figures for its pulse.
    `turn_s` is how far apart its looks are meant to be.
    `failed` counts looks that broke off for an unforeseen reason; the newest is told in `failure`.
    """

    def __init__(self, place: Place, rows: Sequence[Row], conditions: Sequence[Condition], *, clock: Clock, who: Who) -> None:
        self.place, self.rows, self.conditions, self.who = place, tuple(rows), tuple(conditions), who
        self._clock = clock
        self.turn_s = place.health.look_every_s
        self.telling: list[Tell] = []
        self.notes: list[Callable[[], Figures]] = []
        self.log = IncidentLog(place.watch, max_bytes=place.health.incident_bytes, max_days=place.health.incident_days)
        self._looks = LooksLog(place.watch)
        self._began_us = clock.now_us()
        before = pulse_in(place.watch)
        earlier = None if before is None else before.pulse
        cut_off = earlier is not None and earlier.ended is None and self._began_us - earlier.at_us < GRACE_US
        self._docket = docket(self.log.open, self._began_us, is_continued=cut_off)
        self._crashes_us = crashes_upto(earlier, self._began_us)
        self._turned_us: int | None = None
        self.turns = 0
        self.failed = 0
        self.failure: str | None = None
        self.seen: Survey | None = None

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that are not over."""
        return tuple(self._docket.open.values())

    def run(self, stop: threading.Event) -> None:
        """Look again and again until told to stop; the last word is a pulse that says so."""
        self.begin()
        while not stop.is_set():
            began_s = time.monotonic()
            self.try_to_look()
            stop.wait(max(self.turn_s - (time.monotonic() - began_s), 0.01))
        self.end()

    def begin(self) -> None:
        """Say that it looks from now on."""
        self._survive(lambda: self._beat(None))

    def end(self) -> None:
        """The last word."""
        self._survive(lambda: self._looks.write(self._clock.now_us()))
        self._beat("asked to end")

    def try_to_look(self) -> None:
        """One look that cannot end the watch, and the pulse after it, whether or not the look came to its end."""
        self._survive(self.look)
        self._survive(lambda: self._beat(None))

    def _survive(self, turn: Callable[[], object]) -> None:
        """Whatever a turn breaks off for is told, counted, and the next one comes."""
        try:
            turn()
        except Exception as error:  # noqa: BLE001  the next look may be well, and nobody else is looking
            before, self.failure = self.failure, one_line(f"{type(error).__name__}: {error}")
            self.failed += 1
            if self.failure != before:
                traceback.print_exc(file=sys.stderr)

    def look(self) -> tuple[Entry, ...]:
        """One look; returns what it gave the incidents journal."""
        seen = survey(self.place, self.rows, self._clock.now_us(), conditions=self.conditions)
        self._docket, entries = step(self._docket, seen)
        self.log.append(entries, seen.scene.now_us)
        self.seen = seen
        self.turns += 1
        self._turned_us = seen.scene.now_us
        self._looks.look(seen.scene.now_us, is_told=not self.log.waiting, lost_upto_us=self.log.lost_upto_us)
        for tell in self.telling:
            tell(entries, seen)
        return entries

    def _beat(self, ended: str | None) -> None:
        note: dict[str, float | int | str | None] = {
            "open_incidents": len(self._docket.open),
            "incidents_waiting": self.log.waiting,
            "incidents_lost": self.log.lost,
            "incidents_fault": self.log.fault,
            "looks_failed": self.failed,
            "look_failure": self.failure,
        }
        for each in self.notes:
            note.update(each())
        pulse = Pulse(
            service="watch",
            pid=self.who.pid,
            at_us=self._clock.now_us(),
            started_us=self._began_us,
            every_s=max(1.0, self.turn_s),
            turns=self.turns,
            turned_us=self._turned_us,
            turn_due_s=max(LOOK_DUE_S, 2 * self.turn_s),
            crashes_us=self._crashes_us,
            ended=ended,
            flags=dict(self.who.flags),
            versions=dict(self.who.versions),
            metrics_port=self.who.metrics_port,
            note=note,
        )
        write_pulse(self.place.watch, pulse, self._clock)
