"""Writes what a recorder hands it, on a thread of its own: nothing waits for it, and what it cannot write is counted and told of."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from executor.wire.cassettes.files import Reel, prune, room_problem
from executor.wire.cassettes.hiding import Hiding
from executor.wire.cassettes.lines import NOBODY, Answered, Head, Line, line_bytes
from executor.wire.cassettes.repeating import Repeating
from executor.wire.reply import Reply, Request

Happening = tuple[int, int, int, str, str, Any]
"""A line whose text is not made yet: the thread makes it."""

LOOK_S = 0.05
CHUNK, BREATH_S = 100, 0.0002
"""Between so many lines the interpreter is left to the loop, which must not wait for this thread."""

FRAMES = frozenset({"frame", "frame+"})
AGAIN_S = 30.0
"""After a fault of the disk nothing is tried for so long."""

FILES = 16
"""The budget is divided into so many files."""

HURRY, MOST_FULL = 2, 4
"""From twice its size on a file waits for no quiet moment, at four times for nothing at all."""

Wants = Literal["", "quiet", "now"]

KEPT_HEADERS = ("retry-after", "content-type", "x-mbx-", "x-bapi-", "x-ratelimit", "ratelimit", "gw-ratelimit", "x-gate-ratelimit")
"""Headers of answers that somebody reads; others are left out."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Where files go (`folder` of all lives, `life` of this one), and how many bytes and days of them are kept."""

    folder: Path
    life: Path
    most_bytes: int
    most_days: float


class Keeper:
    """`fault` says why nothing is written now, empty while it is. `wants`: the file is full, and a new one begins when what the executor
    knows is put in line, at a quiet moment or now. `taken_bytes` and `lost` (lines) are of what was put in line, `number`
    is the file's.

    Where it is not `is_founded`, nobody knows anything that a new file would need.
    """

    def __init__(self, terms: Terms, head: Head, hiding: Hiding, *, is_founded: bool) -> None:
        self.fault = ""
        self.wants: Wants = ""
        self.taken_bytes = self.lost = 0
        self._told_lost = 0
        self._terms, self._head, self._hiding, self._is_founded = terms, head, hiding, is_founded
        self._repeating = Repeating()
        self._line: deque[tuple[Happening, int]] = deque()
        self._file_bytes = max(terms.most_bytes // FILES, 1)
        self.number, self._again_s = 0, 0.0
        self._reel: Reel | None = None
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cassette", daemon=True)

    def begin(self, first: list[Happening]) -> None:
        """Open the first file, and write from now on. Raises `OSError` where it cannot be opened."""
        self._open(first[0])
        self._put_down([self._written(one) for one in first])
        self._thread.start()

    def put(self, happening: Happening, size: int) -> None:
        """Put something in line to be written."""
        self._line.append((happening, size))

    @property
    def is_alive(self) -> bool:
        """Whether somebody writes."""
        return self._thread.is_alive()

    def close(self, within_s: float) -> None:
        """Write what is in line, and end; a disk that hangs is not waited for longer."""
        self._ends.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        while not self._ends.wait(LOOK_S):
            self._look()
        self._look()
        self._drop_reel()

    def _look(self) -> None:
        while count := min(CHUNK, len(self._line)):
            self._take([self._line.popleft() for _ in range(count)])
            self._measure()
            time.sleep(BREATH_S)

    def _take(self, taken: list[tuple[Happening, int]]) -> None:
        """Write a few happenings; what came on streams is looked through for secrets all at once, since nothing is found there."""
        is_clean = self._hiding.is_clean("\n".join([happening[5] for happening, _ in taken if happening[3] in FRAMES]))
        lines = list[bytes]()
        for happening, size in taken:
            self.taken_bytes += size
            if happening[3] == "known":
                self._put_down(lines)
                lines = []
                self._turn(happening)
            lines.append(line_bytes(Line(*happening)) if is_clean and happening[3] in FRAMES else self._written(happening))
        self._put_down(lines)

    def _put_down(self, lines: list[bytes]) -> None:
        """Write lines where there is something to write to; else they are lost, and counted."""
        if not lines:
            return
        if self._reel is None and not self._is_founded and time.monotonic() >= self._again_s:
            self._turn(None)
        if self._reel is None:
            self.lost += len(lines)
            self.wants = "now" if self._is_founded and time.monotonic() >= self._again_s else ""
            return
        try:
            if problem := room_problem(self._terms.folder):
                self._failed(problem)
                self.lost += len(lines)
                return
            self._reel.write(b"".join(lines))
        except OSError as error:
            self._failed(error.strerror or type(error).__name__)
            self.lost += len(lines)

    def _measure(self) -> None:
        """A file that is full is followed by another: at a moment that suits the executor, at any, or without what it knows."""
        fullness = 0 if self._reel is None else self._reel.size_bytes // self._file_bytes
        if fullness >= (MOST_FULL if self._is_founded else 1):
            self._turn(None)
        elif fullness >= 1:
            self.wants = "quiet" if fullness < HURRY else "now"

    def _turn(self, happening: Happening | None) -> None:
        """Go on in a new file."""
        self._drop_reel()
        self.wants = ""
        try:
            self._open(happening)
        except OSError as error:
            self._failed(error.strerror or type(error).__name__)

    def _open(self, happening: Happening | None) -> None:
        now = happening or (time.time_ns() // 1_000, time.monotonic_ns(), time.time_ns() // 1_000, "", "", "")
        self.number += 1
        if problem := room_problem(self._terms.folder):
            raise OSError(28, problem)
        head = msgspec.structs.replace(self._head, file=self.number)
        self._reel = Reel(self._terms.life / f"{self.number:06d}.cassette.zst")
        begins = [("head", NOBODY, self._hiding.text(msgspec.json.encode(head).decode())), *self._repeating.lines()]
        if self.lost > self._told_lost:
            begins.append(("dropped", NOBODY, str(self.lost - self._told_lost)))
            self._told_lost = self.lost
        self._reel.write(b"".join(line_bytes(Line(*now[:3], kind, name, text)) for kind, name, text in begins))
        self.fault = ""
        prune(self._terms.folder, self._terms.most_bytes - MOST_FULL * self._file_bytes, self._terms.most_days, keep=self._reel.path)

    def _failed(self, why: str) -> None:
        self.fault, self._again_s = why, time.monotonic() + AGAIN_S
        self._drop_reel()

    def _drop_reel(self) -> None:
        reel, self._reel = self._reel, None
        if reel is not None:
            with contextlib.suppress(OSError):
                reel.close()

    def _written(self, happening: Happening) -> bytes:
        """A line with its text, without secrets; what later files repeat is remembered."""
        ts_us, mono_ns, wall_us, kind, name, payload = happening
        text = self._text(payload)
        self._repeating.take(ts_us, kind, name, text)
        return line_bytes(Line(ts_us, mono_ns, wall_us, kind, name, text))

    def _text(self, payload: Any) -> str:
        match payload:
            case str():
                return self._hiding.text(payload)
            case bytes():
                return self._hiding.text(payload.decode())
            case (Request() as request, bool() as is_gated):
                return msgspec.json.encode(self._hiding.asked(request, is_gated=is_gated)).decode()
            case Reply():
                return msgspec.json.encode(self._answered(payload)).decode()
            case _:
                return self._hiding.text(msgspec.json.encode(payload).decode())

    def _answered(self, reply: Reply) -> Answered:
        shown = _shown(reply.headers.items())
        headers = {name: self._hiding.text(value) for name, value in shown}
        try:
            body, packed = self._hiding.text(reply.body.decode()), None
        except UnicodeDecodeError:
            body, packed = "", self._hiding.text(reply.body.decode("latin-1")).encode("latin-1", "replace")
        return Answered(status=reply.status, headers=headers, body=body, packed=packed, failure=reply.failure, elapsed_us=reply.elapsed_us)


def _shown(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower().startswith(KEPT_HEADERS)]
