"""A state's value: the document it stands in, what that was made from, and the records behind it, each to be explained in turn."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from executor.clock import WallClock
from executor.errors import HedgeError
from executor.flags import Flags
from hedge_assets.catalog import State
from hedge_assets.explaining.evidence import evidence, record_words
from hedge_assets.explaining.files import File, file_or_fault
from hedge_assets.explaining.paths import Step, walked
from hedge_assets.explaining.search import Journals
from hedge_assets.explaining.tree import Node
from hedge_assets.explaining.words import num
from hedge_assets.health.parsing import plain_object
from hedge_assets.refreshing.differing import shown
from hedge_assets.refreshing.facts import FILE, Facts, load, read_facts
from hedge_assets.refreshing.refresh import basket_of, made, needed, wants_shadow, with_shadow
from hedge_assets.refreshing.shadowing import read_shadow
from hedge_assets.settings import Place


def value_tree(place: Place, journals: Journals, states: Sequence[State], *, state: State, words: Sequence[str], flags: Flags) -> Node:
    """One value with everything behind it."""
    file, fault = file_or_fault(place, state)
    facts = None
    if file is None:
        file, facts = built_now(place, states, state, flags=flags, fault=fault)
    steps = walked(file.document, words, state.name)
    value = steps[-1].value if steps else {"n": file.document.get("n"), "status": file.document.get("status")}
    name = ".".join((state.name, *words))
    children = (
        *around(steps),
        document_node(file, fault=fault),
        *input_nodes(file, journals, states),
        *evidence(lambda: facts or facts_of(place), journals, file, steps),
    )
    return Node("value", f"{name} = {shown(value)}", data=value, children=children)


def built_now(place: Place, states: Sequence[State], state: State, *, flags: Flags, fault: str) -> tuple[File, Facts]:
    """The document that the journals give now, in memory, where no sound file was published; and their facts."""
    if not state.is_rebuildable:
        raise HedgeError(f"{fault}, and the journals alone do not give it: it tells of the machine; start `hedge up`")
    now_us = WallClock().now_us()
    facts = read_facts(place, fresh=True)
    basket = basket_of(facts, place, now_us=now_us, flags=flags)
    if wants_shadow(needed(states, [state.name]), flags):
        basket = with_shadow(basket, read_shadow(place, facts, fresh=True))
    outcome = [made(each, basket, folder=Path(), written_us=now_us) for each in needed(states, [state.name])][-1]
    if outcome.content is None:
        raise HedgeError(f"{fault}, and it cannot be built: {outcome.reason}; look at `hedge status`")
    return File(state, plain_object(outcome.content)), facts


def facts_of(place: Place) -> Facts:
    """The folds as the last refresh left them; from the raw journals where there are none."""
    kept = load(place.tables / FILE, Facts())
    return kept if kept is not None else read_facts(place, fresh=True)


def around(steps: Sequence[Step]) -> Iterator[Node]:
    """The values beside it in the same part of the document: what they say together."""
    holder = next((step.value for step in reversed(steps[:-1]) if isinstance(step.value, dict)), None)
    if holder is None and steps and isinstance(steps[-1].value, dict):
        holder = steps[-1].value
    if holder is not None:
        plain = {key: value for key, value in holder.items() if not isinstance(value, dict | list)}
        yield Node(
            "beside it", ", ".join(f"{key} {num(value) if isinstance(value, float) else value}" for key, value in plain.items()), data=plain
        )


def document_node(file: File, *, fault: str) -> Node:
    """The envelope; `fault` says why it is not the published file's, and is empty where it is."""
    said = file.document
    where = f"{fault}: built from the journals just now" if fault else f"{file.path} written {said['written_ts']}"
    reason = f", {said['reason']}" if said.get("reason") else ""
    text = (
        f"{said['status']}{reason}, n {said['n']}, as of {said['as_of_ts']} ({said['clock']} clock), {where}, code {said['code_version']}"
    )
    return Node("document", text, None if fault else file.path)


def input_nodes(file: File, journals: Journals, states: Sequence[State]) -> Iterator[Node]:
    """What it was made from: raw ranges with the last record of each, upstream states, settings."""
    known = {state.name: state for state in states}
    for each in file.document.get("inputs", []):
        name, version = str(each["name"]), str(each["version"])
        if name.startswith("raw/"):
            yield raw_node(file, journals, name, version)
        elif name in known:
            yield Node(
                "upstream", f"{name} {version}: {known[name].description} Explain it as {name}.FIELD", f"state/{known[name].spec.file}"
            )
        else:
            yield Node("settings", f"{name} {version}")


def raw_node(file: File, journals: Journals, name: str, version: str) -> Node:
    """One journal's range, with the newest record in it."""
    stream = next((stream for stream in file.ranges if f"raw/{stream}" == name), None)
    last = journals.numbered(stream, file.ranges[stream][1]) if stream is not None and file.ranges[stream][1] else None
    if last is None:
        return Node("raw", f"{name} {version}" + ("" if version == "none" else ", whose end is not in the journal any more"))
    return Node("raw", f"{name} {version}, the last of them: {record_words(last)}", last.at, last.record.ts_us)
