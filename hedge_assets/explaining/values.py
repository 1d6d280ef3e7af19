"""A state's value: the document it stands in, what that was made from, and the records behind it, each to be explained in turn."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from executor.clock import WallClock
from executor.errors import HedgeError
from executor.flags import Flags
from executor.records.account import Account
from executor.records.base import Record
from hedge_assets.catalog import State
from hedge_assets.explaining.files import File, file_of
from hedge_assets.explaining.intents import row_words, trade_words
from hedge_assets.explaining.paths import Step, walked
from hedge_assets.explaining.search import Found, Journals
from hedge_assets.explaining.tree import Node
from hedge_assets.explaining.words import num, order_words, quote_words, usd
from hedge_assets.folds.tally import keys_of
from hedge_assets.health.parsing import microseconds, plain_object
from hedge_assets.refreshing.differing import shown
from hedge_assets.refreshing.facts import FILE, Facts, load, read_facts
from hedge_assets.refreshing.rebuilding import past
from hedge_assets.refreshing.refresh import made, needed
from hedge_assets.settings import Place
from hedge_assets.statistics.windows import span_of

NEWEST = 10


def value_tree(place: Place, journals: Journals, states: Sequence[State], *, state: State, words: Sequence[str], flags: Flags) -> Node:
    """One value with everything behind it."""
    file = file_of(place, state)
    built = file is None
    if file is None:
        file = File(state, built_now(place, states, state, flags))
    steps = walked(file.document, words, state.name)
    value = steps[-1].value if steps else {"n": file.document.get("n"), "status": file.document.get("status")}
    name = ".".join((state.name, *words))
    children = (
        *around(steps),
        document_node(file, built=built),
        *input_nodes(file, journals, states),
        *evidence(place, file, steps),
    )
    return Node("value", f"{name} = {shown(value)}", data=value, children=children)


def built_now(place: Place, states: Sequence[State], state: State, flags: Flags) -> dict[str, Any]:
    """The document that the journals give now, in memory, where no file was published."""
    if not state.is_rebuildable:
        raise HedgeError(f"there is no {state.spec.file}, and the journals alone do not give it: it tells of the machine; start `hedge up`")
    now_us = WallClock().now_us()
    basket = past(place, now_us, flags)
    for each in needed(states, [state.name]):
        outcome = made(each, basket, folder=Path(), written_us=now_us)
    if outcome.content is None:
        raise HedgeError(f"there is no {state.spec.file}, and it cannot be built: {outcome.reason}; look at `hedge status`")
    return plain_object(outcome.content)


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


def document_node(file: File, *, built: bool) -> Node:
    """The envelope."""
    said = file.document
    where = "not published: built from the journals just now" if built else f"written {said['written_ts']}"
    reason = f", {said['reason']}" if said.get("reason") else ""
    text = (
        f"{said['status']}{reason}, n {said['n']}, as of {said['as_of_ts']} ({said['clock']} clock), {where}, code {said['code_version']}"
    )
    return Node("document", text, None if built else file.path)


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


def record_words(found: Found) -> str:
    """Any record, short."""
    record: Record = found.record
    if type(record).__name__ == "Quote":
        return quote_words(record)  # type: ignore[arg-type]
    if isinstance(record, Account):
        held = ", ".join(f"{each.symbol} {num(each.qty)}" for each in record.positions) or "flat"
        return f"wallet {usd(record.wallet)}, unrealised {usd(record.unrealised)}, margin {usd(record.margin)}; {held}"
    what, text = order_words(record)
    return f"{what} {text}"[:300]


def evidence(place: Place, file: File, steps: Sequence[Step]) -> Iterator[Node]:
    """The newest records behind a value, where they are single trades or fills."""
    words = [step.word for step in steps]
    as_of_us = microseconds(datetime.fromisoformat(str(file.document["as_of_ts"])))
    if file.state.name == "expectancy" and len(words) >= 3 and words[0] == "windows":
        yield trades_behind(facts_of(place), steps, as_of_us)
    elif file.state.name == "router_health":
        yield fills_behind(facts_of(place), file, words, as_of_us=as_of_us)
    elif "positions" in file.ranges and file.ranges["positions"][1]:
        yield account_behind(Journals(place.raw), file)


def facts_of(place: Place) -> Facts:
    """The folds as the last refresh left them; from the raw journals where there are none."""
    kept = load(place.tables / FILE)
    return kept if kept is not None else read_facts(place, fresh=True)


def trades_behind(facts: Facts, steps: Sequence[Step], as_of_us: int) -> Node:
    """The trades of a group of expectancy."""
    window, words = steps[1].value, [step.word for step in steps]
    since = window.get("since_ts")
    since_us = 0 if since is None else microseconds(datetime.fromisoformat(since))
    key = "overall/all" if words[2] == "overall" else "/".join(words[2:4])
    group = steps[2].value if words[2] == "overall" else steps[3].value if len(steps) > 3 else None
    count = group.get("n") if isinstance(group, dict) else None
    inside = [each for each in facts.ledger.recent if since_us <= each.closed_us <= as_of_us and key in keys_of(each)]
    lines = tuple(
        Node("", f"hedge explain {each.intent_id}: {trade_words(each)}", ts_us=each.closed_us) for each in reversed(inside[-NEWEST:])
    )
    return Node("behind it", f"{count} trades of {key} closed since {since or 'the beginning'}, the newest {len(lines)}:", children=lines)


def fills_behind(facts: Facts, file: File, words: Sequence[str], *, as_of_us: int) -> Node:
    """The fills of a symbol, or all."""
    symbol = words[1] if len(words) > 1 and words[0] == "symbols" else None
    window = str(file.document.get("window"))
    since_us = span_of(window).start_us(as_of_us) or 0
    rows = (*facts.executions.settled, *facts.executions.unsettled.values())
    inside = [row for row in rows if since_us <= row.ts_us <= as_of_us and symbol in (None, row.symbol)]
    newest = sorted(inside, key=lambda row: row.ts_us)[-NEWEST:]
    lines = tuple(Node("", f"hedge explain {row_words(row)}", ts_us=row.ts_us) for row in reversed(newest))
    part = next((each for each in file.document.get("symbols", ()) if each.get("symbol") == symbol), file.document.get("overall", {}))
    return Node(
        "behind it",
        f"{part.get('fills')} fills of {symbol or 'all symbols'} in the window {window}, the newest {len(lines)}:",
        children=lines,
    )


def account_behind(journals: Journals, file: File) -> Node:
    """The newest books of the venue in it."""
    found = journals.newest("positions", b'"kind":"account"', below_seq=file.ranges["positions"][1] + 1)
    if found is None:
        return Node("behind it", "no account record is in the journal any more")
    return dataclasses.replace(Node("behind it", record_words(found), found.at, found.record.ts_us))
