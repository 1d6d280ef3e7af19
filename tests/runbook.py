"""The runbook as its readers use it: entries by name, each with what it means, where to look and what to do, and the commands to type."""

import re
from dataclasses import dataclass
from pathlib import Path

BOOK = Path(__file__).parents[1] / "docs" / "runbook.md"
PARTS = ("Means", "Look", "Do")


@dataclass(frozen=True)
class Entry:
    """One alarm's. `commands` are the lines of its blocks, in order."""

    name: str
    parts: frozenset[str]
    commands: tuple[str, ...]


def entries() -> dict[str, Entry]:
    """Every entry by its name."""
    pieces = re.split(r"(?m)^### `([^`]+)`\n", BOOK.read_text("utf-8"))[1:]
    return {name: entry_of(name, text) for name, text in zip(pieces[::2], pieces[1::2], strict=True)}


def entry_of(name: str, text: str) -> Entry:
    own = re.split(r"(?m)^## ", text)[0]
    blocks = re.findall(r"```sh\n(.*?)```", own, re.DOTALL)
    return Entry(
        name, frozenset(part for part in PARTS if f"**{part}.**" in own), tuple(line for each in blocks for line in each.splitlines())
    )


def section(name: str) -> tuple[str, ...]:
    """The commands that a section has before its first entry; those before the first section for an empty name."""
    text = BOOK.read_text("utf-8")
    own = text.partition(f"## {name}\n")[2] if name else text
    return entry_of(name, re.split(r"(?m)^###? ", own)[0]).commands


def anchors() -> set[str]:
    """Where a link into the runbook can lead."""
    heads = re.findall(r"(?m)^#+ `?([^`\n]+)`?$", BOOK.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
