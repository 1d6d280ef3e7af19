"""A step that was handed out is asked after until it is over: it came back, or it is lost, and why.

queued    the broker has it, or a worker is about to begin
started   a worker has it, by name; it is asked whether it lives and still works on it
unknown   the broker lost its memory (started anew, emptied)
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from executor.errors import HedgeError

QUEUED = "QUEUED"
"""Said by us before a step is sent, so that what the broker does not know was forgotten."""
UNKNOWN, STARTED = "PENDING", "STARTED"
ASK_EVERY_S = 5.0
MISSES = 4
"""So many times in a row a worker does not answer, or says that it has no such step, and the step is lost."""
BROKER_AWAY_S = 60.0
"""For so long the broker may be away."""


class StepLost(HedgeError):
    """A step that nobody will ever say to be over."""


class Result(Protocol):
    """What Celery knows of a task."""

    id: str
    state: str
    info: Any

    def ready(self) -> bool:
        """Whether it is over."""

    def get(self) -> Any:
        """What came of it; raises what ended it."""

    def revoke(self) -> None:
        """Have no worker begin it."""


class Roll(Protocol):
    """Whoever knows which worker has which steps."""

    def has(self, worker: str, task: str) -> bool | None:
        """Whether a worker says it works on a step; null where it says nothing."""


class Tracked:
    """One step. It has what Dagster's loop asks of a result of Celery's."""

    def __init__(
        self, result: Result, roll: Roll, away: tuple[type[Exception], ...], monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._result, self._roll, self._away, self._monotonic_s = result, roll, away, monotonic_s
        self._away_since_s: float | None = None
        self._asked_s = monotonic_s()
        self._misses = 0
        self._revoked = False
        self.lost = ""

    def ready(self) -> bool:
        """Whether there is something to get: what came back, or why nothing ever will."""
        try:
            is_over = bool(self.lost) or self._result.ready()
            if not is_over:
                self.lost = self._why_lost()
            self._away_since_s = None
        except self._away as error:
            self.lost = self._why_away(error)
            return bool(self.lost)
        return is_over or bool(self.lost)

    def get(self) -> Any:
        """The step's events; raises what ended it."""
        if self.lost:
            raise StepLost(self.lost)
        return self._result.get()

    def revoke(self) -> None:
        """Do not begin it if it has not begun. One that has is over soon: it carries its run's limit."""
        self._revoked = True
        try:
            self._result.revoke()
        except self._away as error:
            self.lost = f"it was called back while the broker was away ({type(error).__name__})"

    def _why_lost(self) -> str:
        state = self._result.state
        if self._revoked and state != STARTED:
            return "it was called back before it began"
        if state == UNKNOWN:
            return "the broker forgot it, as one does that is started anew; run again what is not done"
        if state != STARTED or self._monotonic_s() - self._asked_s < ASK_EVERY_S:
            return ""
        return self._why_not_worked(str(self._result.info.get("hostname", "")))

    def _why_not_worked(self, worker: str) -> str:
        self._asked_s = self._monotonic_s()
        said = self._roll.has(worker, self._result.id)
        self._misses = 0 if said else self._misses + 1
        if self._misses < MISSES or self._result.ready():
            return ""
        heard = f"did not answer {MISSES} times in a row" if said is None else "no longer has it"
        return f"worker {worker} {heard}; look at its log, then run again what is not done"

    def _why_away(self, error: Exception) -> str:
        now_s = self._monotonic_s()
        self._away_since_s = now_s if self._away_since_s is None else self._away_since_s
        if now_s - self._away_since_s < BROKER_AWAY_S:
            return ""
        return f"the broker was away for {BROKER_AWAY_S:g} s ({type(error).__name__}); start it, then run again what is not done"
