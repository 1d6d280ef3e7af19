"""What somebody must do beside the supervisor of a box: tell others how the programs are, and start again one that hangs.

In the foreground `hedge up` does this itself (`stack.course`). It asks supervisor every two seconds; it does not listen for its events, for
those say neither how a program ended nor whether it answers.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hedge_assets.stack.course import DOWN, ROUSE_S, ROUSED
from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.notes import EVERY_S, Tally
from hedge_assets.stack.supervision import Control, Process

DEAF_LOOKS = 15


@dataclass
class Tending:
    """One box: whom it asks, what it notes, and whom it is just starting again. `end` is set when it is to stop."""

    supervisor: Control
    tally: Tally
    mute: Callable[[Mapping[str, Process]], Mapping[str, Mute]]
    say: Callable[[str], None]
    end: threading.Event
    roused: set[str] = field(default_factory=set)

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
        for name in ROUSED:
            self.rouse(name, processes, mute)
        return True

    def rouse(self, name: str, processes: Mapping[str, Process], mute: Mapping[str, Mute]) -> None:
        """End a service that runs and answers nothing, and start it once it is down."""
        state = processes[name].state if name in processes else ""
        if name in self.roused and state in DOWN:
            self.supervisor.start(name)
            self.roused.discard(name)
        elif name not in self.roused and name in mute and mute[name].for_s > ROUSE_S and state == "RUNNING":
            self.say(f"{name} has not answered {mute[name].fault} for {ROUSE_S:.0f} s; it is started again")
            self.supervisor.stop(name)
            self.roused.add(name)
