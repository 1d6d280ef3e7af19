"""The thread that says every second that this executor lives and how far its loop is, whether or not the loop turns."""

import contextlib
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from executor.boot import versions
from executor.clock import Clock
from executor.errors import HedgeError, SettingsError, UnreadableFeed
from executor.life import Life
from executor.pulse import Pulse, crashes_upto, read_pulse, write_pulse

LOOK_S = 0.25
STUCK_S = 8.0
"""A loop that is due and stands still for so long more is told of once, with where every thread is."""

LOOKS_A_BEAT = 4


class Heart:
    """Writes the pulse of one life into `folder`, from its start to its end. Whoever owns it holds the folder's lock."""

    def __init__(self, folder: Path, clock: Clock, life: Life) -> None:
        self._folder, self._clock, self._life = folder, clock, life
        before = read_pulse(folder)
        self._crashes_us = crashes_upto(before, life.started_us)
        self._word_before = "refused to start" if before is None else before.ended
        self._versions = versions()
        self._seen = 0
        self._turned_s, self._told = time.monotonic(), False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Beat from here on. A start that is refused leaves the word of the life before; one that fails leaves none."""
        self._beat(None)
        self._thread.start()
        try:
            yield
        except (SettingsError, UnreadableFeed):
            self.stop(self._word_before)
            raise
        except HedgeError:
            self.stop(None)
            raise

    def stop(self, why: str | None) -> None:
        """Beat once more, with why it ended; null where it was not meant to."""
        self._ended.set()
        self._thread.join()
        self._life.phase = "ended"
        self._look()
        self._beat(why)

    def _run(self) -> None:
        looks = 0
        while not self._ended.wait(LOOK_S):
            self._look()
            looks += 1
            if looks % LOOKS_A_BEAT == 0:
                self._beat(None)

    def _look(self) -> None:
        turns, now_s = self._life.turns, time.monotonic()
        if turns != self._seen:
            self._seen = turns
            self._life.turned_us = self._clock.now_us()
            self._turned_s, self._told = now_s, False
        elif self._life.phase == "trading" and not self._told and now_s - self._turned_s > STUCK_S + 2 * self._life.turn_due_s:
            self._told = True
            print(f"the loop stands still for {now_s - self._turned_s:.0f} s; this is where:", file=sys.stderr)
            faulthandler.dump_traceback(sys.__stderr__ or 2)

    def _beat(self, ended: str | None) -> None:
        life, order = self._life, self._life.order
        pulse = Pulse(
            service="executor",
            pid=os.getpid(),
            at_us=self._clock.now_us(),
            started_us=life.started_us,
            turns=self._seen,
            turned_us=life.turned_us,
            turn_due_s=life.turn_due_s,
            crashes_us=self._crashes_us,
            ended=ended,
            account=order.settings.account,
            flags=order.flags.as_text(),
            versions=self._versions,
            metrics_port=order.metrics_port or None,
            note=life.note(),
        )
        write_pulse(self._folder, pulse, self._clock)
