"""What an explanation is made of: a tree of lines, each with where in the journals it comes from, for people and for machines. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from hedge_assets.explaining.search import Found

WIDTH = 140
LEAST = 40
PLACE = 18
TIME = 21


@dataclass(frozen=True)
class Node:
    """One thing said. `at` is a journal coordinate or a file, null for what follows from others; `is_asked` marks what was asked for.

    People are shown coordinates only: a file's path is longer than the column.
    """

    what: str
    text: str
    at: str | None = None
    ts_us: int | None = None
    data: Any = None
    children: tuple["Node", ...] = ()
    is_asked: bool = False


@dataclass(frozen=True)
class Styles:
    """How the word in front, coordinates and the mark of what was asked for are set: text before and after."""

    what: tuple[str, str] = ("", "")
    place: tuple[str, str] = ("", "")
    asked: tuple[str, str] = ("", "")


PLAIN = Styles()
COLORED = Styles(("\x1b[1m", "\x1b[0m"), ("\x1b[2m", "\x1b[0m"), ("\x1b[33m", "\x1b[0m"))


@dataclass
class Row:
    """A line on its way to the page: what stands before it, and before its continuation."""

    node: Node
    lead: str
    below: str
    what: str


def node(what: str, text: str, found: Found, *children: Node) -> Node:
    """A line about a record."""
    return Node(what, text, found.at, found.record.ts_us, msgspec.to_builtins(found.record), children)


def page(root: Node, styles: Styles = PLAIN) -> str:
    """The whole tree as text, no line wider than `WIDTH`."""
    return "\n".join(lines_of(root, styles))


def lines_of(root: Node, styles: Styles) -> Iterator[str]:
    """The tree's lines: the root's own, then each child's with its branch in front."""
    yield from textwrap.wrap(root.text, WIDTH) or [""]
    for row in rows(root.children, ""):
        yield from written(row, styles)


def rows(nodes: Sequence[Node], lead: str) -> Iterator[Row]:
    """Every node below, with its branch."""
    width = max((len(each.what) for each in nodes), default=0)
    for number, each in enumerate(nodes):
        is_last = number == len(nodes) - 1
        below = lead + ("   " if is_last else "│  ")
        yield Row(each, lead + ("└─ " if is_last else "├─ "), below + ("│  " if each.children else "   "), each.what.ljust(width))
        yield from rows(each.children, below)


def written(row: Row, styles: Styles) -> Iterator[str]:
    """One node's lines: word, coordinate, time, text; what does not fit goes on below the text."""
    each = row.node
    at = each.at if each.at and "#" in each.at else ""
    what, place, when = row.what, at.ljust(PLACE if at else 0), clock(each.ts_us)
    mark = "◀ asked for" if each.is_asked else ""
    head = " ".join(part for part in (what, place, when) if part.strip())
    lead = f"{row.lead}{head}  " if head else row.lead
    text = f"{each.text} {mark}".strip()
    first, *more = textwrap.wrap(text, max(WIDTH - len(lead), LEAST)) or [""]
    line = f"{lead}{first}".rstrip()
    for word, (on, off) in ((what.strip(), styles.what), (f"{place} {when}".strip(), styles.place), (mark, styles.asked)):
        line = line.replace(word, f"{on}{word}{off}", 1) if word else line
    yield line
    for line in more:
        yield row.below.ljust(len(lead)) + line


def clock(ts_us: int | None) -> str:
    """A time as `06-02 00:04:40.500` with as many digits of a second as it has, three at least; nothing for none."""
    if ts_us is None:
        return ""
    moment = datetime.fromtimestamp(ts_us // 1_000_000, UTC)
    micro = f"{ts_us % 1_000_000:06d}"
    return f"{moment:%m-%d %H:%M:%S}.{micro[:3] if micro.endswith('000') else micro}".ljust(TIME if not micro.endswith("000") else TIME - 3)


def plain(each: Node) -> dict[str, Any]:
    """The tree for machines; what is not there is left out."""
    found: dict[str, Any] = {"what": each.what, "text": each.text}
    found.update({key: value for key, value in (("at", each.at), ("ts_us", each.ts_us), ("data", each.data)) if value is not None})
    if each.is_asked:
        found["asked"] = True
    if each.children:
        found["children"] = [plain(child) for child in each.children]
    return found
