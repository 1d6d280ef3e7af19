"""What is told of a door and of the executor behind it, dated and put in line for the keeper; never waits, drops what does not fit."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from executor.clock import Clock
from executor.errors import SettingsError
from executor.wire.cassettes.files import claimed, life_folder
from executor.wire.cassettes.hiding import Hiding
from executor.wire.cassettes.keeper import Keeper, Terms
from executor.wire.cassettes.lines import NOBODY, Head, Universe
from executor.wire.reply import Reply, Request
from executor.wire.streams.shapes import Rebuild

MOST_WAITING = 32 * 1024 * 1024
"""Bytes in line that are not written yet; what comes beyond is dropped and counted."""

CLOSE_S = 5.0
TELL_S = 60.0
TICK_US, LATE_US = 10_000, 5_000
SIZE = 160
"""What a line takes in line beside its text, about, in bytes."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where cassettes go and how much of them is kept."""

    folder: Path
    most_bytes: int
    most_days: float


class Recorder:
    """One life's recorder, a `wire.door.Recorder` and more. `known` is what the executor knows at its start (JSON), null on paper.

    Refuses a folder that cannot be written (78) or that another executor records into (75).
    """

    def __init__(self, place: Place, head: Head, *, clock: Clock, secrets: tuple[str, ...], known: bytes | None) -> None:
        self.dropped = 0
        self.seed = head.seed
        self._clock, self._head = clock, head
        self._sent_bytes = 0
        self._numbers = itertools.count(1)
        self._burst = ""
        self._untold = self._gap = 0
        self._told, self._told_s = "", -TELL_S
        self._known_for = 0
        self._next_tick: asyncio.TimerHandle | None = None
        self._held: int | None = claimed(place.folder, CURE)
        begun_us = clock.now_us()
        life = _new(life_folder(place.folder, begun_us, head.boot))
        terms = Terms(folder=place.folder, life=life, most_bytes=place.most_bytes, most_days=place.most_days)
        self._keeper = Keeper(terms, head, Hiding(secrets), is_founded=known is not None)
        try:
            self._keeper.begin([self._happening("known", NOBODY, known or b"null")])
        except OSError as error:
            self._let_go()
            raise SettingsError(f"cassettes go to {place.folder}, it cannot be written ({error.strerror or error}); {CURE}") from error

    @property
    def fault(self) -> str:
        """Why nothing is written now; empty while all is well."""
        return self._keeper.fault or ("" if self._keeper.is_alive else "its writing thread fell")

    @property
    def lost(self) -> int:
        """Lines that are on no cassette: those that did not fit in line, and those that no disk took."""
        return self.dropped + self._keeper.lost

    def news(self) -> str:
        """What the operator must be told now, and was not yet: a fault, its end, or lines that were dropped (once a minute)."""
        fault, missing = self.fault, self.lost - self._untold
        now_s = time.monotonic()
        if fault != self._told:
            self._told, self._untold, self._told_s = fault, self.lost, now_s
            return f"not recorded: {fault}" if fault else f"recording again; {missing} lines are missing"
        if missing and not fault and now_s - self._told_s >= TELL_S:
            self._untold, self._told_s = self.lost, now_s
            return f"{missing} lines were not recorded: more came than could be written"
        return ""

    def asked(self, request: Request, *, is_gated: bool) -> int:
        """A request is about to be made; gives its number."""
        number = next(self._numbers)
        self._put("ask", str(number), (request, is_gated), len(request.url) + len(request.body or b""))
        return number

    def left(self, question: int) -> None:
        """The gate opened."""
        self._put("left", str(question), "", 0)

    def answered(self, question: int, reply: Reply) -> None:
        """What came of it."""
        self._put("answer", str(question), reply, len(reply.body))

    def connected(self, name: str) -> None:
        """A stream was connected."""
        self._put("up", name, "", 0)

    def failed(self, name: str, reason: str) -> None:
        """A stream could not be connected."""
        self._put("fail", name, reason, len(reason))

    def flowed(self, rebuild: Rebuild) -> None:
        """News comes on a stream (again)."""
        self._put("flow", rebuild.name, rebuild, 0, ts_us=rebuild.until_us)

    def heard(self, name: str, ts_us: int, raw: str) -> None:
        """A message came on a stream; whether it was there already when the one before was read is kept as well."""
        if self._burst == name:
            self._put("frame+", name, raw, len(raw), ts_us=ts_us)
            return
        if not self._burst:
            asyncio.get_running_loop().call_soon(self._turned)
        self._burst = name
        self._put("frame", name, raw, len(raw), ts_us=ts_us)

    def alive(self, name: str) -> None:
        """A ping was answered, or one came."""
        self._put("alive", name, "", 0)

    def ended(self, name: str, reason: str) -> None:
        """A stream ended, for this reason."""
        self._put("down", name, reason, len(reason))

    def universe(self, rules: Universe) -> None:
        """The rules of the symbols that are traded."""
        self._put("universe", NOBODY, rules, SIZE * len(rules))

    def attend(self) -> None:
        """From here on keep when nothing ran for a while, in the running loop, to the end."""
        self._tick(self._clock.now_us())

    def _tick(self, due_us: int) -> None:
        now_us = self._clock.now_us()
        if now_us - due_us > LATE_US:
            self._put("late", NOBODY, str(due_us), 0, ts_us=now_us)
        self._next_tick = asyncio.get_running_loop().call_later(TICK_US / 1e6, self._tick, now_us + TICK_US)

    def looped(self, ts_us: int, known: Callable[[], bytes], *, is_quiet: bool) -> None:
        """A loop was completed at this time. `known` gives what the executor knows now, asked for where a new file is to begin with it;
        `is_quiet`: no order is out."""
        self._put("loop", NOBODY, "", 0, ts_us=ts_us)
        wants, number = self._keeper.wants, self._keeper.number
        if number != self._known_for and (wants == "now" or (wants == "quiet" and is_quiet)):
            self._known_for = number
            content = known()
            self._put("known", NOBODY, content, len(content))

    def wrote(self, record: msgspec.Struct) -> None:
        """The executor concluded something: a record of its orders journal."""
        self._put("wrote", NOBODY, record, SIZE)

    def told(self, kind: str, text: str) -> None:
        """Something that is no venue's: the operator's order, an end that is asked for, the end (`operator`, `stop`, `over`)."""
        self._put(kind, NOBODY, text, len(text))

    def close(self) -> None:
        """Put everything on disk that is in line; a disk that hangs is not waited for."""
        if self._next_tick is not None:
            self._next_tick.cancel()
        self._keeper.close(CLOSE_S)
        self._let_go()

    def _let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def _turned(self) -> None:
        self._burst = ""

    def _put(self, kind: str, name: str, payload: Any, size: int, *, ts_us: int | None = None) -> None:
        size += SIZE
        if self._sent_bytes - self._keeper.taken_bytes + size > MOST_WAITING:
            self.dropped += 1
            self._gap += 1
            return
        self._sent_bytes += size
        if self._gap:
            gap, self._gap = self._gap, 0
            self._keeper.put(self._happening("dropped", NOBODY, str(gap)), 0)
        self._keeper.put(self._happening(kind, name, payload, ts_us), size)

    def _happening(self, kind: str, name: str, payload: Any, ts_us: int | None = None) -> tuple[int, int, int, str, str, Any]:
        return (self._clock.now_us() if ts_us is None else ts_us, time.monotonic_ns(), time.time_ns() // 1_000, kind, name, payload)


CURE = 'name another with venue.record_folder, or set venue.record = "off"'


def _new(folder: Path) -> Path:
    """A name that no life had."""
    number, found = 1, folder
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}.{number}")
    return found
