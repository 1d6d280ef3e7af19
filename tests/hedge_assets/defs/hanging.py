"""A code location whose first run hangs: one state's build waits for ever, once."""

import dataclasses
import os
import time
from pathlib import Path

import msgspec

from executor.clock import WallClock
from hedge_assets.definitions import definitions
from tests.hedge_assets.defs.desks import desk_in

LIMIT_S = 3.0


def hanging_once(build, marker):
    def _hanging(**given):
        if not marker.exists():
            marker.touch()
            time.sleep(3600)
        return build(**given)

    return _hanging


def location(root):
    desk = desk_in(root)
    health = msgspec.structs.replace(desk.place.health, run_limit_s=LIMIT_S)
    states = [
        dataclasses.replace(each, build=hanging_once(each.build, root / "hung")) if each.name == "size" else each for each in desk.states
    ]
    place = msgspec.structs.replace(desk.place, health=health)
    return definitions([dataclasses.replace(desk, place=place, states=states, clock=WallClock())])


if "HEDGE_DATA" in os.environ:
    defs = location(Path(os.environ["HEDGE_DATA"]))
