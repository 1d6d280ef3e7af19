"""What an engine is made of, and what of it must survive a restart."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from executor.book import Book
from executor.exchanges.base import Exchange
from executor.pipeline.base import Pipeline
from executor.records.base import Record
from executor.records.market import Instrument
from executor.records.streams import Stream
from executor.router import Router
from executor.settings import Settings
from executor.steering import Change, Steering
from executor.stops import Stops
from executor.strategies.base import Strategy
from executor.watch import Watch


class Writer(Protocol):
    """The journals, as the engine needs them."""

    def append(self, stream: Stream, record: Record) -> int:
        """Put a record in line to be written."""
        ...

    def flush(self) -> None:
        """Hand what is in line to the disk, in the order ticks, orders, positions."""
        ...

    def commit(self) -> None:
        """Return when everything appended is durable."""
        ...


class Advice(Protocol):
    """Suggestions, as the engine needs them."""

    def due(self, steering: Steering, now_us: int) -> Iterator[Change]:
        """What is to be journaled now, each to be followed before the next is asked for."""
        ...


class Progress(msgspec.Struct, kw_only=True):
    """How far the engine is: everything of its own that a restart must take up again."""

    now_us: int = 0
    next_loop_us: int = 0
    loops: int = 0
    counters: dict[str, int] = {}
    ticked_us: dict[str, int] = {}
    book: Book = msgspec.field(default_factory=Book)
    watches: dict[str, Watch] = {}
    stops: Stops = msgspec.field(default_factory=Stops)
    steering: Steering = msgspec.field(default_factory=Steering)


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is made of. Without `advice` no suggestion is followed."""

    settings: Settings
    instruments: Mapping[str, Instrument]
    exchange: Exchange
    strategies: Mapping[str, Strategy]
    pipeline: Pipeline
    journals: Writer
    router: Router
    loop_s: float
    bar_s: float
    every_tick: bool
    advice: Advice | None = None
