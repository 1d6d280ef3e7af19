"""The past, again: every state from the raw journals alone, as of any moment, and whether the files agree with it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from executor.flags import Flags
from hedge_assets.catalog import State
from hedge_assets.document import Envelope
from hedge_assets.health.parsing import Unsound, microseconds, parse, plain_object
from hedge_assets.refreshing.building import Basket
from hedge_assets.refreshing.facts import read_facts
from hedge_assets.refreshing.refresh import Outcome, basket_of, made, stored
from hedge_assets.settings import Place
from hedge_assets.store import look


@dataclass(frozen=True)
class Difference:
    """One file beside what the journals give for the same moment. `fields` differ; `fault` says why none could be compared."""

    name: str
    is_same: bool
    fields: tuple[str, ...] = ()
    fault: str | None = None


def rebuild(place: Place, states: Sequence[State], *, as_of_us: int, out: Path, flags: Flags) -> list[Outcome]:
    """Every state as of a moment, written to a folder. Health is not among them: it judges files, not journals."""
    basket = past(place, as_of_us, flags)
    return [stored(made(state, basket, folder=out, written_us=as_of_us)) for state in states if state.is_rebuildable]


def past(place: Place, as_of_us: int, flags: Flags) -> Basket:
    """All facts up to a moment, read from the raw journals and from nothing that was kept."""
    return basket_of(read_facts(place, until_us=as_of_us, fresh=True), place, now_us=as_of_us, flags=flags)


def compare(place: Place, states: Sequence[State], *, flags: Flags) -> list[Difference]:
    """Each state file against what the raw journals give as of the file's own moment."""
    baskets: dict[int, Basket] = {}
    found = []
    for state in (each for each in states if each.is_rebuildable):
        facts = look(place.state / state.spec.file, state.spec.max_bytes)
        try:
            parsed = parse(facts.content or b"", state.shape)
        except Unsound as error:
            found.append(Difference(state.name, is_same=False, fault=str(error) if facts.kind == "file" else f"the file is {facts.kind}"))
            continue
        as_of_us = microseconds(parsed.envelope.as_of_ts or parsed.envelope.written_ts)
        if as_of_us not in baskets:
            baskets[as_of_us] = past(place, as_of_us, flags)
        again = built_again(states, state, basket=baskets[as_of_us], said=parsed.envelope)
        found.append(difference(state, facts.content or b"", again))
    return found


def built_again(states: Sequence[State], state: State, *, basket: Basket, said: Envelope) -> Outcome:
    """One state and all it is made from, under the code version and at the time of writing that the file names."""
    basket = dataclasses.replace(basket, code_version=said.code_version, documents={})
    upto = states[: [each.name for each in states].index(state.name) + 1]
    outcomes = [made(each, basket, folder=Path(), written_us=microseconds(said.written_ts)) for each in upto if each.is_rebuildable]
    return outcomes[-1]


def difference(state: State, content: bytes, again: Outcome) -> Difference:
    """Which fields of a file differ from those built again."""
    if again.content is None:
        return Difference(state.name, is_same=False, fault=again.reason)
    if again.content == content:
        return Difference(state.name, is_same=True)
    then, now = plain_object(content), plain_object(again.content)
    fields = tuple(sorted(key for key in {*then, *now} if _value(then, key) != _value(now, key)))
    return Difference(state.name, is_same=False, fields=fields or ("order of keys",))


def _value(plain: dict[str, Any], key: str) -> tuple[bool, Any]:
    return key in plain, plain.get(key)
