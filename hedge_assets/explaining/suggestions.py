"""A suggestion's version: the file and raw ranges it came from, what it changed or why it was refused, and what it steered."""

from collections.abc import Iterator, Sequence

from executor.records.orders import PolicyChanged, SuggestionRefused
from executor.records.trading import Decision
from hedge_assets.catalog import State
from hedge_assets.explaining.evidence import as_of_us
from hedge_assets.explaining.files import file_of, makers, suggesting
from hedge_assets.explaining.search import Journals, quoted
from hedge_assets.explaining.tree import Node, node
from hedge_assets.explaining.words import changed_words, other_words
from hedge_assets.settings import Place

SHOWN = 10


def source_nodes(place: Place, states: Sequence[State], version: str, before_us: int | None) -> Iterator[Node]:
    """Where a version came from: the refresh that wrote it last before it was taken, else the file that has it now."""
    files = {state.name: file for state in suggesting(states) if (file := file_of(place, state)) is not None}
    held = next((file for file in files.values() if file.document.get("version") == version), None)
    for name, run in makers(place, version, before_us):
        ranges = ", ".join(f"{journal} {span}" for journal, span in run.inputs.items())
        since = "still in its file" if held is not None else "its file has been replaced since"
        said = f"{name} as {version}, from {ranges}, by code {run.code_version}; {since}"
        yield Node("made by", said, "tables/runs.jsonl", run.states[name].written_us, data={"inputs": run.inputs})
        return
    if held is None:
        yield Node("made by", f"which file {version} came from is not known any more: it was replaced, and the record of runs begins later")
        return
    made = f"written {held.document.get('written_ts')}, expires {held.document.get('expires_ts')}, from {held.inputs}"
    again = "" if before_us is None or as_of_us(held) <= before_us else "; made again since it was taken"
    data = {"inputs": held.document["inputs"]}
    yield Node("made by", f"{held.state.name} as {version}, {made}{again}", held.path, data=data)


def version_tree(place: Place, journals: Journals, states: Sequence[State], version: str) -> Node:
    """Everything there is of one version."""
    named = list(journals.oldest_first("orders", quoted(version)))
    changes = [node("changed", changed_words(each.record), each) for each in named if isinstance(each.record, PolicyChanged)]
    refused = [node(*other_words(each.record), each) for each in named if isinstance(each.record, SuggestionRefused)]
    steered = [each for each in named if isinstance(each.record, Decision)]
    first_us = named[0].record.ts_us if named else None
    newest = tuple(
        Node("", f"hedge explain {each.record.intent_id}: {each.record.slice.symbol} {each.record.pipeline}", each.at, each.record.ts_us)
        for each in steered[-SHOWN:]
        if isinstance(each.record, Decision)
    )
    children = (
        *source_nodes(place, states, version, first_us),
        *changes,
        *refused,
        Node("steered", f"{len(steered)} decisions" + (f", the newest {len(newest)}:" if newest else ""), children=newest),
    )
    return Node(
        "suggestion",
        f"suggestion {version}: {len(changes)} changes of policy, {len(refused)} refusals, {len(steered)} decisions",
        children=children,
    )


def known_version(place: Place, states: Sequence[State], version: str) -> bool:
    """Whether a file or a record of a refresh has this version."""
    files = (file_of(place, state) for state in suggesting(states))
    return (
        any(file is not None and file.document.get("version") == version for file in files)
        or next(makers(place, version, None), None) is not None
    )
