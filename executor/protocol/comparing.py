"""The venue's books held against ours: what to ask about, whose orders these are, where positions differ. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from executor.protocol.facts import OrderFact, PositionFact
from executor.protocol.ledger import Ledger
from executor.routing.orders import PREFIX


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the venue's books, begun at `taken_us` (the executor's clock)."""

    taken_us: int
    orders: Sequence[OrderFact]
    positions: Sequence[PositionFact]


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot shows that our ledger does not.

    `shown` are ours, as the venue shows them. `gone` are ours that it does not show any more, by client id with their symbol.
    `back` are ours that ended before the reading began, and that it shows as open all the same. `strangers` bear our prefix and were never
    journaled here: another executor's. `positions` are symbols whose quantity differs, with the venue's.
    """

    shown: Sequence[OrderFact]
    gone: Mapping[str, str]
    back: Sequence[OrderFact]
    strangers: Sequence[OrderFact]
    positions: Mapping[str, Decimal]


def compared(ledger: Ledger, snapshot: Snapshot, settle_us: int) -> Differences:
    """Hold a snapshot against the ledger; orders younger than `settle_us` when it was taken are not missed."""
    shown = {fact.client_id: fact for fact in snapshot.orders}
    old_us = snapshot.taken_us - settle_us
    gone = {
        name: track.symbol
        for name, track in ledger.live.items()
        if track.phase == "open" and name not in shown and track.placed_us < old_us
    }
    venue = totals(snapshot.positions)
    symbols = {*venue, *ledger.positions}
    return Differences(
        shown=[fact for name, fact in shown.items() if ledger.knows(name)],
        gone=gone,
        back=[fact for fact in shown.values() if ledger.ended_before(fact.client_id, snapshot.taken_us) and fact.status == "open"],
        strangers=[fact for name, fact in shown.items() if name.startswith(PREFIX) and not ledger.knows(name)],
        positions={
            symbol: venue.get(symbol, Decimal(0)) for symbol in sorted(symbols) if venue.get(symbol, Decimal(0)) != ledger.held(symbol).qty
        },
    )


def totals(positions: Sequence[PositionFact]) -> dict[str, Decimal]:
    """Signed quantity by symbol."""
    found: dict[str, Decimal] = {}
    for fact in positions:
        found[fact.symbol] = found.get(fact.symbol, Decimal(0)) + fact.qty
    return found
