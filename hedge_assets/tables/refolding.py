"""All facts again, from tables instead of journals: of millions of quotes the folds get only those that they can tell from the rest.

The facts are those that a reading of the journals makes, to the last byte: which quotes are left out, and why nobody can tell,
is said in `thinning`. A day on which some clock went back is read whole. Memory is that of a few thousand records of each journal.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from executor.journal.decoding import decoded
from executor.journal.reader import Cursor
from executor.records.base import Record
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.records.orders import Boot
from executor.records.streams import STREAMS, Stream
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing import merging
from hedge_assets.refreshing.facts import Facts, Folded, acting, fold, no_collecting
from hedge_assets.refreshing.shadowing import Shadowed, ends_of, nothing_of
from hedge_assets.settings import Place
from hedge_assets.tables.catalog import part, raw_tables
from hedge_assets.tables.days import DayError, end_us
from hedge_assets.tables.held import days_of
from hedge_assets.tables.prepared import Ready, in_turn, rows_of
from hedge_assets.tables.quiet_loops import Quiet, read_loops
from hedge_assets.tables.reach import first_day
from hedge_assets.tables.shape import Proof

BATCH = 8_192
KINDS: Mapping[str, type[Record]] = {"quote": Quote, "trade": Trade, "mark": Mark, "settlement": Settlement, "gap": Gap}
RANK: Mapping[Stream, int] = {stream: rank for rank, stream in enumerate(STREAMS)}

Keyed = tuple[int, int, int, Record]
F = TypeVar("F", bound=Facts)


@dataclass
class Lane:
    """One journal's way through the days: how far it was taken, and the key of the last record."""

    key_us: int = 0
    first_seq: int = 0
    last_seq: int = 0

    def take(self, proof: Proof) -> None:
        """A day's rows go on where the day before ended; raises DayError where they do not."""
        if proof.first_seq is None or proof.last_seq is None:
            return
        if self.last_seq and proof.first_seq != self.last_seq + 1:
            raise DayError(
                f"{proof.table} of {proof.day} begins with {proof.first_seq}, {self.last_seq} was the last before; build it again"
            )
        if proof.strays:
            raise DayError(
                f"{proof.table} of {proof.day} has {proof.strays} records of other days between its own; read the journals instead"
            )
        self.first_seq, self.last_seq = self.first_seq or proof.first_seq, proof.last_seq


def refolded(place: Place, until_us: int) -> Facts:
    """All facts up to the newest heartbeat not after a moment: whole days from tables, what lies behind them from the journals.

    Where the journals reach further back than the tables, all is read from the journals.
    """
    return refold(place, until_us, Facts())


def refold(place: Place, until_us: int, facts: F) -> F:
    """The same with facts that begin, of which there may be more than `Facts` has."""
    take_days(place, days_before(place, until_us), facts)
    return fold(place.raw, facts, until_us=until_us)


def shadow_refolded(place: Place, facts: Facts, until_us: int) -> Shadow:
    """The shadow's columns over the very records of facts that were made from tables: every tick of whole days, then the journals."""
    begun = columns_of_days(place, days_before(place, until_us))
    return fold(place.raw, begun, until_seqs=ends_of(facts)).shadow


def days_before(place: Place, until_us: int) -> list[date]:
    """The whole days up to a moment that tables hold; none where the journals reach further back."""
    days, begin = [day for day in days_held(place) if end_us(day) <= until_us], first_day(place.raw)
    return [] if days and begin is not None and begin < days[0] else days


def days_held(place: Place) -> list[date]:
    """The days that all three journals' tables hold, from the first on without one missing."""
    held = set.intersection(*(set(days_of(place.tables, table)) for table in raw_tables()))
    days = sorted(held)
    return [day for number, day in enumerate(days) if day == days[0] + timedelta(days=number)]


def of_days(place: Place, days: Sequence[date]) -> Facts:
    """What every record of these days, one after the other, had made of the facts at the end of the last."""
    facts = Facts()
    take_days(place, days, facts)
    return facts


def take_days(place: Place, days: Sequence[date], facts: Facts) -> None:
    """Have facts take these days."""
    for ready in taken_days(place, days, facts, thin=True):
        count(facts, ready.left_out)
        facts.account.n += 0 if ready.quiet is None else ready.quiet.left_out


def columns_of_days(place: Place, days: Sequence[date]) -> Shadowed:
    """The same of the shadow's columns, which look at every record."""
    shadowed = nothing_of(place.telemetry)
    for _ in taken_days(place, days, shadowed, thin=False):
        pass
    return shadowed


def taken_days(place: Place, days: Sequence[date], facts: Folded, *, thin: bool) -> Iterator[Ready]:
    """Hand every day's records to the facts' folds; each day, once it is taken."""
    lanes = {stream: Lane() for stream in STREAMS}
    handlers = acting(facts)
    with no_collecting():
        for ready in in_turn(place, days, thin=thin):
            for stream, proof in ready.proofs.items():
                lanes[stream].take(proof)
            streams = ticks_of(ready), lines_of(ready, "orders"), lines_of(ready, "positions", quiet=ready.quiet)
            merged = heapq.merge(*(keyed(each, lanes[stream], stream) for each, stream in zip(streams, STREAMS, strict=True)))
            for _, _, _, record in merged:
                for act in handlers[type(record)]:
                    act(record)
            yield ready
    facts.marks = {stream: mark_of(lane) for stream, lane in lanes.items() if lane.last_seq}


def count(facts: Facts, left_out: Mapping[str, tuple[int, int]]) -> None:
    """Quotes that were left out are counted all the same."""
    for symbol, (quotes, valid) in left_out.items():
        facts.market.n += quotes
        if valid:
            facts.market.symbols[symbol].quotes += valid


def keyed(records: Iterator[tuple[int, Record]], lane: Lane, stream: Stream) -> Iterator[Keyed]:
    """A day's records of one journal with their keys, as `merging` gives them: time, or that of the record before where it went back."""
    rank, held = RANK[stream], next(records, None)
    while held is not None:
        after = next(records, None)
        seq, record = held
        ts_us = record.ts_us if type(record) is not Boot or after is None else min(record.ts_us, after[1].ts_us)
        lane.key_us = max(lane.key_us, ts_us)
        yield lane.key_us, rank, seq, record
        held = after


def ticks_of(ready: Ready) -> Iterator[tuple[int, Record]]:
    """The chosen ticks, in order."""
    columns = {kind: ("ts_us", *shape.__struct_fields__[1:]) for kind, shape in KINDS.items()}
    names = tuple(dict.fromkeys(name for found in columns.values() for name in found))
    places = {kind: tuple(names.index(name) + 2 for name in found) for kind, found in columns.items()}
    asked = ", ".join(f'"{name}"' for name in names)
    rows = ready.connection.cursor().execute(f"SELECT seq, kind, {asked} FROM chosen ORDER BY seq")
    while batch := rows.fetchmany(BATCH):
        for row in batch:
            shape = KINDS.get(row[1])
            if shape is not None:
                yield row[0], shape(*[row[place] for place in places[row[1]]])


def lines_of(ready: Ready, stream: Stream, *, quiet: Quiet | None = None) -> Iterator[tuple[int, Record]]:
    """A day's lines of orders or positions, verified and decoded as those of a journal are; without those that are only counted."""
    file = str(part(ready.place.tables, stream, ready.day))
    rows = ready.connection.cursor().execute(f"SELECT seq, line FROM {rows_of(ready.place, stream, ready.day)} ORDER BY seq")
    batches = ((batch[0][0], [line.encode() for _, line in batch]) for batch in iter(lambda: rows.fetchmany(BATCH), []))
    if quiet is None:
        for seq, lines in batches:
            yield from decoded(lines, seq, stream=stream, file=file)
        return
    for seq, line in quiet.kept(read_loops(batches, file)):
        yield from decoded([line], seq, stream=stream, file=file)


def mark_of(lane: Lane) -> merging.Mark:
    """Where a reading of the journal goes on; the place is searched for by the number."""
    return merging.Mark(cursor=Cursor(seq=lane.last_seq), key_us=lane.key_us, first_seq=lane.first_seq, last_seq=lane.last_seq)
