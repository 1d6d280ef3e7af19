"""The whole desk under `hedge up`, its files deleted and damaged: how long until each is well by itself, and what was shown wrongly."""

import json
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hedge_assets.health.manifest import Row
from tests.injecting.desks import HEDGE, ROWS, Desk
from tests.injecting.ills import DAMAGED, Ill
from tests.injecting.observers import Observer, Sighting, status_lines
from tests.injecting.patients import now_us
from tests.ports import free_port, of_a_desk

PATIENCE_S = 300.0
WELL = ("ok", "empty")
READY = re.compile("ready: pages at")


@dataclass
class Healing:
    """`healed_s` is how long each injected file took to be shown well again, `green_s` each round until everything was."""

    desk: Desk
    observer: Observer
    chance: Random
    healed_s: list[float] = field(default_factory=list)
    green_s: list[float] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    looks: int = 0

    def round(self, most: int) -> None:
        """Harm some states at once, and wait until all is well again."""
        chosen = self.chance.sample([row for row in ROWS if row.kind == "state"], self.chance.randint(1, most))
        began_us = now_us()
        for row in chosen:
            harm(self.desk.root / row.path, row, self.chance.choice(DAMAGED), self.chance)
        hurt_us = now_us()
        waiting = {row.name for row in chosen}
        is_green = False
        end_s = time.monotonic() + PATIENCE_S
        while waiting or not is_green:
            assert time.monotonic() < end_s, f"{sorted(waiting)} not healed after {PATIENCE_S:.0f} s"
            for seen in self.heard():
                self.weigh(seen, {row.name for row in chosen} if seen.seen_us >= began_us else set())
                if min(seen.looked_us.values()) < hurt_us:
                    continue
                for name in [name for name in waiting if seen.words[name] in WELL]:
                    waiting.discard(name)
                    self.healed_s.append((seen.seen_us - hurt_us) / 1e6)
                is_green = all(word in WELL for word in seen.words.values())
        self.green_s.append((now_us() - hurt_us) / 1e6)

    def idle(self, seconds: float) -> None:
        """Look on while nothing is harmed."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            for seen in self.heard():
                self.weigh(seen, set())

    def heard(self) -> list[Sighting]:
        """What was shown since the last time, after a short wait."""
        assert self.observer.fault is None, self.observer.fault
        time.sleep(0.1)
        found = []
        while self.observer.sightings:
            found.append(self.observer.sightings.popleft())
        return found

    def weigh(self, seen: Sighting, harmed: set[str]) -> None:
        self.looks += 1
        self.false += [f"{name} was shown as {word}" for name, word in seen.words.items() if word not in WELL and name not in harmed]


def harm(path: Path, row: Row, ill: Ill, chance: Random) -> None:
    """Do it at once, to whatever document lies there now."""
    content = ill.damage(path.read_bytes(), row, now_us(), chance)
    if content is None:
        path.unlink()
        return
    beside = path.with_name(f".{path.name}.injected")
    beside.write_bytes(content)
    beside.replace(path)


def brought_up(folder: Path) -> Healing:
    """A whole desk that says that it is ready and is shown as well; whoever asked closes it."""
    desk = Desk(folder / "logs")
    up = desk.start(*HEDGE, "up", "--data", str(desk.root), "--port", str(free_port()), **of_a_desk())
    assert up.stdout is not None
    said = []
    for line in up.stdout:
        said.append(line)
        if READY.search(line):
            break
    else:
        raise AssertionError(f"it never was ready: {json.dumps(said[-5:])}")
    status = desk.start(*HEDGE, "status", "--watch", "--json", "--data", str(desk.root))
    observer = desk.watched(Observer("status --watch", lambda: status_lines(status)))
    threading.Thread(target=lambda: deque(up.stdout or (), maxlen=0), daemon=True).start()  # a full pipe would stop it
    return Healing(desk, observer, Random(6))
