"""A service that runs and answers nothing is ended and started again: what it hangs on ends with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.supervision import DOWN, Control, Process

ROUSE_S = 30.0
"""A service that has not answered for so long is roused."""
ROUSED = ("web", "code", "page")


@dataclass
class Rouser:
    """Whom it tells to stop and to start, whom it tells of it, and who has been stopped and not started yet."""

    supervisor: Control
    say: Callable[[str], None]
    stopped: set[str] = field(default_factory=set)

    def look(self, processes: Mapping[str, Process], mute: Mapping[str, Mute]) -> None:
        """End who has been mute for too long, and start who was ended and is down."""
        for name in ROUSED:
            state = processes[name].state if name in processes else ""
            if name in self.stopped and state in DOWN:
                self.supervisor.start(name)
                self.stopped.discard(name)
            elif name not in self.stopped and name in mute and mute[name].for_s > ROUSE_S and state == "RUNNING":
                self.say(f"{name} has not answered {mute[name].fault} for {ROUSE_S:.0f} s; it is started again")
                self.supervisor.stop(name)
                self.stopped.add(name)
