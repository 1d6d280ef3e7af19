"""The records behind a value of a state: its newest trades, fills, worked intents or decisions, or the venue's books."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from executor.records.account import Account, Heartbeat
from executor.records.market import Quote
from hedge_assets.explaining.files import File
from hedge_assets.explaining.intents import row_words, trade_words, worked_words
from hedge_assets.explaining.paths import Step
from hedge_assets.explaining.search import Found, Journals
from hedge_assets.explaining.shadowed import beside_words, newest_lines
from hedge_assets.explaining.tree import Node
from hedge_assets.explaining.words import num, order_words, quote_words, usd
from hedge_assets.folds.execution_rows import FillRow
from hedge_assets.folds.tally import keys_of
from hedge_assets.health.parsing import microseconds
from hedge_assets.refreshing.facts import Facts
from hedge_assets.statistics.windows import span_of

NEWEST = 10
LONGEST = 300

Behind = Callable[[Facts, File, Sequence[Step]], Node]


def evidence(facts: Callable[[], Facts], journals: Journals, file: File, steps: Sequence[Step]) -> Iterator[Node]:
    """What is behind a value; facts are only asked for where the state is about single trades, fills or decisions."""
    behind = BEHIND.get(file.state.name)
    if behind is not None:
        yield behind(facts(), file, steps)
    elif "shadow" in file.state.folds:
        yield decisions_behind(journals.raw.parent / "state", file, steps)
    elif "positions" in file.ranges and file.ranges["positions"][1]:
        yield account_behind(journals, file)
    elif not file.state.is_rebuildable:
        text = "no record: it tells of the machine as it was looked at when the file was written, which no journal keeps"
        yield Node("behind it", text)


def trades_behind(facts: Facts, file: File, steps: Sequence[Step]) -> Node:
    """The trades of a group in a window; all of a symbol or of the book where the path names no window."""
    words = [step.word for step in steps]
    window = steps[1].value if len(words) > 1 and words[0] == "windows" else {}
    since = window.get("since_ts") if isinstance(window, Mapping) else None
    key, group = group_of(file, steps)
    count = group.get("n") if isinstance(group, Mapping) else None
    number = next((step.value["number"] for step in steps if isinstance(step.value, Mapping) and "number" in step.value), None)
    inside = [each for each in facts.ledger.recent if us(since) <= each.closed_us <= as_of_us(file) and key in keys_of(each)]
    known = [each for each in inside if number in (None, each.number)]
    lines = [(f"hedge explain {each.intent_id}: {trade_words(each)}", each.closed_us) for each in known]
    return newest(f"{'' if count is None else count} trades of {key} closed since {since or 'the beginning'}", lines)


def group_of(file: File, steps: Sequence[Step]) -> tuple[str, Any]:
    """The key of the trades that a path is about (`symbols/BTCUSDT`), and the part of the document that counts them."""
    words = [step.word for step in steps]
    if words[:1] == ["windows"] and len(words) > 3 and words[2] != "overall":
        return "/".join(words[2:4]), steps[3].value
    if words[:1] == ["windows"]:
        window = steps[1].value if len(words) > 1 else None
        return "overall/all", window.get("overall") if isinstance(window, Mapping) else None
    symbol = symbol_in(steps)
    return ("overall/all", file.document) if symbol is None else (f"symbols/{symbol}", None)


def symbol_in(steps: Sequence[Step]) -> str | None:
    """The symbol of the part of a document that a path leads through."""
    named = (step.value.get("symbol") for step in steps if isinstance(step.value, Mapping))
    return next((str(symbol) for symbol in named if symbol and symbol != "all"), None)


def fills_behind(facts: Facts, file: File, steps: Sequence[Step]) -> Node:
    """The fills of a symbol, or all."""
    symbol, since_us = symbol_in(steps), window_us(file)
    rows = (*facts.executions.settled, *facts.executions.unsettled.values())
    known = [row for row in rows if since_us <= row.ts_us <= as_of_us(file) and symbol in (None, row.symbol)]
    counts = (each for each in file.document.get("symbols", ()) if each.get("symbol") == symbol)
    part = next(counts, file.document.get("overall", {}))
    lines = [(f"hedge explain {row.trade_id}: {traded(row)}; {row_words(row)}", row.ts_us) for row in known]
    return newest(f"{part.get('fills')} fills of {symbol or 'all symbols'} in the window {file.document.get('window')}", lines)


def traded(row: FillRow) -> str:
    """What was filled."""
    return f"{row.symbol} {row.liquidity} {row.side} {num(row.qty)} at {num(row.price)}"


def intents_behind(facts: Facts, file: File, steps: Sequence[Step]) -> Node:
    """The worked intents of a symbol, or all."""
    symbol, since_us = symbol_in(steps), window_us(file)
    known = [row for row in facts.executions.ended_intents if since_us <= row.ts_us <= as_of_us(file) and symbol in (None, row.symbol)]
    asked = [(row, f"{row.symbol} {row.purpose} {row.side}") for row in known]
    lines = [(f"hedge explain {row.intent_id}: {what}; {worked_words(row)}", row.ts_us) for row, what in asked]
    return newest(f"worked intents of {symbol or 'all symbols'} in the window {file.document.get('window')}", lines)


def decisions_behind(state: Path, file: File, steps: Sequence[Step]) -> Node:
    """The newest pairs of answers, from the shadow's log."""
    symbol = symbol_in(steps)
    known = itertools.islice(newest_lines(state, until_us=as_of_us(file), symbol=symbol), NEWEST)
    lines = [(f"hedge explain {line['intent_id']}: {line['symbol']} {beside_words(line)}", line["ts_us"]) for line in known]
    return newest(f"answers of {symbol or 'all symbols'}, of {file.document.get('n')} compared", lines)


BEHIND: Mapping[str, Behind] = {
    "expectancy": trades_behind,
    "symbol_scores": trades_behind,
    "allocator_suggestions": trades_behind,
    "trades": trades_behind,
    "router_health": fills_behind,
    "autotune_suggestions": intents_behind,
}
"""What the values of a state are about, where that is not the venue's books."""


def newest(title: str, lines: Sequence[tuple[str, int]]) -> Node:
    """The newest of many lines, the last first; at most 500 trades and 256 fills are remembered, older ones are in the tables by day."""
    shown = sorted(lines, key=lambda each: each[1])[-NEWEST:]
    below = tuple(Node("", text, ts_us=ts_us) for text, ts_us in reversed(shown))
    return Node(
        "behind it", f"{title.strip()}; the newest {len(below)}" if below else f"{title.strip()}; none is remembered", children=below
    )


def account_behind(journals: Journals, file: File) -> Node:
    """The newest books of the venue in a file."""
    found = journals.newest("positions", b'"kind":"account"', below_seq=file.ranges["positions"][1] + 1)
    if found is None:
        return Node("behind it", "no account record is in the journal any more")
    return Node("behind it", record_words(found), found.at, found.record.ts_us)


def record_words(found: Found) -> str:
    """Any record, short."""
    record = found.record
    if isinstance(record, Quote):
        return quote_words(record)
    if isinstance(record, Account):
        held = ", ".join(f"{each.symbol} {num(each.qty)}" for each in record.positions) or "flat"
        return f"wallet {usd(record.wallet)}, unrealised {usd(record.unrealised)}, margin {usd(record.margin)}; {held}"
    if isinstance(record, Heartbeat):
        halted = "not halted" if record.halted is None else f"halted by {record.halted}"
        return f"heartbeat of loop {record.loop}, {record.lag_us / 1e3:g} ms late, {halted}"
    what, text = order_words(record)
    return f"{what} {text}"[:LONGEST]


def as_of_us(file: File) -> int:
    """The moment that a file speaks of."""
    return us(file.document.get("as_of_ts") or file.document["written_ts"])


def window_us(file: File) -> int:
    """Since when a file's window looks."""
    window = file.document.get("window")
    return (span_of(window).start_us(as_of_us(file)) or 0) if isinstance(window, str) else 0


def us(text: Any) -> int:
    """A file's time as microseconds UTC; 0 for none."""
    return 0 if text is None else microseconds(datetime.fromisoformat(str(text)))
