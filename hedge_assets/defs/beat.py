"""Dagster's pulse: the sensor that looks at everything says, each time, that it does, and how the runs are."""

import math
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field

import dagster as dg

from executor.pulse import Pulse, write_pulse
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.schedules import LIMIT_TAG, MAKES_TAG, UNFINISHED
from hedge_assets.refreshing.fates import read_fates
from hedge_assets.version import package_version

BACKFILL_TAG = "dagster/backfill"
LOOKED_AT = 50
TABLES = "tables"
TICK_S = 5.0  # the daemon's loop
Note = dict[str, float | int | str | None]


@dataclass
class Beat:
    """One life of the process that evaluates sensors: since when, and how many looks it has completed."""

    desk: Desk
    started_us: int
    turns: int = 0
    turned_us: int | None = None
    note: Note = field(default_factory=dict)

    def begin(self, instance: dg.DagsterInstance) -> None:
        """Say that a look begins; one that ends badly leaves the count of turns where it was."""
        self.note = {**oldest_run(instance, self.desk.clock.now_us()), **last_refresh(self.desk)}
        self._write()

    def turn(self) -> None:
        """Say that the look is done."""
        self.turns, self.turned_us = self.turns + 1, self.desk.clock.now_us()
        self._write()

    def _write(self) -> None:
        now_us = self.desk.clock.now_us()
        pulse = Pulse(
            service="dagster",
            pid=os.getpid(),
            at_us=now_us,
            started_us=self.started_us,
            every_s=TICK_S,
            turns=self.turns,
            turned_us=self.turned_us,
            turn_due_s=TICK_S,
            flags=self.desk.flags.as_text(),
            versions={"python": platform.python_version(), "dagster": dg.__version__, "hedge": package_version()},
            note=self.note,
        )
        write_pulse(self.desk.place.tables, pulse, self.desk.clock)


def oldest_run(instance: dg.DagsterInstance, now_us: int) -> Note:
    """The run that has gone on for longest, queued ones as well, and for how long; null when there is none.

    A backfill, and a run that may take longer by its own tag, hold no states back: they are passed over while that lasts.
    """
    for found in instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED), limit=LOOKED_AT, ascending=True):
        began_s = found.start_time or found.create_timestamp.timestamp()
        if now_us / 1e6 - began_s > patience_s(found.dagster_run.tags):
            return {"oldest_run_s": round(now_us / 1e6 - began_s, 3), "oldest_run_id": found.dagster_run.run_id}
    return {"oldest_run_s": None, "oldest_run_id": None}


def patience_s(tags: Mapping[str, str]) -> float:
    """For how long nobody waits for a run: until its own limit where it makes tables, for ever (its limit ends it) in a backfill."""
    if BACKFILL_TAG in tags:
        return math.inf
    return float(tags.get(LIMIT_TAG, 0)) if tags.get(MAKES_TAG) == TABLES else -math.inf


def last_refresh(desk: Desk) -> Note:
    """What the newest refresh cost; nulls before the first."""
    fates = read_fates(desk.place.tables)
    if fates is None:
        return {"last_refresh_wall_s": None, "last_refresh_cpu_s": None}
    return {"last_refresh_wall_s": round(fates.wall_s, 3), "last_refresh_cpu_s": round(fates.cpu_s, 3)}
