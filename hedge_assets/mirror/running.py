"""The mirror as a program: turn after turn until it is told to end, with a pulse and what stands, for whoever looks at health."""

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from executor.clock import Clock
from executor.flags import Flags
from executor.pulse import Pulse, crashes_upto, read_pulse, write_pulse
from hedge_assets.health.scene import Mirrored
from hedge_assets.mirror.breaker import Breaker
from hedge_assets.mirror.copyist import Copyist
from hedge_assets.store import StoreError, replace
from hedge_assets.version import package_version

STANDING = "standing.json"
SERVICE = "mirror"
TURN_DUE_S = 30.0
"""A turn may meet a sink that lets every part of it wait for its deadline."""


class Runner:
    """The copyists of all data roots, turned in order by one process.

    A sink has one breaker for all of them: where it fails one, the others do not wait for it as well, and the first that
    reaches it again is followed by the rest.
    """

    def __init__(self, copyists: Sequence[Copyist], flags: Flags, *, clock: Clock, every_s: float) -> None:
        self._copyists, self._flags, self._clock, self._every_s = tuple(copyists), flags, clock, every_s
        self._began_us = clock.now_us()
        self._crashes = {each: crashes_upto(read_pulse(each.place.mirrored), self._began_us) for each in self._copyists}
        self._breakers = worst(each.breakers for each in self._copyists)
        self.turns = 0

    def run(self, stop: threading.Event) -> None:
        """Turn until told to stop; the last word says so."""
        while not stop.is_set():
            began_s = time.monotonic()
            self.turn(stop)
            stop.wait(max(0.01, self._every_s - (time.monotonic() - began_s)))
        for copyist in self._copyists:
            write_standing(copyist.place.mirrored, msgspec.structs.replace(copyist.standing(), ended="asked to end"))
            self._beat(copyist, "asked to end")
            copyist.close()

    def turn(self, stop: threading.Event | None = None) -> tuple[Mirrored, ...]:
        """One turn of each, or of those before the word to `stop` came."""
        stood: list[Mirrored] = []
        self.turns += 1
        for copyist in self._copyists:
            if stop is not None and stop.is_set():
                break
            copyist.warned(self._breakers)
            stood.append(copyist.turn())
            self._breakers |= copyist.breakers
            write_standing(copyist.place.mirrored, stood[-1])
            self._beat(copyist, None)
        return tuple(stood)

    def _beat(self, copyist: Copyist, ended: str | None) -> None:
        now_us = self._clock.now_us()
        pulse = Pulse(
            service=SERVICE,
            pid=os.getpid(),
            at_us=now_us,
            started_us=self._began_us,
            every_s=max(1.0, self._every_s),
            turns=self.turns,
            turned_us=now_us if self.turns else None,
            turn_due_s=TURN_DUE_S,
            crashes_us=self._crashes[copyist],
            ended=ended,
            flags=self._flags.as_text(),
            versions={"hedge": package_version()},
        )
        write_pulse(copyist.place.mirrored, pulse, self._clock)


def worst(met: Iterable[Mapping[str, Breaker]]) -> dict[str, Breaker]:
    """Of what was met at each sink the failures, by its target; the most in a row where there are several."""
    found: dict[str, Breaker] = {}
    for breakers in met:
        for target, breaker in breakers.items():
            if target not in found or breaker.failures > found[target].failures:
                found[target] = breaker
    return found


def write_standing(folder: Path, stood: Mirrored) -> None:
    """Say how it stands; a disk that refuses is told of by others."""
    with contextlib.suppress(StoreError):
        replace(folder / STANDING, msgspec.json.encode(stood), durable=False)
