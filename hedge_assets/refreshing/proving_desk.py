"""Proof that the desk-level files are what the accounts' files give, from exactly those that each names by their content.

Together with the proof of the accounts' own files (`proving`) it leads from the raw journals to the sums over all of them.
"""

import contextlib
import dataclasses
from collections.abc import Sequence

from executor.flags import Flags
from hedge_assets.catalog import State
from hedge_assets.document import Envelope
from hedge_assets.health.parsing import Unsound, microseconds, parse, plain_object
from hedge_assets.refreshing.differing import first_difference
from hedge_assets.refreshing.proving import Difference, code_note, spelled, unrefreshed
from hedge_assets.refreshing.whole_desk import basket_at, done
from hedge_assets.settings import Place
from hedge_assets.store import look


def compare_desk(
    place: Place, desk_states: Sequence[State], *, accounts: Sequence[Place], states: Sequence[State], flags: Flags
) -> list[Difference]:
    """Each desk-level file against what the accounts' files give for its moment, while nothing is refreshed."""
    with contextlib.ExitStack() as still:
        for each in (place, *accounts):
            still.enter_context(unrefreshed(each))
        return [proved(state, place, accounts=accounts, states=states, flags=flags) for state in desk_states]


def proved(state: State, place: Place, *, accounts: Sequence[Place], states: Sequence[State], flags: Flags) -> Difference:
    """One file against itself made again."""
    facts = look(place.state / state.spec.file, state.spec.max_bytes)
    try:
        said = parse(facts.content or b"", state.shape).envelope
    except Unsound as error:
        return Difference(state.name, is_same=False, fault=str(error) if facts.kind == "file" else f"the file is {facts.kind}")
    content, as_of_us = facts.content or b"", microseconds(said.as_of_ts or said.written_ts)
    basket = basket_at(as_of_us, place, [state], accounts=accounts, states=states, flags=flags)
    basket = dataclasses.replace(basket, code_version=said.code_version)
    again = done(state, basket, place, microseconds(said.written_ts))
    if again.content == content:
        return Difference(state.name, is_same=True)
    other = replaced(said, {each.name: each.version for each in basket.sources or ()})
    if other is not None:
        return Difference(state.name, is_same=False, fault=other)
    if again.content is None:
        return Difference(state.name, is_same=False, fault=again.reason, note=code_note(said.code_version))
    where = first_difference(plain_object(content), plain_object(again.content))
    fault = None if where else spelled(content, again.content)
    return Difference(state.name, is_same=False, where=where, fault=fault, note=code_note(said.code_version))


def replaced(said: Envelope, now: dict[str, str]) -> str | None:
    """In words, which account's file it was made from is not there any more, or was not there then; null where they are the same."""
    then = {each.name: each.version for each in said.inputs or ()}
    gone, come = [name for name in then if now.get(name) != then[name]], [name for name in now if name not in then]
    if gone:
        return f"{gone[0]} is not the file any more that it was made from; refresh it, then prove it"
    return f"{come[0]} was no part of it when it was made; refresh it, then prove it" if come else None
