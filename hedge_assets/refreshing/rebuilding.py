"""The past, again: every state from the raw journals alone, as of any moment. Whether the files agree with it, `proving` says."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from executor.flags import Flags
from hedge_assets.catalog import State
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing.facts import Facts, read_facts
from hedge_assets.refreshing.refresh import Outcome, basket_of, made, stored, wants_shadow, with_shadow
from hedge_assets.refreshing.shadowing import read_shadow
from hedge_assets.settings import Place


class Made(msgspec.Struct, frozen=True):
    """Facts of a moment that were made already, from tables, and how the shadow is made of them."""

    facts: Facts
    shadow: Callable[[], Shadow]


def rebuild(place: Place, states: Sequence[State], *, as_of_us: int, out: Path, flags: Flags, made_of: Made | None = None) -> list[Outcome]:
    """Every state as of a moment, written to a folder. Health is not among them: it judges files, not journals.

    `made_of` is what was made already, from tables; null reads the raw journals from the beginning.
    """
    known = read_facts(place, until_us=as_of_us, fresh=True) if made_of is None else made_of.facts
    basket = basket_of(known, place, now_us=as_of_us, flags=flags)
    if wants_shadow(states, flags):
        basket = with_shadow(basket, read_shadow(place, known, fresh=True) if made_of is None else made_of.shadow())
    return [stored(made(state, basket, folder=out, written_us=as_of_us)) for state in states if state.is_rebuildable]
