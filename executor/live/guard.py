"""Looks at the brakes every loop, keeps the venue's dead man armed while all is well, and obeys the operator."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from executor import control
from executor.clock import Steady
from executor.courier.courier import Courier
from executor.errors import SettingsError
from executor.live.brakes import Brakeman, Sight
from executor.live.engine import LiveEngine
from executor.live.recording import Recording
from executor.settings import Settings
from executor.wire.passing import monotonic_s
from executor.wire.reply import Unanswered

DISARM_S = 1.0


class Guard:
    """Brakes, dead man and operator of one run; `recording` hears of each new order of the operator's."""

    def __init__(self, root: Path, settings: Settings, *, clock: Steady, brakeman: Brakeman, lock: int) -> None:
        self._root, self._settings = root, settings
        self._clock, self._brakeman, self._lock = clock, brakeman, lock
        self._obeyed_us = 0
        self._heard: control.Control | None = None
        self.recording = Recording(None)
        self.armed: bool | None = None

    def resumed(self, halted: str | None, halted_us: int) -> None:
        """Go on with the halt that the process before this one left."""
        if halted is not None:
            rule, _, detail = halted.partition(": ")
            self._brakeman.pull(rule, detail, halted_us)

    def look(self, engine: LiveEngine, courier: Courier, save: Callable[[], None]) -> None:
        """Bring the engine's halt in line with the brakes and the operator's standing order."""
        now_us = self._clock.now_us()
        sight = Sight(
            now_us=now_us,
            book=engine.progress.book,
            clock_problem=self._clock_problem(courier),
            lock_problem=self._lock_problem(),
            venue_problem=courier.problem,
        )
        self._obey(engine, save)  # before the brakes: what the operator lets go of and is there still is on again at once
        self._brakeman.look(sight, self._settings.brakes)
        self._apply(engine, save)

    def _apply(self, engine: LiveEngine, save: Callable[[], None]) -> None:
        halted, first = engine.progress.book.halted, self._brakeman.first
        if first is None:
            if halted is not None:
                engine.resume(halted.partition(":")[0], "what was seen is over")
                save()
        elif halted is None:
            engine.halt(*first)
            save()
        elif halted.partition(":")[0] != first[0]:
            engine.resume(halted.partition(":")[0], f"{first[0]} takes over")
            engine.halt(*first)
            save()

    def _obey(self, engine: LiveEngine, save: Callable[[], None]) -> None:
        """`halt` and `flatten` are a brake; `trade` asked since lets go of everything that was on by then."""
        standing = control.standing(self._root)
        if standing is None:
            return
        if standing != self._heard:
            self.recording.obeyed(standing)
        self._heard = standing
        if standing.wanted == "trade":
            if standing.asked_us > self._obeyed_us:
                self._obeyed_us = standing.asked_us
                for rule in self._brakeman.released(standing.asked_us):
                    engine.resume(rule, standing.reason)
                    save()
            return
        self._brakeman.pull("operator", standing.reason, standing.asked_us)
        if standing.wanted == "flatten" and engine.progress.book.holdings and not engine.parts.router.busy:
            self._apply(engine, save)
            engine.flatten()
            save()

    def _clock_problem(self, courier: Courier) -> str | None:
        doubt = courier.dialect.clock_doubt(self._settings.venue.clock_off_ms)
        if doubt:
            return doubt
        if (behind_us := -self._clock.off_us) > self._settings.venue.clock_off_ms * 1_000:
            return f"this machine's clock is {behind_us / 1e6:.3f} s behind what is journaled; set it, or wait until it has caught up"
        self._clock.catch_up()
        return None

    def _lock_problem(self) -> str | None:
        raw = self._root / "raw"
        with contextlib.suppress(OSError):
            held, found = os.fstat(self._lock), raw.stat()
            if (held.st_dev, held.st_ino) == (found.st_dev, found.st_ino):
                return None
        return f"{raw} is not the directory that was locked; stop this executor and find out who moved it"

    @property
    def countdown_s(self) -> float:
        """Within how many seconds the venue cancels what rests when it hears nothing more; 0 where that was not to be had."""
        return self._settings.venue.dead_man_s if self.armed else 0.0

    async def keep_armed(self, courier: Courier, is_well: Callable[[], bool]) -> None:
        """Tell the venue every third of `venue.dead_man_s` that somebody is here, while that is so, until cancelled."""
        within_s = self._settings.venue.dead_man_s
        if within_s == 0:
            return
        while True:
            began_s = monotonic_s()
            if is_well():
                try:
                    self.armed = await courier.dialect.arm(self._settings.venue.symbols, round(within_s * 1_000))
                except (Unanswered, SettingsError):
                    self.armed = False
            await asyncio.sleep(max(0.1, within_s / 3 - (monotonic_s() - began_s)))

    async def disarm(self, courier: Courier) -> None:
        """Nothing of ours rests any more: take the countdown away, which would call back what others have in the same symbols."""
        if self.armed:
            with contextlib.suppress(Unanswered, SettingsError, TimeoutError):
                async with asyncio.timeout(DISARM_S):
                    await courier.dialect.arm(self._settings.venue.symbols, 0)
