"""One trading process as the course follows it: its lives and falls, and when it was left alone."""

import time
from dataclasses import dataclass, field

from hedge_assets.stack.supervision import Process

REFUSALS = (75, 78)
FALLS = 5
FALLS_WITHIN_S = 30.0  # so many falls in so short a time, and starting it again is no cure
NEVER = (0, 0)


@dataclass
class Trader:
    """What was seen of one executor. `falls_s` are its falls since it was last left alone, `rested_s` is when that was, null while it is
    up to supervisor."""

    name: str
    life: tuple[int, int] = NEVER
    restarts: int = 0
    is_done: bool = False
    falls_s: list[float] = field(default_factory=list)
    rested_s: float | None = None

    def has_refused(self, process: Process) -> bool:
        """Whether it ended because it must not or cannot trade as it is set up."""
        return process.state == "EXITED" and process.exit_code in REFUSALS

    def is_lost(self, process: Process) -> bool:
        """Whether starting it again is no cure."""
        return process.state == "FATAL" or (len(self.falls_s) >= FALLS and time.monotonic() - self.falls_s[-FALLS] < FALLS_WITHIN_S)

    def has_begun_anew(self, process: Process) -> bool:
        """Note the life it is in; whether there was another one before."""
        life = (process.since_s, process.pid or self.life[1])
        if life == self.life:
            return False
        is_another, self.life = self.life != NEVER, life
        if is_another:
            self.restarts += 1
            self.falls_s.append(time.monotonic())
        return is_another
