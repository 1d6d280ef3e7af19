"""What the folds make of a day becomes tables: the day's records are folded once, and rows written down as they are made.

A row belongs to the day of its own moment. Fills are judged for five minutes, so the folding goes on that far into the next
day; what the next day begins with (`carry`) was kept at midnight.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import IO, get_args

import msgspec

from executor.records.account import Heartbeat
from executor.records.orders import OrderRecord
from executor.records.streams import STREAMS
from hedge_assets.refreshing.facts import Facts, Folded, acting, form_of
from hedge_assets.refreshing.merging import Handlers, Mark, Merge
from hedge_assets.refreshing.shadowing import nothing_of
from hedge_assets.settings import Place
from hedge_assets.tables.carry import at_midnight, begun, keep, settled
from hedge_assets.tables.catalog import part
from hedge_assets.tables.days import DayError, day_of, end_us, start_us
from hedge_assets.tables.parquet import database, text, write
from hedge_assets.tables.raw_days import empty
from hedge_assets.tables.reach import refuse_open
from hedge_assets.tables.shape import NUMBER, DerivedTable, Proof


class Collector:
    """Writes down each new row of one table that belongs to a day, as a line of JSON."""

    def __init__(self, table: DerivedTable, facts: Folded, day: date, into: IO[bytes]) -> None:
        self.table, self.into, self._facts = table, into, facts
        self._from_us, self._until_us = start_us(day), end_us(day)
        self._seen = table.newest(facts)[0]
        self.rows = 0
        self.first: int | None = None
        self.last: int | None = None

    def look(self, _: object) -> None:
        """Behind the folds, after each record that can make a row."""
        total, rows = self.table.newest(self._facts)
        fresh = total - self._seen
        if not fresh:
            return
        if fresh > len(rows):
            raise DayError(f"{self.table.name}: {fresh} rows came at once, {len(rows)} are kept; have the fold keep more of its newest")
        for number, row in enumerate(rows[-fresh:], start=self._seen + 1):
            if self._from_us <= getattr(row, self.table.when) < self._until_us:
                self.into.write(msgspec.json.encode(self.table.row(row, number)) + b"\n")
                self.rows, self.last = self.rows + 1, number
                self.first = number if self.first is None else self.first
        self._seen = total


def build_derived(place: Place, tables: Sequence[DerivedTable], day: date) -> list[Proof]:
    """The folds' tables of one day; raises where the day is not over, or the journals are damaged or no longer hold it."""
    refuse_open(place.raw, day)
    proofs = []
    for nothing, of in ((Facts(), "facts"), (nothing_of(place.telemetry), "shadow")):
        alike = [table for table in tables if table.of == of]
        if alike:
            proofs += _built(place, alike, day, begun(place, day, nothing))
    return proofs


def _built(place: Place, tables: Sequence[DerivedTable], day: date, facts: Folded) -> list[Proof]:
    """Tables of one reading, from what the day began with."""
    before = dict(facts.marks)
    with ExitStack() as stack:
        spools = [stack.enter_context(_spool(place, table)) for table in tables]
        collectors = [Collector(table, facts, day, into) for table, into in zip(tables, spools, strict=True)]
        merge = Merge(place.raw, facts.marks, watched(acting(facts), collectors))
        at_midnight(merge, facts, day)
        keep(place.tables, day_of(end_us(day)), facts)
        inputs = {f"raw/{stream}": _range(before.get(stream), facts.marks.get(stream)) for stream in STREAMS}
        settled(merge, facts, day)
        return [_written(place, each, day, inputs, folds=form_of(facts)) for each in collectors]


@contextmanager
def _spool(place: Place, table: DerivedTable) -> Iterator[IO[bytes]]:
    """Where rows wait until the day is through."""
    path = place.tables / table.name / f".rows.{os.getpid()}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with path.open("wb") as file:
        try:
            yield file
        finally:
            path.unlink(missing_ok=True)


def _written(place: Place, collector: Collector, day: date, inputs: dict[str, str], *, folds: str) -> Proof:
    """The rows as the day's file."""
    table = collector.table
    proof = Proof(
        table=table.name,
        day=str(day),
        rows=collector.rows,
        first_seq=collector.first,
        last_seq=collector.last,
        strays=strays(collector.rows, collector.first, collector.last),
        folds=folds,
        inputs=inputs,
    )
    collector.into.flush()
    query = empty(table.columns)
    if collector.rows:
        columns = json.dumps(dict(table.columns))
        query = f"SELECT * FROM read_json({text(collector.into.name)}, format = 'newline_delimited', columns = {columns})"
    with database(place.tables / table.name) as connection:
        write(connection, f"{query} ORDER BY {NUMBER}", part(place.tables, table.name, day), proof=proof, order=NUMBER)
    return proof


def strays(rows: int, first: int | None, last: int | None) -> int:
    """Rows between the first and the last that are of other days."""
    return 0 if first is None or last is None else last - first + 1 - rows


def _range(before: Mark | None, after: Mark | None) -> str:
    """The sequence numbers that were taken between two marks."""
    since, until = (before.last_seq if before else 0), (after.last_seq if after else 0)
    return f"{since + 1}..{until}" if until > since else "none"


def watched(handlers: Handlers, collectors: Sequence[Collector]) -> Handlers:
    """The folds' own handlers, and behind them the collectors, after every record but ticks."""
    looks = tuple(each.look for each in collectors)
    return {kind: (*acts, *looks) if kind is Heartbeat or kind in get_args(OrderRecord) else acts for kind, acts in handlers.items()}
