"""What somebody must do beside the supervisor of a box: tell others how the programs are, and start again one that hangs.

In the foreground `hedge up` does this itself (`stack.course`). It asks supervisor every two seconds; it does not listen for its events, for
those say neither how a program ended nor whether it answers.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.notes import EVERY_S, Tally
from hedge_assets.stack.rousing import Rouser
from hedge_assets.stack.supervision import Control, Process

DEAF_LOOKS = 15


@dataclass
class Tending:
    """One box: whom it asks, what it notes, and who starts a program again that hangs. `end` is set when it is to stop."""

    supervisor: Control
    tally: Tally
    mute: Callable[[Mapping[str, Process]], Mapping[str, Mute]]
    say: Callable[[str], None]
    end: threading.Event
    rouser: Rouser = field(init=False)

    def __post_init__(self) -> None:
        self.rouser = Rouser(self.supervisor, self.say)

    def run(self) -> int:
        """Look until asked to stop; 1 where supervisor has not answered for so many looks that it must be gone."""
        deaf = 0
        try:
            while not self.end.wait(EVERY_S):
                deaf = 0 if self.look() else deaf + 1
                if deaf >= DEAF_LOOKS:
                    self.say(f"supervisor did not answer for {DEAF_LOOKS * EVERY_S:.0f} s")
                    return 1
        finally:
            self.tally.forget()
        return 0

    def look(self) -> bool:
        """Note how everybody is and rouse who hangs; whether supervisor answered."""
        processes = self.supervisor.processes()
        if not processes:
            return False
        mute = self.mute(processes)
        refused = self.tally.note(processes, mute)
        if refused is not None:
            self.say(refused)
        self.rouser.look(processes, mute)
        return True
