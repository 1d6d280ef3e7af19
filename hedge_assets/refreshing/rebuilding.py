"""The past, again: every state from the raw journals alone, as of any moment. Whether the files agree with it, `proving` says."""

from collections.abc import Sequence
from pathlib import Path

from executor.flags import Flags
from hedge_assets.catalog import State
from hedge_assets.refreshing.building import Basket
from hedge_assets.refreshing.facts import Facts, read_facts
from hedge_assets.refreshing.refresh import Outcome, basket_of, made, stored
from hedge_assets.settings import Place


def rebuild(place: Place, states: Sequence[State], *, as_of_us: int, out: Path, flags: Flags, facts: Facts | None = None) -> list[Outcome]:
    """Every state as of a moment, written to a folder. Health is not among them: it judges files, not journals.

    `facts` are those of that moment where they were made already, from tables; null reads the raw journals from the beginning.
    """
    basket = past(place, as_of_us, flags) if facts is None else basket_of(facts, place, now_us=as_of_us, flags=flags)
    return [stored(made(state, basket, folder=out, written_us=as_of_us)) for state in states if state.is_rebuildable]


def past(place: Place, as_of_us: int, flags: Flags) -> Basket:
    """All facts up to a moment, read from the raw journals and from nothing that was kept."""
    return basket_of(read_facts(place, until_us=as_of_us, fresh=True), place, now_us=as_of_us, flags=flags)
