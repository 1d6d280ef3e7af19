"""The one door through which environment, settings and clock come to Dagster's side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from executor.clock import Clock, WallClock
from executor.flags import Flags, read_flags
from hedge_assets.catalog import State, scan
from hedge_assets.health.condition import Condition
from hedge_assets.health.condition import scan as scan_conditions
from hedge_assets.health.manifest import Row, manifest
from hedge_assets.place import place_of
from hedge_assets.settings import Place
from hedge_assets.showing.panels import scan as scan_panels
from hedge_assets.showing.said import Panel


@dataclass(frozen=True)
class Desk:
    """Everything the definitions are made from: where, which states, with which flags, by whose clock."""

    place: Place
    states: Sequence[State]
    flags: Flags
    clock: Clock
    conditions: Sequence[Condition] = ()
    panels: Sequence[Panel] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The manifest."""
        return manifest(self.states)


def desk_of(environ: Mapping[str, str]) -> Desk:
    """The desk that the environment names; flags are parsed here and nowhere else."""
    return Desk(
        place=place_of(environ),
        states=scan(),
        flags=read_flags(environ),
        clock=WallClock(),
        conditions=scan_conditions(),
        panels=scan_panels(),
    )
