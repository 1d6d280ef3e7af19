"""What an executor on a real venue knew when it ended, however it ended: the checkpoint, and everything journaled after it, followed.

Nothing is decided again: a real market does not come back. What was under way is asked about at the venue.
"""

from decimal import Decimal
from pathlib import Path
from typing import cast

import msgspec

from executor.checkpoint import Checkpoint
from executor.engine import COUNTED
from executor.errors import CorruptJournal
from executor.journal.reader import Cursor, read
from executor.journal.segments import listed
from executor.journal.writer import opened
from executor.parts import Progress
from executor.protocol.ledger import Ledger
from executor.records.account import Account, Heartbeat
from executor.records.market import Quote
from executor.records.orders import Boot, Ended, Fill, Halt, OrderRecord, PolicyChanged, Submit, SuggestionRefused
from executor.records.streams import STREAMS, Stream
from executor.records.trading import Decision
from executor.router import RouterState
from executor.watch import Sampling, Watch

ZERO = Decimal(0)


class Undone(msgspec.Struct, kw_only=True):
    """An intent whose work had not ended."""

    symbol: str
    qty: Decimal
    filled_qty: Decimal = ZERO


class Recollection(msgspec.Struct, kw_only=True):
    """Progress and ledger as of the last record; `undone` by intent id; `boots` so far; `began_us` is the first start's time
    (null: never started), `seen_us` the newest record's, `halted_us` when the halt in force was journaled."""

    progress: Progress
    ledger: Ledger
    boots: int = 0
    began_us: int | None = None
    seen_us: int = 0
    halted_us: int = 0
    undone: dict[str, Undone] = {}
    intents: dict[str, str] = {}

    def take(self, record: OrderRecord) -> None:
        """Follow one record of the orders journal."""
        progress = self.progress
        progress.book.take(record)
        self.ledger.take(record)
        name = COUNTED.get(type(record))
        if name is not None:
            progress.counters[name] = progress.counters.get(name, 0) + 1
        self.seen_us = max(self.seen_us, record.ts_us)
        match record:
            case Boot():
                self.boots = max(self.boots, int(record.boot))
                self.began_us = record.ts_us if self.began_us is None else self.began_us
            case PolicyChanged() | SuggestionRefused():
                progress.steering.take(record)
            case Halt():
                self.halted_us = record.ts_us
            case Decision() if record.plan is not None:
                self.undone[record.intent_id] = Undone(symbol=record.slice.symbol, qty=Decimal(repr(record.plan.qty)))
            case Submit():
                self.intents[record.client_id] = record.intent_id
            case Fill():
                self.filled(record)
            case Ended():
                self.undone.pop(record.intent_id, None)

    def filled(self, fill: Fill) -> None:
        """Count a fill to the intent whose work had not ended, also one that is found only after the restart."""
        undone = self.undone.get(self.intents.get(fill.client_id, ""))
        if undone is not None:
            undone.filled_qty += fill.qty


def recollected(raw: Path, restored: Checkpoint | None, sampling: Sampling) -> Recollection:
    """Everything known at the last record, once what a power cut tore is set aside; raises CorruptJournal where what is needed is gone."""
    if restored is None:
        refuse_a_lost_beginning(raw)
    opened(raw.parent, {stream: raw / stream for stream in STREAMS})
    found = begun(restored)
    seqs: dict[Stream, int] = dict.fromkeys(STREAMS, 0) if restored is None else dict(restored.seqs)
    for _, record in read(raw, "orders", Cursor(seq=seqs["orders"])):
        found.take(cast("OrderRecord", record))
    progress = found.progress
    for _, one in read(raw, "positions", Cursor(seq=seqs["positions"])):
        if isinstance(one, Account):
            progress.book.settle(one)
        elif isinstance(one, Heartbeat):
            progress.loops = one.loop
        found.seen_us = max(found.seen_us, one.ts_us)
    for _, event in read(raw, "ticks", Cursor(seq=seqs["ticks"])):
        if isinstance(event, Quote):
            progress.watches.setdefault(event.symbol, Watch()).observe(event, sampling)
    return found


def begun(restored: Checkpoint | None) -> Recollection:
    """What the checkpoint says; nothing where there is none."""
    if restored is None:
        return Recollection(progress=Progress(), ledger=Ledger())
    works = msgspec.convert(restored.router, RouterState).works
    undone = {work.job.intent_id: Undone(symbol=work.job.symbol, qty=work.job.qty, filled_qty=work.filled_qty) for work in works}
    return Recollection(
        progress=restored.progress,
        ledger=msgspec.convert(restored.exchange, Ledger),
        boots=restored.boots,
        began_us=restored.start_us,
        undone=undone,
        intents={attempt.client_id: work.job.intent_id for work in works for attempt in work.attempts},
        seen_us=restored.progress.now_us,
        halted_us=restored.progress.now_us if restored.progress.book.halted else 0,
    )


def refuse_a_lost_beginning(raw: Path) -> None:
    """Without a checkpoint everything must be there from the first record on."""
    for stream in STREAMS:
        segments = listed(raw / stream)
        if segments and segments[0].first_seq > 1:
            raise CorruptJournal(
                f"there is no checkpoint in {raw} and the first {stream} record is {segments[0].first_seq}, 1 is needed to know what "
                f"is owned; restore checkpoint.json from a backup, or move {raw.parent} aside to start anew"
            )
