"""What the shadow's columns answered to an intent, from their log: also to one that the live desk never asked."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hedge_assets.explaining.tree import Node
from hedge_assets.explaining.words import num, usd
from hedge_assets.shadow.shadow_log import NAME, logged

WORDS = {
    "holds_position": "did not ask: it held the symbol already",
    "order_at_work": "did not ask: it worked an order in the symbol",
    "no_signal": "did not ask: its strategy saw no signal",
    "holds_on": "did not ask: it kept its position",
    "nothing_to_close": "did not ask: it held nothing to close",
    "no_quote": "did not ask: it had no quote of the symbol",
}


def shadow_nodes(state: Path, intent_id: str) -> tuple[Node, ...]:
    """One line for each column beside the live pipeline; nothing where the log has none of the intent."""
    return tuple(shadow_node(line) for line in lines_of(state, intent_id))


def lines_of(state: Path, intent_id: str) -> list[Mapping[str, Any]]:
    """The log's lines on an intent, oldest first; each comparison once."""
    found: dict[str, Mapping[str, Any]] = {}
    for line in logged(state / NAME):
        if line.get("intent_id") == intent_id and not line.get("heartbeat"):
            found.setdefault(f"{line['live']['pipeline']}>{line['shadow']['pipeline']}", line)
    return list(found.values())


def shadow_node(line: Mapping[str, Any]) -> Node:
    """One comparison of an intent."""
    live, shadow = line["live"], line["shadow"]
    if line.get("causes"):
        because = f"they differ by {', '.join(line['causes'])} ({line['by']})"
        because += f", which follows from {line['root']}" if line.get("root") else ""
    else:
        because = "no difference"
    text = f"column {shadow['pipeline']} {answer_words(shadow)}; column {live['pipeline']} {answer_words(live)}; {because}"
    return Node("shadow", text, f"state/{NAME}", line["ts_us"], line)


def answer_words(answer: Mapping[str, Any]) -> str:
    """One column's answer."""
    if answer["approved"]:
        clamps = f", cut by {', '.join(answer['clamps'])}" if answer.get("clamps") else ""
        return f"approved {num(answer['qty'])} ({usd(answer['notional_usd'])}) by {answer['style']}{clamps}"
    return WORDS.get(answer["rule"], f"vetoed by {answer['rule']}")


def beside_words(line: Mapping[str, Any]) -> str:
    """Both columns' answers."""
    return ", ".join(f"{each['pipeline']} {answer_words(each)}" for each in (line["live"], line["shadow"]))


def unasked_tree(state: Path, intent_id: str) -> Node | None:
    """An intent that only a column asked for; null where the log does not have it."""
    lines = lines_of(state, intent_id)
    if not lines:
        return None
    first = lines[0]
    asked = f"{first['strategy']} {first['purpose']} {first['side']} {first['symbol']}"
    return Node("intent", f"intent {intent_id}: {asked}; the live desk did not ask for it", children=shadow_nodes(state, intent_id))


def newest_lines(state: Path, *, until_us: int, symbol: str | None) -> Iterator[Mapping[str, Any]]:
    """The log's lines up to a moment, the newest first."""
    for line in logged(state / NAME):
        if line["ts_us"] <= until_us and symbol in (None, line["symbol"]) and not line.get("heartbeat"):
            yield line
