"""The one door through which environment, settings and clock come to Dagster's side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from executor.clock import Clock, WallClock
from executor.flags import Flags, read_flags
from hedge_assets.catalog import State, scan
from hedge_assets.defs.names import Names
from hedge_assets.health.condition import Condition
from hedge_assets.health.condition import scan as scan_conditions
from hedge_assets.health.manifest import Row, manifest
from hedge_assets.place import places_of
from hedge_assets.settings import Place
from hedge_assets.showing.panels import scan as scan_panels
from hedge_assets.showing.said import Panel


@dataclass(frozen=True)
class Desk:
    """Everything the definitions of one account are made from: where, which states, with which flags, by whose clock."""

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

    @property
    def spoken_of(self) -> tuple[str, ...]:
        """Every file and every condition, by name."""
        return (*(row.name for row in self.rows), *(condition.name for condition in self.conditions))

    @property
    def names(self) -> Names:
        """What its things are called."""
        return Names(self.place.account)


def desks_of(environ: Mapping[str, str]) -> tuple[Desk, ...]:
    """One desk for each account that the environment's settings name; flags are parsed here and nowhere else."""
    states, flags, conditions, panels = scan(), read_flags(environ), scan_conditions(), scan_panels()
    return tuple(
        Desk(place=place, states=states, flags=flags, clock=WallClock(), conditions=conditions, panels=panels)
        for place in places_of(environ)
    )
