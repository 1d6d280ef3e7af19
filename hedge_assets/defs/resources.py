"""The one door through which environment, settings and clock come to Dagster's side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from executor.clock import Clock, WallClock
from executor.flags import Flags, read_flags
from hedge_assets.catalog import State, scan, scan_desk
from hedge_assets.defs.names import Names
from hedge_assets.health.condition import Condition
from hedge_assets.health.condition import scan as scan_conditions
from hedge_assets.health.manifest import Row, manifest, state_row
from hedge_assets.place import all_places, whole_of
from hedge_assets.settings import Place
from hedge_assets.showing.panels import scan as scan_panels
from hedge_assets.showing.said import Panel


@dataclass(frozen=True)
class Desk:
    """Everything the definitions of one account are made from: where, which states, with which flags, by whose clock.

    The desk as a whole is one more, with the desk-level states and its `accounts`.
    """

    place: Place
    states: Sequence[State]
    flags: Flags
    clock: Clock
    conditions: Sequence[Condition] = ()
    panels: Sequence[Panel] = ()
    accounts: "Sequence[Desk]" = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The manifest; the desk as a whole has no journals."""
        return tuple(state_row(state) for state in self.states) if self.accounts else manifest(self.states)

    @property
    def spoken_of(self) -> tuple[str, ...]:
        """Every file and every condition, by name."""
        return (*(row.name for row in self.rows), *(condition.name for condition in self.conditions))

    @property
    def names(self) -> Names:
        """What its things are called."""
        return Names(self.place.account)


def desks_of(environ: Mapping[str, str]) -> tuple[Desk, ...]:
    """One desk for each account that the environment's settings name, and the whole where there are several.

    Flags are parsed here and nowhere else.
    """
    states, flags, conditions, panels = scan(), read_flags(environ), scan_conditions(), scan_panels()
    accounts = tuple(
        Desk(place=place, states=states, flags=flags, clock=WallClock(), conditions=conditions, panels=panels)
        for place in all_places(environ)
    )
    whole = whole_of([each.place for each in accounts])
    if whole is None:
        return accounts
    return (*accounts, Desk(place=whole, states=scan_desk(), flags=flags, clock=WallClock(), accounts=accounts))
