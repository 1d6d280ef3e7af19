"""The journal held against the venue's own truth."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from executor.errors import CorruptJournal
from executor.journal.reader import read, verify
from executor.protocol.ledger import Ledger
from executor.records.base import Record
from executor.records.orders import Ack, Fill, Reject, Resolved, Submit, Unknown
from executor.records.streams import STREAMS
from tests.local_venue.oracle import Oracle


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; every list must be empty. The counts say how much was tried."""

    doubled_orders: list[str]
    doubled_decisions: list[str]
    unjournaled_orders: list[str]
    lost_fills: list[str]
    doubled_fills: list[str]
    invented_fills: list[str]
    wrong_verdicts: list[str]
    untold_orders: list[str]
    orphaned_stops: list[str]
    positions: list[str]
    damage: list[str]
    sent_beside: list[str]
    fell: list[str]
    orders: int
    fills: int
    unknown: int
    dead: int

    @property
    def broken(self) -> dict[str, list[str]]:
        """The promises that were not kept, with the cases."""
        rows = msgspec.to_builtins(self)
        return {name: cases for name, cases in rows.items() if isinstance(cases, list) and cases}


class Told:
    """What the journal says of orders, fills and verdicts."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.submits: dict[str, Submit] = {}
        self.fills: Counter[str] = Counter()
        self.refused: list[str] = []
        self.dead: list[str] = []
        self.answered: set[str] = set()
        self.unknown = 0

    def take(self, record: Record) -> None:
        self.ledger.take(record)
        if isinstance(record, Submit):
            self.submits[record.client_id] = record
        elif isinstance(record, Fill):
            self.fills[f"{record.symbol} {record.trade_id}"] += 1
        elif isinstance(record, Reject):
            self.refused.append(record.client_id)
        elif isinstance(record, Resolved) and record.fate == "dead":
            self.dead.append(record.client_id)
        self.unknown += isinstance(record, Unknown)
        if isinstance(record, Ack | Reject | Unknown):
            self.answered.add(record.client_id)


def judged(root: Path, oracle: Oracle, *, fell: Sequence[str] = (), sent_beside: Sequence[str] = ()) -> Judgement:
    """Everything that the journal of `root` says of orders and fills, against what happened; `fell` are processes that ended otherwise
    than they should, `sent_beside` orders that a second one sent while the first lived."""
    raw, told = root / "raw", Told()
    with suppress(CorruptJournal):  # it is told as damage
        for _, record in read(raw, "orders"):
            told.take(record)
    submits, fills, ledger = told.submits, told.fills, told.ledger
    true_fills = {f"{trade.symbol} {trade.trade_id}" for trade in oracle.fills}
    accepted = [*(one.client_id for one in oracle.acceptances), *oracle.waiting]
    return Judgement(
        doubled_orders=oracle.doubled(),
        doubled_decisions=doubled_decisions([one.client_id for one in oracle.acceptances], submits, oracle),
        unjournaled_orders=[name for name in accepted if name not in submits],
        lost_fills=sorted(true_fills - set(fills)),
        doubled_fills=sorted(name for name, count in fills.items() if count > 1),
        invented_fills=sorted(set(fills) - true_fills),
        wrong_verdicts=[name for name in (*told.refused, *told.dead) if oracle.accepted(name) or name in oracle.waiting],
        untold_orders=[name for name in submits if name not in told.answered],
        orphaned_stops=[
            one.client_id
            for taken in oracle.waiting.values()
            for one in taken
            if one.is_open and oracle.position(one.symbol) * (1 if one.side == "SELL" else -1) <= 0
        ],
        positions=[
            f"{symbol}: venue {oracle.position(symbol)}, ours {ledger.held(symbol).qty}"
            for symbol in sorted({*oracle.positions(), *ledger.positions})
            if oracle.position(symbol) != ledger.held(symbol).qty
        ],
        damage=[f"{stream}: {fault}" for stream in STREAMS if (fault := verify(raw, stream).first_fault)],
        sent_beside=list(sent_beside),
        fell=list(fell),
        orders=len(accepted),
        fills=len(true_fills),
        unknown=told.unknown,
        dead=len(told.dead),
    )


def doubled_decisions(accepted: list[str], submits: dict[str, Submit], oracle: Oracle) -> list[str]:
    """Intents for which more was traded than their largest order asked for, all attempts together; of what was never journaled
    `unjournaled_orders` tells."""
    traded: dict[str, float] = defaultdict(float)
    asked: dict[str, float] = {}
    for name in accepted:
        intent = submits[name].intent_id if name in submits else name.removesuffix("r").rpartition("-")[0].removeprefix("h-")
        traded[intent] += sum(float(trade.qty) for trade in oracle.fills_of(name))
    for order in submits.values():
        asked[order.intent_id] = max(asked.get(order.intent_id, 0.0), float(order.qty))
    return [intent for intent, qty in traded.items() if qty > asked.get(intent, qty) * (1 + 1e-9)]
