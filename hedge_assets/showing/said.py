"""What a panel may say: figures, rows, bars, pictures and curves, each with its words for the moment when there is nothing to say."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import msgspec

from hedge_assets.document import Document
from hedge_assets.showing.curves import Curves

Tone = Literal["plain", "good", "bad", "warn", "dim"]
"""What a value means to its reader. The text says it as well: colour only repeats it."""


@dataclass(frozen=True)
class Cell:
    """One value as text with its unit, `title` what hovering tells more, `is_number` set right and in tabular digits.

    `heat_frac` (0..1) shades the ground behind it.
    """

    text: str
    tone: Tone = "plain"
    title: str | None = None
    is_number: bool = False
    heat_frac: float | None = None


@dataclass(frozen=True)
class Figure:
    """One large number: its name, itself, and a line of small print under it."""

    label: str
    value: Cell
    note: str | None = None


@dataclass(frozen=True)
class Figures:
    """Large numbers side by side."""

    figures: tuple[Figure, ...]
    kind: Literal["figures"] = "figures"


@dataclass(frozen=True)
class Table:
    """Rows under a caption; the first cell of each names it. `columns` that end with `#` hold numbers. `none` is said instead of no rows.

    `left_out` rows more there are, not shown. One that is not open is one line until somebody opens it.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    none: str
    left_out: int = 0
    is_open: bool = True
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Bar:
    """How full something is: `filled_frac` of its limit (may be above 1), null where that is unknown and `value` says why."""

    label: str
    value: str
    limit: str
    filled_frac: float | None
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bars:
    """Fillings under a caption; `none` is said instead of no bars."""

    caption: str
    bars: tuple[Bar, ...]
    none: str
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG text, made by `showing.marks` (which escapes); `alt` says in words what it shows."""

    caption: str
    svg: str
    alt: str
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True)
class Chart:
    """Curves over time, under a name of its own among all charts."""

    key: str
    caption: str
    curves: Curves
    kind: Literal["chart"] = "chart"

    @functools.cached_property
    def content(self) -> bytes:
        """The curves as JSON."""
        return msgspec.json.encode(self.curves.plain())

    @property
    def version(self) -> str:
        """A word that is another whenever the curves are."""
        return f"{crc32(self.content):08x}"


@dataclass(frozen=True)
class Words:
    """A sentence."""

    text: str
    tone: Tone = "plain"
    kind: Literal["words"] = "words"


Block = Figures | Table | Bars | Picture | Chart | Words
Said = tuple[Block, ...]
Documents = Mapping[str, Document]
"""The sound documents at hand, by the names of their states: one that is missing or invalid is not in it."""


@dataclass(frozen=True)
class Sketch:
    """A drawing for places with little room, under its caption: `draw` makes it with so many points or rows, `most` at most.

    One that `is_large` gets more room than others: the curve that its state is about.
    """

    caption: str
    draw: Callable[[int], str]
    most: int
    is_large: bool = False


@dataclass(frozen=True)
class Panel:
    """What a panel's file exports as `PANEL`. `states` are what it reads: the first is the one that it is about, without which it says
    nothing; the others add to it where they are there. `place` orders the page, small first; one that `is_wide` has a row to itself.
    `sketch` is what its state's page in Dagster shows: null takes the first chart or bars that the panel has."""

    key: str
    title: str
    place: int
    states: tuple[str, ...]
    say: Callable[[Documents], Said]
    is_wide: bool = False
    sketch: Callable[[Documents], Sketch] | None = None
